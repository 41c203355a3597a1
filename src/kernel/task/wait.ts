/**
 * Blocking is data. A call that must wait records in its task what for, until when and how far it got, and returns
 * BLOCKED; when something happens the call is entered again with that record, as Linux enters restarted calls.
 */
import type { File } from '../fd/file.ts';
import { assert } from '../kobject/errors.ts';
import {
  bool,
  count,
  integer53,
  list,
  oneOf,
  optional,
  ref,
  struct,
  transient,
  u32,
  type Values,
} from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import { enter, type Ordered } from '../ordered.ts';
import { BLOCKED, type Result } from '../syscall/define.ts';
import type { Task } from './task.ts';

/**
 * What a signal makes of a sleeping call that has no progress yet, in Linux's names:
 * `sys` ERESTARTSYS, `noint` ERESTARTNOINTR, `nohand` ERESTARTNOHAND, `block` ERESTART_RESTARTBLOCK (goes on with the same record through
 * restart_syscall), `never` EINTR, `again` EAGAIN; a `killable` sleep is woken by nothing but a fatal signal.
 */
export const RESTARTS = ['sys', 'noint', 'nohand', 'block', 'never', 'again', 'killable'] as const;
export type Restart = (typeof RESTARTS)[number];

const waitFields = {
  on: list(ref<Waitable>('waitable', 'what the task waits for'), 'what may wake the task; empty for a pure sleep'),
  events: u32('POLL* bits that wake the task; 0 for any event', { show: 'hex' }),
  deadline: optional(count('virtual ns at which the sleep ends by itself')),
  restart: oneOf(...RESTARTS)('what a signal makes of the call'),
  progress: count('what the call has done so far, such as bytes written; becomes its result when a signal comes'),
  data: list(integer53('a value'), 'what else the call needs to know when it is entered again'),
  seq: count('order among sleepers, from Container.waitSeq'),
  timedOut: bool('the deadline has passed'),
};
export const waitField = struct(waitFields, 'the wait record');
export type WaitRecord = Values<typeof waitFields>;

/** Somebody who is told of every wake and does not sleep for it: an item of an epoll instance. */
export interface Watcher extends Ordered {
  /** Of these only one is told, EPOLLEXCLUSIVE. */
  readonly exclusive: boolean;
  /** Told of POLL* bits, 0 for any. Whether an exclusive one took the event, so that others need not know. */
  woken(events: number): boolean;
}

/** Anything that a task can sleep on. */
export class Waitable extends kobject('waitable', 1, {
  waiters: transient<Task[]>('rebuilt from the wait records of the tasks, in the order of `seq`', () => []),
  watchers: transient<Watcher[]>('epoll instances enter their items, in the order of `seq`', () => []),
  asyncFiles: transient<File[]>('files with O_ASYNC enter themselves, in the order of `asyncSeq`', () => []),
}) {
  /** Makes every task that waits for one of `events` (POLL* bits; 0 for any) runnable; each enters its call again. */
  wake(events: number): void {
    for (const task of this.waiters) {
      const wanted = task.wait?.events ?? 0;
      if (events === 0 || wanted === 0 || (events & wanted) !== 0) task.wakeUp();
    }
    let taken = false;
    for (const watcher of this.watchers) {
      if (watcher.exclusive && taken) continue;
      if (watcher.woken(events) && watcher.exclusive) taken = true;
    }
  }

  watch(watcher: Watcher): void {
    enter(this.watchers, watcher);
  }

  unwatch(watcher: Watcher): void {
    const at = this.watchers.indexOf(watcher);
    if (at >= 0) this.watchers.splice(at, 1);
  }
}

export interface BlockOptions {
  readonly on?: readonly Waitable[];
  /** POLL* bits that wake; 0 (the default) for any. */
  readonly events?: number;
  /** Virtual ns (Clock.now); kept from the first entry when left out. */
  readonly deadline?: number | null;
  /** Default `sys`. */
  readonly restart?: Restart;
  readonly progress?: number;
  readonly data?: readonly number[];
}

/**
 * Puts the task to sleep until something that it waits on is woken, the deadline passes or a signal comes; the body then
 * returns what this returns, BLOCKED. Entered again, the body finds the record in `task.wait`; what `options` leaves out
 * stays as it was. The record ends with the call.
 */
export function block(task: Task, options: BlockOptions): Result {
  const old = task.wait;
  if (old !== null) leave(task, old);
  const on = options.on ?? old?.on ?? [];
  // Taken before the old record's references are dropped: both may hold the same objects.
  for (const waitable of on) get(waitable);
  const record: WaitRecord = {
    on: [...on],
    events: options.events ?? old?.events ?? 0,
    deadline: options.deadline === undefined ? (old?.deadline ?? null) : options.deadline,
    restart: options.restart ?? old?.restart ?? 'sys',
    progress: options.progress ?? old?.progress ?? 0,
    data: [...(options.data ?? old?.data ?? [])],
    // A call that sleeps again queues up behind the others, so the lists stay in the order of `seq`.
    seq: task.container.waitSeq++,
    timedOut: false,
  };
  task.wait = record;
  if (old !== null) for (const waitable of old.on) put(waitable);
  for (const waitable of record.on) enlist(waitable, task, record.seq);
  if (record.deadline !== null) task.container.deadlinesChanged = true;
  return BLOCKED;
}

/** Ends the task's wait record, if it has one: the call is over. */
export function endWait(task: Task): void {
  const record = task.wait;
  if (record === null) return;
  leave(task, record);
  task.wait = null;
  for (const waitable of record.on) put(waitable);
}

/** After restore: puts the sleepers of all tasks on the lists of what they wait for. */
export function rebuildWaiters(tasks: readonly Task[]): void {
  const sleepers = tasks.filter((task) => task.wait !== null).sort((a, b) => a.wait!.seq - b.wait!.seq);
  for (const task of sleepers) for (const waitable of task.wait!.on) enlist(waitable, task, task.wait!.seq);
}

/** Sleepers stand in the order of `seq`, so that a restored list is the same. */
export function enlist(waitable: Waitable, task: Task, seq: number): void {
  const { waiters } = waitable;
  if (waiters.includes(task)) return;
  let at = waiters.length;
  while (at > 0 && (waiters[at - 1]!.wait?.seq ?? 0) > seq) at--;
  waiters.splice(at, 0, task);
}

function leave(task: Task, record: WaitRecord): void {
  for (const waitable of record.on) {
    const at = waitable.waiters.indexOf(task);
    if (at >= 0) waitable.waiters.splice(at, 1);
  }
}

/** Asserts that a record's lists agree with what it says. */
export function checkWait(task: Task): void {
  for (const waitable of task.wait?.on ?? []) {
    assert(waitable.waiters.includes(task), `${task.comm} sleeps on a ${waitable.kind} that does not know it`);
  }
}
