/** semctl(2). Linux ipc/sem.c. */
import { EACCES, EFAULT, EIDRM, EINVAL, ERANGE } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
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
import { highestPlace, numberIn, obtain, permits, processNumber, removeId, seconds } from './object.ts';
import { SEMVMX, type SemSet, WAITING } from './sem.ts';

const GETPID = 11;
const GETVAL = 12;
const GETALL = 13;
const GETNCNT = 14;
const GETZCNT = 15;
const SETVAL = 16;
const SETALL = 17;
const SEM_STAT = 18;
const SEM_INFO = 19;
const SEM_STAT_ANY = 20;
export const SEM_COMMANDS = {
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_INFO,
  GETPID,
  GETVAL,
  GETALL,
  GETNCNT,
  GETZCNT,
  SETVAL,
  SETALL,
  SEM_STAT,
  SEM_INFO,
  SEM_STAT_ANY,
};

/** sizeof(struct semid64_ds), sizeof(struct semid_ds). */
const SIZE = { ipc64: 64, old: 44 } as const;
/** Never enforced; Linux include/uapi/linux/sem.h. */
const SEMUSZ = 20;
const SEMAEM = SEMVMX;

interface Call extends ControlCall {
  readonly num: number;
}
/** A command about one semaphore of a set that the task may read. */
type Reader = (k: Kernel, t: Task, set: SemSet, num: number) => Result;

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [GETVAL, (_k, _t, set, num) => set.values[num]!],
  [GETPID, (k, t, set, num) => numberIn(k, t.pid.ns, set.pids[num]!)],
  [GETNCNT, (_k, _t, set, num) => set.countWaiting(num, false)],
  [GETZCNT, (_k, _t, set, num) => set.countWaiting(num, true)],
]);

const COMMANDS: ReadonlyMap<number, ControlCommand<Call>> = new Map<number, ControlCommand<Call>>([
  [IPC_RMID, remove],
  [IPC_SET, set],
  ...statCommands(SEM_STAT, SEM_STAT_ANY, (t) => t.nsproxy.ipc.sem, describe),
  [IPC_INFO, (_k, t, call) => limits(t, call, SEMUSZ, SEMAEM)],
  [SEM_INFO, (_k, t, call) => limits(t, call, t.nsproxy.ipc.sem.objects.size, t.nsproxy.ipc.semaphores)],
  [GETALL, getAll],
  [SETALL, setAll],
  [SETVAL, setValue],
]);

export function semctl(k: Kernel, t: Task, cmd: number, call: Call): Result {
  if (call.id < 0) return -EINVAL;
  const reader = READERS.get(cmd);
  return reader !== undefined ? read(k, t, call, reader) : (COMMANDS.get(cmd)?.(k, t, call) ?? -EINVAL);
}

function read(k: Kernel, t: Task, { id, num }: Call, reader: Reader): Result {
  const set = obtain(t.nsproxy.ipc.sem, id);
  if (set === null) return -EINVAL;
  if (!permits(t, set, 0o444)) return -EACCES;
  return num < 0 || num >= set.values.length ? -EINVAL : reader(k, t, set, num);
}

/** Sleepers learn that the set is gone. */
function remove(_k: Kernel, t: Task, { id }: Call): Result {
  const { sem } = t.nsproxy.ipc;
  const set = obtain(sem, id);
  const error = checkControl(t, set);
  if (error < 0 || set === null) return error;
  set.undos = [];
  for (const { wait } of set.waiters) if (wait?.data[0] === WAITING) wait.data[0] = -EIDRM;
  removeId(sem, set);
  return 0;
}

function set(k: Kernel, t: Task, { id, arg, layout }: Call): Result {
  const view = copyIn(t, arg, SIZE[layout]);
  if (view === null) return -EFAULT;
  const found = obtain(t.nsproxy.ipc.sem, id);
  const error = checkControl(t, found);
  return error < 0 || found === null ? error : setOwner(k, found, readOwner(view, layout));
}

function describe(_k: Kernel, _t: Task, set: SemSet, layout: Layout): StructWriter {
  const to = new StructWriter(SIZE[layout]).perm(set, layout);
  if (layout === 'ipc64') to.time64(set.otime, set.ctime).u32(set.values.length);
  else to.u32(set.otime, set.ctime, 0, 0, 0, 0).u16(set.values.length);
  return to;
}

function limits(t: Task, { arg }: Call, usz: number, aem: number): Result {
  const { sem, semmni, semmns, semmsl, semopm } = t.nsproxy.ipc;
  const to = new StructWriter(40).u32(semmns, semmni, semmns, semmns, semmsl, semopm, semopm, usz, SEMVMX, aem);
  return copyOut(t, arg, to.bytes) < 0 ? -EFAULT : highestPlace(sem);
}

function getAll(_k: Kernel, t: Task, { id, arg }: Call): Result {
  const found = obtain(t.nsproxy.ipc.sem, id);
  if (found === null) return -EINVAL;
  if (!permits(t, found, 0o444)) return -EACCES;
  return copyOut(t, arg, new StructWriter(2 * found.values.length).u16(...found.values).bytes);
}

function setAll(k: Kernel, t: Task, { id, arg }: Call): Result {
  const found = obtain(t.nsproxy.ipc.sem, id);
  if (found === null) return -EINVAL;
  if (!permits(t, found, 0o222)) return -EACCES;
  const view = copyIn(t, arg, 2 * found.values.length);
  if (view === null) return -EFAULT;
  const values = found.values.map((_, i) => view.getUint16(2 * i, true));
  if (values.some((value) => value > SEMVMX)) return -ERANGE;
  found.values = values;
  found.pids.fill(processNumber(t));
  found.forgetUndo(null);
  found.ctime = seconds(k);
  found.settle(k);
  return 0;
}

function setValue(k: Kernel, t: Task, { id, num, arg }: Call): Result {
  const value = arg | 0;
  if (value < 0 || value > SEMVMX) return -ERANGE;
  const found = obtain(t.nsproxy.ipc.sem, id);
  if (found === null || num < 0 || num >= found.values.length) return -EINVAL;
  if (!permits(t, found, 0o222)) return -EACCES;
  found.forgetUndo(num);
  found.values[num] = value;
  found.pids[num] = processNumber(t);
  found.ctime = seconds(k);
  found.settle(k);
  return 0;
}
