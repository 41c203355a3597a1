/** futex(2): sleeping on a word of user memory. Linux kernel/futex/. */
import { EAGAIN, EDEADLK, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH, ETIMEDOUT } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { VM_SHARED } from '../mm/vma.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from './task.ts';
import { block, enlist, type Waitable, type WaitRecord } from './wait.ts';

// include/uapi/linux/futex.h
export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_LOCK_PI = 6;
export const FUTEX_UNLOCK_PI = 7;
export const FUTEX_TRYLOCK_PI = 8;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_LOCK_PI2 = 13;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_WAITERS = 0x8000_0000;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;
const MATCH_ANY = 0xffff_ffff;

/** What a futex is: an offset in shared memory, or an address in an address space. */
interface Key {
  readonly on: Waitable;
  readonly offset: number;
}

/** The wait record's data: offset of the key, bitset, 1 when woken, user address of a PI lock or 0. */
const DATA = { offset: 0, bitset: 1, woken: 2, pi: 3 } as const;

function keyOf(task: Task, address: number, isPrivate: boolean): Key | number {
  const mm = task.mm!;
  if ((address & 3) !== 0) return -EINVAL;
  if (mm.get32(address) === null) return -EFAULT;
  const vma = isPrivate ? null : mm.find(address);
  if (vma === null || (vma.flags & VM_SHARED) === 0) return { on: mm, offset: address };
  const inode = vma.file?.mappable() ?? null;
  return inode === null ? { on: mm, offset: address } : { on: inode, offset: vma.pgoff * 4096 + address - vma.start };
}

/** Sleepers on a key, in the order they came. */
function sleepers({ on, offset }: Key): { task: Task; record: WaitRecord }[] {
  const found: { task: Task; record: WaitRecord }[] = [];
  for (const task of on.waiters) {
    const record = task.wait;
    // Other calls may sleep on the same object; theirs is another shape of data.
    if (record?.data.length === 4 && record.data[DATA.offset] === offset && record.data[DATA.woken] === 0) {
      found.push({ task, record });
    }
  }
  return found;
}

function wakeSleeper({ task, record }: { task: Task; record: WaitRecord }): void {
  record.data[DATA.woken] = 1;
  task.wakeUp();
}

function wakeKey(key: Key, count: number, bitset = MATCH_ANY): number {
  let woken = 0;
  for (const sleeper of sleepers(key)) {
    if (woken >= count) break;
    if (((sleeper.record.data[DATA.bitset] ?? 0) & bitset) === 0) continue;
    wakeSleeper(sleeper);
    woken++;
  }
  return woken;
}

/** Wakes up to `count` sleepers on a word, as FUTEX_WAKE does without FUTEX_PRIVATE_FLAG. */
export function futexWake(_kernel: Kernel, task: Task, address: number, count: number): void {
  const key = keyOf(task, address, false);
  if (typeof key !== 'number') wakeKey(key, count);
}

export interface FutexCall {
  readonly address: number;
  readonly op: number;
  readonly value: number;
  /** Virtual ns, or null; for calls that take a timeout. */
  readonly deadline: number | null;
  readonly value2: number;
  readonly address2: number;
  readonly value3: number;
}

/** The command, without its flags. */
export function futexCommand(op: number): number {
  return op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
}

/** Whether the command's fourth argument is a timeout. */
export function takesTimeout(op: number): boolean {
  return [FUTEX_WAIT, FUTEX_LOCK_PI, FUTEX_WAIT_BITSET, FUTEX_LOCK_PI2].includes(futexCommand(op));
}

type Command = (kernel: Kernel, task: Task, call: FutexCall, isPrivate: boolean) => Result;

