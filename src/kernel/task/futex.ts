/** futex(2): sleeping on a word of user memory. Linux kernel/futex/. */
import { EAGAIN, EFAULT, EINVAL, ENOSYS, ETIMEDOUT } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { lockPi, requeuePi, unlockPi, waitRequeuePi } from './futex-pi.ts';
import { KIND, keyOf, MATCH_ANY, Sleeper, sleepers, sleepOn, wakeKey, wakeSleeper } from './futex-queue.ts';
import type { Task } from './task.ts';
import { block } from './wait.ts';

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
export const FUTEX_WAIT_REQUEUE_PI = 11;
export const FUTEX_CMP_REQUEUE_PI = 12;
export const FUTEX_LOCK_PI2 = 13;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;

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
  return [FUTEX_WAIT, FUTEX_LOCK_PI, FUTEX_WAIT_BITSET, FUTEX_LOCK_PI2, FUTEX_WAIT_REQUEUE_PI].includes(
    futexCommand(op),
  );
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
  [FUTEX_WAIT_REQUEUE_PI, (_k, task, call, p) => waitRequeuePi(task, call, p)],
  [FUTEX_CMP_REQUEUE_PI, (k, task, call, p) => requeuePi(k, task, call, p)],
]);

/** futex(2). */
export function futex(kernel: Kernel, task: Task, call: FutexCall): Result {
  const command = COMMANDS.get(futexCommand(call.op));
  return command === undefined ? -ENOSYS : command(kernel, task, call, (call.op & FUTEX_PRIVATE_FLAG) !== 0);
}

function wait(task: Task, call: FutexCall, isPrivate: boolean, bitset: number): Result {
  const slept = Sleeper.of(task);
  if (slept !== null && slept.result !== null) return slept.result;
  if (task.wait?.timedOut) return -ETIMEDOUT;
  if (slept !== null) return block(task, {});
  if (bitset === 0) return -EINVAL;
  const key = keyOf(task, call.address, isPrivate);
  if (typeof key === 'number') return key;
  const word = task.mm!.get32(call.address);
  if (word === null) return -EFAULT;
  if ((word | 0) !== (call.value | 0)) return -EAGAIN;
  // A signal's restart keeps the time at which the sleep ends, and nothing else.
  const deadline = task.wait?.deadline ?? call.deadline;
  return sleepOn(task, [key], { kind: KIND.wait, bitset, deadline, restart: deadline === null ? 'sys' : 'block' });
}

function wake(task: Task, call: FutexCall, isPrivate: boolean, bitset: number): Result {
  if (bitset === 0) return -EINVAL;
  const key = keyOf(task, call.address, isPrivate);
  return typeof key === 'number' ? key : wakeKey(key, call.value | 0, bitset);
}

/** FUTEX_REQUEUE and FUTEX_CMP_REQUEUE: how many were woken or moved. */
function requeue(task: Task, call: FutexCall, isPrivate: boolean, compare: boolean): Result {
  const [toWake, toMove] = [call.value | 0, call.value2 | 0];
  if (toWake < 0 || toMove < 0) return -EINVAL;
  const from = keyOf(task, call.address, isPrivate);
  if (typeof from === 'number') return from;
  const to = keyOf(task, call.address2, isPrivate);
  if (typeof to === 'number') return to;
  if (compare) {
    const word = task.mm!.get32(call.address);
    if (word === null) return -EFAULT;
    if ((word | 0) !== (call.value3 | 0)) return -EAGAIN;
  }
  let done = 0;
  for (const sleeper of sleepers(from)) {
    if (done - toWake >= toMove) break;
    if (sleeper.isPi || sleeper.kind === KIND.requeuePi) return -EINVAL;
    if (done < toWake) wakeSleeper(sleeper, from);
    else sleeper.move(to);
    done++;
  }
  return done;
}

/** Wakes up to `count` sleepers on a word, as FUTEX_WAKE does without FUTEX_PRIVATE_FLAG. */
export function futexWake(_kernel: Kernel, task: Task, address: number, count: number): void {
  const key = keyOf(task, address, false);
  if (typeof key !== 'number') wakeKey(key, count);
}

/** FUTEX_WAKE_OP's operation on the second word: op, compare, and 12-bit signed arguments. */
function wakeOp(task: Task, call: FutexCall, isPrivate: boolean): Result {
  const first = keyOf(task, call.address, isPrivate);
  if (typeof first === 'number') return first;
  const second = keyOf(task, call.address2, isPrivate, 'write');
  if (typeof second === 'number') return second;
  const code = call.value3;
  const word = task.mm!.get32(call.address2);
  if (word === null) return -EFAULT;
  const old = word | 0;
  const shifted = (code >>> 31) & 1;
  const argument = (code << 8) >> 20;
  const operand = shifted === 1 ? 1 << (argument & 31) : argument;
  const result = OPERATIONS[(code >>> 28) & 7]?.(old, operand);
  const holds = COMPARISONS[(code >>> 24) & 15]?.(old, (code << 20) >> 20);
  if (result === undefined) return -ENOSYS;
  if (!task.mm!.put32(call.address2, result)) return -EFAULT;
  // An unknown comparison is found out after the operation.
  if (holds === undefined) return -ENOSYS;
  const woken = wakeKey(first, call.value | 0);
  if (!holds || woken < 0) return woken;
  const more = wakeKey(second, call.value2 | 0);
  return more < 0 ? more : woken + more;
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
