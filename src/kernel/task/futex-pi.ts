/** Futexes with an owner: the word holds the number of the thread that has the lock. Linux kernel/futex/pi.c, requeue.c. */

import { EAGAIN, EDEADLK, EFAULT, EINVAL, EPERM, ESRCH, ETIMEDOUT } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { taskByNumber } from './find.ts';
import type { FutexCall } from './futex.ts';
import { type Key, KIND, keyOf, Sleeper, sameKey, sleepers, sleepOn } from './futex-queue.ts';
import type { Task } from './task.ts';
import { block } from './wait.ts';

export const FUTEX_WAITERS = 0x8000_0000;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;

/** What came of trying to take a lock: 'taken', the thread that has it, or why not. */
type Attempt = { taken: true } | { owner: number } | { errno: Result };

/**
 * Takes a free lock for `taker`, or marks that somebody waits for it (Linux futex_lock_pi_atomic).
 * @param task whose memory the word is in
 * @param waiters set FUTEX_WAITERS even if it is free
 */
function attempt(kernel: Kernel, task: Task, address: number, key: Key, taker: Task, waiters: boolean): Attempt {
  const word = task.mm!.get32(address);
  if (word === null) return { errno: -EFAULT };
  const owner = word & FUTEX_TID_MASK;
  if (owner === taker.tid) return { errno: -EDEADLK };
  const first = sleepers(key)[0];
  if (first !== undefined) return joinQueue(first, word);
  if (owner === 0) {
    const free = (word & FUTEX_OWNER_DIED) | taker.tid | (waiters ? FUTEX_WAITERS : 0);
    return task.mm!.put32(address, free) ? { taken: true } : { errno: -EFAULT };
  }
  if (!task.mm!.put32(address, word | FUTEX_WAITERS)) return { errno: -EFAULT };
  const known = taskByNumber(kernel, task, owner)?.alive === true;
  return known ? { owner } : { errno: -ESRCH };
}

/** Others sleep on the lock already: the word must name the owner that they wait for (Linux attach_to_pi_state). */
function joinQueue(first: Sleeper, word: number): Attempt {
  const owner = word & FUTEX_TID_MASK;
  if (!first.isPi || owner !== first.owner) return { errno: -EINVAL };
  return { owner };
}

/** FUTEX_LOCK_PI, FUTEX_LOCK_PI2 and, when it may not wait, FUTEX_TRYLOCK_PI. */
export function lockPi(kernel: Kernel, task: Task, call: FutexCall, isPrivate: boolean, mayWait: boolean): Result {
  const slept = Sleeper.of(task);
  if (slept !== null) return goOn(task, slept, call.address);
  const key = keyOf(task, call.address, isPrivate, 'write');
  if (typeof key === 'number') return key;
  const tried = attempt(kernel, task, call.address, key, task, false);
  if ('errno' in tried) return tried.errno;
  if ('taken' in tried) return 0;
  if (!mayWait) return -EAGAIN;
  return sleepOn(task, [key], {
    kind: KIND.lockPi,
    owner: tried.owner,
    address: call.address,
    deadline: call.deadline,
    restart: 'noint',
  });
}

/** A sleeper of a PI lock is entered again: it got the lock, time is up, or it sleeps on. */
function goOn(task: Task, sleeper: Sleeper, _address: number): Result {
  if (sleeper.result !== null) return sleeper.result;
  return task.wait?.timedOut ? -ETIMEDOUT : block(task, {});
}

/** FUTEX_UNLOCK_PI: the first sleeper gets the lock. */
export function unlockPi(task: Task, call: FutexCall, isPrivate: boolean): Result {
  const mm = task.mm!;
  const word = mm.get32(call.address);
  if (word === null) return -EFAULT;
  if ((word & FUTEX_TID_MASK) !== task.tid) return -EPERM;
  const key = keyOf(task, call.address, isPrivate, 'write');
  if (typeof key === 'number') return key;
  const [first] = sleepers(key);
  if (first !== undefined && (!first.isPi || first.owner !== task.tid)) return -EINVAL;
  return mm.put32(call.address, handOver(key, 0)) ? 0 : -EFAULT;
}