const COMMANDS = new Map<number, Command>([
  [FUTEX_WAIT, (_k, task, call, p) => wait(task, call, p, MATCH_ANY)],
  [FUTEX_WAIT_BITSET, (_k, task, call, p) => wait(task, call, p, call.value3)],
  [FUTEX_WAKE, (_k, task, call, p) => wake(task, call, p, MATCH_ANY)],
  [FUTEX_WAKE_BITSET, (_k, task, call, p) => wake(task, call, p, call.value3)],
  [FUTEX_REQUEUE, (_k, task, call, p) => requeue(task, call, p, false)],
  [FUTEX_CMP_REQUEUE, (_k, task, call, p) => requeue(task, call, p, true)],
  [FUTEX_WAKE_OP, (_k, task, call, p) => wakeOp(task, call, p)],
  [FUTEX_LOCK_PI, (k, task, call, p) => lockPi(k, task, call, p, true)],
  [FUTEX_LOCK_PI2, (k, task, call, p) => lockPi(k, task, call, p, true)],
  [FUTEX_TRYLOCK_PI, (k, task, call, p) => lockPi(k, task, call, p, false)],
  [FUTEX_UNLOCK_PI, (_k, task, call, p) => unlockPi(task, call, p)],
]);

/** futex(2). */
export function futex(kernel: Kernel, task: Task, call: FutexCall): Result {
  const command = COMMANDS.get(futexCommand(call.op));
  return command === undefined ? -ENOSYS : command(kernel, task, call, (call.op & FUTEX_PRIVATE_FLAG) !== 0);
}

function wait(task: Task, call: FutexCall, isPrivate: boolean, bitset: number): Result {
  const record = task.wait;
  if (record?.data[DATA.woken] === 1) return 0;
  if (record?.timedOut) return -ETIMEDOUT;
  if (bitset === 0) return -EINVAL;
  const key = keyOf(task, call.address, isPrivate);
  if (typeof key === 'number') return key;
  // Entered again without a wake, the word has been compared already, unless a signal's restart lost the place in the queue.
  const queued = record !== null && record.on.length > 0;
  if (!queued && (task.mm!.get32(call.address)! | 0) !== (call.value | 0)) return -EAGAIN;
  if (queued) return block(task, {});
  const data = [key.offset, bitset >>> 0, 0, 0];
  const restart = call.deadline === null ? 'sys' : 'block';
  return block(task, { on: [key.on], deadline: record?.deadline ?? call.deadline, restart, data });
}

function wake(task: Task, call: FutexCall, isPrivate: boolean, bitset: number): Result {
  if (bitset === 0) return -EINVAL;
  const key = keyOf(task, call.address, isPrivate);
  return typeof key === 'number' ? key : wakeKey(key, Math.max(1, call.value | 0), bitset);
}

function requeue(task: Task, call: FutexCall, isPrivate: boolean, compare: boolean): Result {
  if ((call.value | 0) < 0 || (call.value2 | 0) < 0) return -EINVAL;
  const from = keyOf(task, call.address, isPrivate);
  if (typeof from === 'number') return from;
  const to = keyOf(task, call.address2, isPrivate);
  if (typeof to === 'number') return to;
  if (compare && (task.mm!.get32(call.address)! | 0) !== (call.value3 | 0)) return -EAGAIN;
  const woken = wakeKey(from, call.value | 0);
  let moved = 0;
  for (const sleeper of sleepers(from)) {
    if (moved >= (call.value2 | 0)) break;
    moveSleeper(sleeper, from, to);
    moved++;
  }
  return compare ? woken + moved : woken;
}

function moveSleeper({ task, record }: { task: Task; record: WaitRecord }, from: Key, to: Key): void {
  from.on.waiters.splice(from.on.waiters.indexOf(task), 1);
  get(to.on);
  record.on = [to.on];
  put(from.on);
  record.data[DATA.offset] = to.offset;
  record.seq = task.container.waitSeq++;
  enlist(to.on, task, record.seq);
}

