/** Who sleeps on a word of user memory. Linux kernel/futex/core.c. */

import { EFAULT, EINVAL } from '../errno.ts';
import { get, put } from '../kobject/kobject.ts';
import { TASK_SIZE } from '../mm/layout.ts';
import { VM_SHARED } from '../mm/vma.ts';
import { leave } from '../ordered.ts';
import type { Task } from './task.ts';
import { block, enlist, type Restart, type Waitable, type WaitRecord } from './wait.ts';

export const MATCH_ANY = 0xffff_ffff;

/** What a futex is: an offset in shared memory, or an address in an address space. */
export interface Key {
  readonly on: Waitable;
  readonly offset: number;
}

/** How a word is going to be used. */
export type Use = 'read' | 'write';

/** Added to the address of a word in private memory that is used without FUTEX_PRIVATE_FLAG: the two never meet. */
const MM_SHARED = 1;

/** The key of a word, -EINVAL or -EFAULT. A private one is not looked at (Linux get_futex_key). */
export function keyOf(task: Task, address: number, isPrivate: boolean, use: Use = 'read'): Key | number {
  const mm = task.mm!;
  if ((address & 3) !== 0) return -EINVAL;
  if (address > TASK_SIZE - 4) return -EFAULT;
  if (isPrivate) return { on: mm, offset: address };
  const word = mm.get32(address);
  if (word === null) return -EFAULT;
  const vma = mm.find(address)!;
  // A write is tried as such: it makes a private page the task's own.
  if (use === 'write' && !mm.put32(address, word)) return -EFAULT;
  const inode = vma.flags & VM_SHARED ? (vma.file?.mappable() ?? null) : null;
  if (inode === null) return { on: mm, offset: address + MM_SHARED };
  return { on: inode, offset: vma.pgoff * 4096 + address - vma.start };
}

export function sameKey(a: Key, b: Key): boolean {
  return a.on === b.on && a.offset === b.offset;
}

/** What kind of sleeper it is: of FUTEX_WAIT, of a PI lock, of FUTEX_WAIT_REQUEUE_PI before and after it was moved, of futex_waitv. */
export const KIND = { wait: 0, lockPi: 1, requeuePi: 2, requeuedPi: 3, waitv: 4 } as const;

/** What a wait record's data holds at which place; from `offsets` on there is the offset of each key. */
const DATA = { state: 0, kind: 1, bitset: 2, owner: 3, address: 4, tag: 5, offsets: 6 } as const;
/** Tells futex sleepers from others that sleep on the same object. */
const TAG = 240;
/** `state` while nobody has woken the sleeper; then what its call returns. */
const ASLEEP = -1;

export interface Sleeping {
  readonly kind: number;
  readonly bitset?: number;
  /** Of a PI lock: the thread that has it. */
  readonly owner?: number;
  /** User address of the PI lock that is waited for, or will be. */
  readonly address?: number;
  /** Virtual ns; null for never. */
  readonly deadline: number | null;
  readonly restart: Restart;
}

/** Puts the task to sleep on words; the call's result is BLOCKED. */
export function sleepOn(task: Task, keys: readonly Key[], how: Sleeping): number {
  const { kind, bitset = MATCH_ANY, owner = 0, address = 0, deadline, restart } = how;
  const data = [ASLEEP, kind, bitset >>> 0, owner, address, TAG, ...keys.map(({ offset }) => offset)];
  return block(task, { on: keys.map(({ on }) => on), deadline, restart, data });
}

/** A task that sleeps on a futex. */
export class Sleeper {
  readonly task: Task;
  readonly record: WaitRecord;

  constructor(task: Task, record: WaitRecord) {
    this.task = task;
    this.record = record;
  }

  /** The task as a sleeper, also when it was woken already; null when it is none. */
  static of(task: Task): Sleeper | null {
    const { wait } = task;
    return wait !== null && wait.data[DATA.tag] === TAG && wait.on.length > 0 ? new Sleeper(task, wait) : null;
  }

  get kind(): number {
    return this.record.data[DATA.kind]!;
  }
  get bitset(): number {
    return this.record.data[DATA.bitset]!;
  }
  get owner(): number {
    return this.record.data[DATA.owner]!;
  }
  set owner(tid: number) {
    this.record.data[DATA.owner] = tid;
  }
  get address(): number {
    return this.record.data[DATA.address]!;
  }
  /** Whether it waits for a PI lock. */
  get isPi(): boolean {
    return this.kind === KIND.lockPi || this.kind === KIND.requeuedPi;
  }
  get key(): Key {
    return { on: this.record.on[0]!, offset: this.record.data[DATA.offsets]! };
  }
  /** What its call returns, or null while it sleeps. */
  get result(): number | null {
    const state = this.record.data[DATA.state]!;
    return state === ASLEEP ? null : state;
  }

  /** Which of its words has that key, or -1. */
  indexOf({ on, offset }: Key): number {
    return this.record.on.findIndex((each, i) => each === on && this.record.data[DATA.offsets + i] === offset);
  }

  /** Its call returns `result`. */
  wake(result: number): void {
    this.record.data[DATA.state] = result;
    this.task.wakeUp();
  }

  /** Moves a sleeper on one word behind the sleepers on another. */
  move(to: Key): void {
    const { task, record } = this;
    const from = record.on[0]!;
    leave(from.waiters, task);
    get(to.on);
    record.on = [to.on];
    put(from);
    record.data[DATA.offsets] = to.offset;
    record.seq = task.container.waitSeq++;
    enlist(to.on, task, record.seq);
  }

  /** It waits for a PI lock from now on. */
  becomePi(owner: number): void {
    this.record.data[DATA.kind] = KIND.requeuedPi;
    this.owner = owner;
  }
}

/** Sleepers on a key, in the order they came. */
export function sleepers(key: Key): Sleeper[] {
  const found: Sleeper[] = [];
  for (const task of key.on.waiters) {
    const sleeper = Sleeper.of(task);
    if (sleeper !== null && sleeper.result === null && sleeper.indexOf(key) >= 0) found.push(sleeper);
  }
  return found;
}

/** Wakes a sleeper of FUTEX_WAIT or futex_waitv, whose result is which word it was. */
export function wakeSleeper(sleeper: Sleeper, key: Key): void {
  sleeper.wake(sleeper.kind === KIND.waitv ? sleeper.indexOf(key) : 0);
}

/** Wakes up to `count` sleepers, but at least one; how many, or -EINVAL when a PI lock's sleeper is met. */
export function wakeKey(key: Key, count: number, bitset = MATCH_ANY): number {
  let woken = 0;
  for (const sleeper of sleepers(key)) {
    if (sleeper.isPi || sleeper.kind === KIND.requeuePi) return -EINVAL;
    if ((sleeper.bitset & bitset) === 0) continue;
    wakeSleeper(sleeper, key);
    if (++woken >= count) break;
  }
  return woken;
}