/** Gives a PI lock to the first who sleeps on it; returns the word that says so. */
function handOver(key: Key, flags: number): number {
  const [next, ...others] = sleepers(key);
  if (next === undefined) return flags;
  next.wake(0);
  for (const other of others) other.owner = next.task.tid;
  return (next.task.tid | flags | FUTEX_WAITERS) >>> 0;
}

/** PI locks that an ending thread holds pass on to those who wait for them (Linux exit_pi_state_list). */
export function leavePiFutexes(kernel: Kernel, task: Task): void {
  for (const other of kernel.container.tasks) {
    const sleeper = Sleeper.of(other);
    if (sleeper === null || sleeper.result !== null || !sleeper.isPi || sleeper.owner !== task.tid) continue;
    const word = handOver(sleeper.key, FUTEX_OWNER_DIED);
    other.mm?.put32(sleeper.address, word);
  }
}

/** FUTEX_WAIT_REQUEUE_PI: sleeps on one word until FUTEX_CMP_REQUEUE_PI gives it the lock of another, or a place in its queue. */
export function waitRequeuePi(task: Task, call: FutexCall, isPrivate: boolean): Result {
  const slept = Sleeper.of(task);
  if (slept !== null) return goOnRequeued(task, slept);
  if (call.address === call.address2) return -EINVAL;
  const lock = keyOf(task, call.address2, isPrivate, 'write');
  if (typeof lock === 'number') return lock;
  const key = keyOf(task, call.address, isPrivate);
  if (typeof key === 'number') return key;
  const word = task.mm!.get32(call.address);
  if (word === null) return -EFAULT;
  if ((word | 0) !== (call.value | 0)) return -EAGAIN;
  if (sameKey(key, lock)) return -EINVAL;
  const { deadline, address2: address } = call;
  return sleepOn(task, [key], { kind: KIND.requeuePi, address, deadline, restart: 'noint' });
}

/** Once it waits for the lock itself, a signal ends the call with EAGAIN: it cannot start again from the first word. */
function goOnRequeued(task: Task, sleeper: Sleeper): Result {
  if (sleeper.result !== null) return sleeper.result;
  if (task.wait?.timedOut) return -ETIMEDOUT;
  return block(task, { restart: sleeper.kind === KIND.requeuedPi ? 'again' : 'noint' });
}

/** FUTEX_CMP_REQUEUE_PI: the first sleeper takes the lock if it is free, the others queue up for it. */
export function requeuePi(kernel: Kernel, task: Task, call: FutexCall, isPrivate: boolean): Result {
  const most = call.value2 | 0;
  if ((call.value | 0) < 0 || most < 0) return -EINVAL;
  if (call.address === call.address2 || (call.value | 0) !== 1) return -EINVAL;
  const from = keyOf(task, call.address, isPrivate);
  if (typeof from === 'number') return from;
  const to = keyOf(task, call.address2, isPrivate, 'write');
  if (typeof to === 'number') return to;
  if (sameKey(from, to)) return -EINVAL;
  const word = task.mm!.get32(call.address);
  if (word === null) return -EFAULT;
  if ((word | 0) !== (call.value3 | 0)) return -EAGAIN;
  return moveToLock(kernel, task, from, to, call.address2, most);
}

function moveToLock(kernel: Kernel, task: Task, from: Key, to: Key, address: number, most: number): Result {
  let done = 0;
  let owner = 0;
  for (const sleeper of sleepers(from)) {
    if (done - 1 >= most) break;
    if (sleeper.kind !== KIND.requeuePi || sleeper.address !== address) return -EINVAL;
    if (owner === 0) {
      const tried = attempt(kernel, task, address, to, sleeper.task, most > 0);
      if ('errno' in tried) return tried.errno;
      owner = 'taken' in tried ? sleeper.task.tid : tried.owner;
    }
    if (owner === sleeper.task.tid) sleeper.wake(0);
    else {
      sleeper.move(to);
      sleeper.becomePi(owner);
    }
    done++;
  }
  return done;
}