/** FUTEX_WAKE_OP's operation on the second word: op, compare, and 12-bit signed arguments. */
function wakeOp(task: Task, call: FutexCall, isPrivate: boolean): Result {
  const first = keyOf(task, call.address, isPrivate);
  if (typeof first === 'number') return first;
  const second = keyOf(task, call.address2, isPrivate);
  if (typeof second === 'number') return second;
  const code = call.value3;
  const old = task.mm!.get32(call.address2)! | 0;
  const shifted = (code >>> 31) & 1;
  const argument = (code << 8) >> 20;
  const operand = shifted === 1 ? 1 << (argument & 31) : argument;
  const result = OPERATIONS[(code >>> 28) & 7]?.(old, operand);
  const holds = COMPARISONS[(code >>> 24) & 15]?.(old, (code << 20) >> 20);
  if (result === undefined || holds === undefined) return -ENOSYS;
  if (!task.mm!.put32(call.address2, result)) return -EFAULT;
  const woken = wakeKey(first, Math.max(1, call.value | 0));
  return holds ? woken + wakeKey(second, Math.max(1, call.value2 | 0)) : woken;
}

const OPERATIONS: readonly ((old: number, operand: number) => number)[] = [
  (_old, operand) => operand,
  (old, operand) => (old + operand) | 0,
  (old, operand) => old | operand,
  (old, operand) => old & ~operand,
  (old, operand) => old ^ operand,
];
const COMPARISONS: readonly ((old: number, argument: number) => boolean)[] = [
  (old, argument) => old === argument,
  (old, argument) => old !== argument,
  (old, argument) => old < argument,
  (old, argument) => old <= argument,
  (old, argument) => old > argument,
  (old, argument) => old >= argument,
];

/** FUTEX_LOCK_PI: the word holds the owner's thread number. */
function lockPi(kernel: Kernel, task: Task, call: FutexCall, isPrivate: boolean, mayWait: boolean): Result {
  const record = task.wait;
  if (record?.data[DATA.woken] === 1) return 0;
  if (record?.timedOut) return -ETIMEDOUT;
  const key = keyOf(task, call.address, isPrivate);
  if (typeof key === 'number') return key;
  const mm = task.mm!;
  const word = mm.get32(call.address)! >>> 0;
  const owner = word & FUTEX_TID_MASK;
  if (owner === 0) {
    const kept = (word & FUTEX_OWNER_DIED) | (sleepers(key).length > 0 ? FUTEX_WAITERS : 0);
    return mm.put32(call.address, task.tid | kept) ? 0 : -EFAULT;
  }
  if (owner === task.tid) return -EDEADLK;
  if (!mayWait) return -EAGAIN;
  if (!kernel.container.tasks.some((other) => other.tid === owner && other.alive)) return -ESRCH;
  if (!mm.put32(call.address, word | FUTEX_WAITERS)) return -EFAULT;
  const data = [key.offset, MATCH_ANY, 0, call.address];
  return block(task, { on: [key.on], deadline: record?.deadline ?? call.deadline, restart: 'sys', data });
}

function unlockPi(task: Task, call: FutexCall, isPrivate: boolean): Result {
  const key = keyOf(task, call.address, isPrivate);
  if (typeof key === 'number') return key;
  const word = task.mm!.get32(call.address)! >>> 0;
  if ((word & FUTEX_TID_MASK) !== task.tid) return -EPERM;
  return task.mm!.put32(call.address, handOver(key, 0)) ? 0 : -EFAULT;
}

/** Wakes the first sleeper of a PI lock as its owner; returns the lock's new word. */
function handOver(key: Key, flags: number): number {
  const [next, ...others] = sleepers(key);
  if (next === undefined) return flags;
  wakeSleeper(next);
  return (next.task.tid | flags | (others.length > 0 ? FUTEX_WAITERS : 0)) >>> 0;
}

/** PI locks that an ending thread holds pass on to those who wait for them. */
export function leavePiFutexes(kernel: Kernel, task: Task): void {
  for (const other of kernel.container.tasks) {
    const record = other.wait;
    const address = record?.data.length === 4 ? (record.data[DATA.pi] ?? 0) : 0;
    if (address === 0 || record === null || record.data[DATA.woken] === 1 || other.mm === null) continue;
    const word = other.mm.get32(address);
    if (word === null || (word & FUTEX_TID_MASK) !== task.tid) continue;
    const key = { on: record.on[0]!, offset: record.data[DATA.offset]! };
    other.mm.put32(address, handOver(key, FUTEX_OWNER_DIED));
  }
}
