/** semget(2), semop(2), semtimedop(2), and what SEM_UNDO does when processes begin and end. */
import { E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EINVAL, ENOSPC } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { readNs, type TimeWidth } from '../time/timespec.ts';
import { ipcGet } from './get.ts';
import { obtain, ownership, permits, seconds } from './object.ts';
import { type Operation, SEM_UNDO, SemSet, UndoList, WAITING, waitData } from './sem.ts';

/** sizeof(struct sembuf). */
const SEMBUF_SIZE = 6;

export function semget(k: Kernel, t: Task, key: number, semaphores: number, flags: number): Result {
  const { ipc } = t.nsproxy;
  if (semaphores < 0 || semaphores > ipc.semmsl) return -EINVAL;
  return ipcGet(t, {
    table: ipc.sem,
    limit: ipc.semmni,
    key,
    flags,
    make: () => newSet(k, t, key, semaphores, flags),
    fits: (set) => semaphores <= set.values.length,
  });
}

function newSet(k: Kernel, t: Task, key: number, semaphores: number, flags: number): SemSet | Result {
  const { ipc } = t.nsproxy;
  if (semaphores === 0) return -EINVAL;
  if (ipc.semaphores + semaphores > ipc.semmns) return -ENOSPC;
  const zeros = new Array<number>(semaphores).fill(0);
  return new SemSet({ ...ownership(k, t, key, flags), values: zeros, pids: [...zeros] });
}

interface SemopCall {
  readonly id: number;
  readonly sops: number;
  readonly count: number;
  /** Address of the timespec, or 0. */
  readonly timeout: number;
  readonly width: TimeWidth;
}

/** semtimedop(2). Signals end it for good: it never starts again. */
export function semop(k: Kernel, t: Task, call: SemopCall): Result {
  if (t.wait !== null) return resume(t);
  if (call.timeout !== 0 && t.mm!.readBytes(call.timeout, call.width === 64 ? 16 : 8) === null) return -EFAULT;
  const operations = readOperations(t, call);
  if (typeof operations === 'number') return operations;
  if (call.id < 0) return -EINVAL;
  const time = call.timeout === 0 ? { ns: Number.POSITIVE_INFINITY } : readNs(t, call.timeout, call.width);
  if (typeof time === 'number') return time;
  const set = obtain(t.nsproxy.ipc.sem, call.id);
  const error = checkOperations(t, set, operations);
  if (error < 0 || set === null) return error;
  if (operations.some(({ flags }) => flags & SEM_UNDO)) ensureUndoList(t);
  const result = set.perform(t, operations);
  if (typeof result !== 'number') return sleep(k, t, set, waitData(operations, result.at), time.ns);
  if (result === 0) {
    set.otime = seconds(k);
    if (operations.some(({ op }) => op !== 0)) set.settle(k);
  }
  return result;
}

function sleep(k: Kernel, t: Task, set: SemSet, data: number[], ns: number): Result {
  const deadline = k.clock.now() + ns;
  return block(t, { on: [set], restart: 'never', data, deadline: Number.isSafeInteger(deadline) ? deadline : null });
}

/** Somebody did the operations for the sleeper, the set is gone, or time is up. */
function resume(t: Task): Result {
  const { data, timedOut } = t.wait!;
  if (data[0] !== WAITING) return data[0]!;
  return timedOut ? -EAGAIN : block(t, {});
}

function readOperations(t: Task, { sops, count }: SemopCall): Operation[] | Result {
  if (count > t.nsproxy.ipc.semopm) return -E2BIG;
  if (count < 1) return -EINVAL;
  const view = copyIn(t, sops, count * SEMBUF_SIZE);
  if (view === null) return -EFAULT;
  return Array.from({ length: count }, (_, i) => ({
    num: view.getUint16(i * SEMBUF_SIZE, true),
    op: view.getInt16(i * SEMBUF_SIZE + 2, true),
    flags: view.getUint16(i * SEMBUF_SIZE + 4, true),
  }));
}

function checkOperations(t: Task, set: SemSet | null, operations: readonly Operation[]): Result {
  if (set === null) return -EINVAL;
  if (operations.some(({ num }) => num >= set.values.length)) return -EFBIG;
  const changes = operations.some(({ op }) => op !== 0);
  return permits(t, set, changes ? 0o222 : 0o444) ? 0 : -EACCES;
}

function ensureUndoList(t: Task): UndoList {
  t.undoList ??= get(new UndoList({}));
  return t.undoList;
}

/** What a child has to undo: with CLONE_SYSVSEM the same as its parent. */
export function copyUndoList(t: Task, shared: boolean): UndoList | null {
  return shared ? ensureUndoList(t) : null;
}

/** The task has nothing to undo any more: with the last one that shares the list, it is undone (Linux exit_sem). */
export function exitSem(k: Kernel, t: Task): void {
  const owner = t.undoList;
  if (owner === null) return;
  t.undoList = null;
  if (owner.refs === 1) for (const set of t.nsproxy.ipc.sem.objects.values()) set.undo(k, owner, t);
  put(owner);
}
