/** shmctl(2). Linux ipc/shm.c. */

import { EFAULT, EINVAL, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import {
  type ControlCall,
  type ControlCommand,
  checkControl,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  type Layout,
  readOwner,
  StructWriter,
  setOwner,
  statCommands,
} from './control.ts';
import type { IpcNs } from './namespace.ts';
import { highestPlace, numberIn, obtain } from './object.ts';
import { SHM_LOCKED, type ShmSegment } from './shm.ts';

const SHM_LOCK = 11;
const SHM_UNLOCK = 12;
const SHM_STAT = 13;
const SHM_INFO = 14;
const SHM_STAT_ANY = 15;
export const SHM_COMMANDS = {
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_INFO,
  SHM_LOCK,
  SHM_UNLOCK,
  SHM_STAT,
  SHM_INFO,
  SHM_STAT_ANY,
};

const SHMMIN = 1;
const INT_MAX = 0x7fff_ffff;
/** sizeof(struct shmid64_ds), sizeof(struct shmid_ds). */
const SIZE = { ipc64: 84, old: 48 } as const;
const INFO_SIZE = { ipc64: 36, old: 20 } as const;

const COMMANDS: ReadonlyMap<number, ControlCommand> = new Map<number, ControlCommand>([
  [IPC_RMID, remove],
  [IPC_SET, set],
  ...statCommands(SHM_STAT, SHM_STAT_ANY, (t) => t.nsproxy.ipc.shm, describe),
  [IPC_INFO, limits],
  [SHM_INFO, usage],
  [SHM_LOCK, (_k, t, call) => lock(t, call, true)],
  [SHM_UNLOCK, (_k, t, call) => lock(t, call, false)],
]);

export function shmctl(k: Kernel, t: Task, id: number, cmd: number, arg: number, layout: Layout): Result {
  if (cmd < 0 || id < 0) return -EINVAL;
  return COMMANDS.get(cmd)?.(k, t, { id, arg, layout }) ?? -EINVAL;
}

function remove(_k: Kernel, t: Task, { id }: ControlCall): Result {
  const segment = obtain(t.nsproxy.ipc.shm, id);
  const error = checkControl(t, segment);
  if (error === 0) segment?.remove();
  return error;
}

function set(k: Kernel, t: Task, { id, arg, layout }: ControlCall): Result {
  const view = copyIn(t, arg, SIZE[layout]);
  if (view === null) return -EFAULT;
  const segment = obtain(t.nsproxy.ipc.shm, id);
  const error = checkControl(t, segment);
  return error < 0 || segment === null ? error : setOwner(k, segment, readOwner(view, layout));
}

function describe(k: Kernel, t: Task, segment: ShmSegment, layout: Layout): StructWriter {
  const { size, atime, dtime, ctime, attached } = segment;
  const [cpid, lpid] = [numberIn(k, t.pid.ns, segment.cpid), numberIn(k, t.pid.ns, segment.lpid)];
  const to = new StructWriter(SIZE[layout]).perm(segment, layout).u32(size);
  if (layout === 'ipc64') to.time64(atime, dtime, ctime).u32(cpid, lpid, attached);
  else to.u32(atime, dtime, ctime).u16(cpid, lpid, attached);
  return to;
}

function limits(_k: Kernel, t: Task, { arg, layout }: ControlCall): Result {
  const { shm, shmmax, shmmni, shmall } = t.nsproxy.ipc;
  const most = layout === 'old' ? Math.min(shmmax, INT_MAX) : shmmax;
  const to = new StructWriter(INFO_SIZE[layout]).u32(most, SHMMIN, shmmni, shmmni, shmall);
  return copyOut(t, arg, to.bytes) < 0 ? -EFAULT : highestPlace(shm);
}

/** Pages of a namespace's segments that hold data. */
function residentPages(ipc: IpcNs): number {
  return [...ipc.shm.objects.values()].reduce((sum, segment) => sum + segment.resident, 0);
}

function usage(_k: Kernel, t: Task, { arg }: ControlCall): Result {
  const { ipc } = t.nsproxy;
  const to = new StructWriter(24).u32(ipc.shm.objects.size, ipc.shmPages, residentPages(ipc), 0, 0, 0);
  return copyOut(t, arg, to.bytes) < 0 ? -EFAULT : highestPlace(ipc.shm);
}

/** SHM_LOCK: nothing is ever swapped out; the bit is kept, and rights are asked for. */
function lock(t: Task, { id }: ControlCall, on: boolean): Result {
  const segment = obtain(t.nsproxy.ipc.shm, id);
  if (segment === null) return -EINVAL;
  if (!t.cred.capable(CAP.IPC_LOCK)) {
    const { euid } = t.cred;
    if (euid !== segment.uid && euid !== segment.cuid) return -EPERM;
    if (on && t.signal.limit(RLIMIT.RLIMIT_MEMLOCK) === 0) return -EPERM;
  }
  segment.mode = on ? segment.mode | SHM_LOCKED : segment.mode & ~SHM_LOCKED;
  return 0;
}
