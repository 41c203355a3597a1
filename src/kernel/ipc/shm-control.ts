/** shmctl(2). Linux ipc/shm.c. */

import { EACCES, EFAULT, EINVAL, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import {
  checkControl,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  type Layout,
  readOwner,
  StructWriter,
  setOwner,
} from './control.ts';
import type { IpcNs } from './namespace.ts';
import { atPlace, highestPlace, numberIn, obtain, permits } from './object.ts';
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

interface Call {
  readonly id: number;
  readonly buf: number;
  readonly layout: Layout;
}
type Command = (k: Kernel, t: Task, call: Call) => Result;

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [IPC_RMID, remove],
  [IPC_SET, set],
  [IPC_STAT, (k, t, call) => stat(k, t, call, obtain(t.nsproxy.ipc.shm, call.id), { checked: true, by: 'id' })],
  [SHM_STAT, (k, t, call) => stat(k, t, call, atPlace(t.nsproxy.ipc.shm, call.id), { checked: true, by: 'place' })],
  [
    SHM_STAT_ANY,
    (k, t, call) => stat(k, t, call, atPlace(t.nsproxy.ipc.shm, call.id), { checked: false, by: 'place' }),
  ],
  [IPC_INFO, limits],
  [SHM_INFO, usage],
  [SHM_LOCK, (_k, t, call) => lock(t, call, true)],
  [SHM_UNLOCK, (_k, t, call) => lock(t, call, false)],
]);

export function shmctl(k: Kernel, t: Task, id: number, cmd: number, buf: number, layout: Layout): Result {
  if (cmd < 0 || id < 0) return -EINVAL;
  return COMMANDS.get(cmd)?.(k, t, { id, buf, layout }) ?? -EINVAL;
}

function remove(_k: Kernel, t: Task, { id }: Call): Result {
  const segment = obtain(t.nsproxy.ipc.shm, id);
  const error = checkControl(t, segment);
  if (error === 0) segment?.remove();
  return error;
}

function set(k: Kernel, t: Task, { id, buf, layout }: Call): Result {
  const view = copyIn(t, buf, SIZE[layout]);
  if (view === null) return -EFAULT;
  const segment = obtain(t.nsproxy.ipc.shm, id);
  const error = checkControl(t, segment);
  return error < 0 || segment === null ? error : setOwner(k, segment, readOwner(view, layout));
}

interface Asked {
  /** Whether reading rights are needed. */
  readonly checked: boolean;
  /** SHM_STAT is asked by place and returns the identifier. */
  readonly by: 'id' | 'place';
}

function stat(k: Kernel, t: Task, { buf, layout }: Call, segment: ShmSegment | null, { checked, by }: Asked): Result {
  if (segment === null) return -EINVAL;
  if (checked && !permits(t, segment, 0o444)) return -EACCES;
  const { size, atime, dtime, ctime, attached } = segment;
  const [cpid, lpid] = [numberIn(k, t.pid.ns, segment.cpid), numberIn(k, t.pid.ns, segment.lpid)];
  const to = new StructWriter(SIZE[layout]).perm(segment, layout).u32(size);
  if (layout === 'ipc64') to.time64(atime, dtime, ctime).u32(cpid, lpid, attached);
  else to.u32(atime, dtime, ctime).u16(cpid, lpid, attached);
  if (copyOut(t, buf, to.bytes) < 0) return -EFAULT;
  return by === 'id' ? 0 : segment.id;
}

function limits(_k: Kernel, t: Task, { buf, layout }: Call): Result {
  const { shm, shmmax, shmmni, shmall } = t.nsproxy.ipc;
  const most = layout === 'old' ? Math.min(shmmax, INT_MAX) : shmmax;
  const to = new StructWriter(INFO_SIZE[layout]).u32(most, SHMMIN, shmmni, shmmni, shmall);
  return copyOut(t, buf, to.bytes) < 0 ? -EFAULT : highestPlace(shm);
}

/** Pages of a namespace's segments that hold data. */
function residentPages(ipc: IpcNs): number {
  return [...ipc.shm.objects.values()].reduce((sum, segment) => sum + segment.resident, 0);
}

function usage(_k: Kernel, t: Task, { buf }: Call): Result {
  const { ipc } = t.nsproxy;
  const to = new StructWriter(24).u32(ipc.shm.objects.size, ipc.shmPages, residentPages(ipc), 0, 0, 0);
  return copyOut(t, buf, to.bytes) < 0 ? -EFAULT : highestPlace(ipc.shm);
}

/** SHM_LOCK: nothing is ever swapped out; the bit is kept, and rights are asked for. */
function lock(t: Task, { id }: Call, on: boolean): Result {
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
