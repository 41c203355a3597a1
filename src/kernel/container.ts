/** Container: the root of all kernel objects. Every other object is reached from here, and lives as long as it is. */

import type { File } from './fd/file.ts';
import type { Inotify } from './fd/inotify.ts';
import type { MntNs } from './fs/mount.ts';
import type { SuperBlock } from './fs/superblock.ts';
import type { Kernel } from './kernel.ts';
import { assert } from './kobject/errors.ts';
import {
  bool,
  count,
  fixedBytes,
  list,
  map,
  optional,
  optRef,
  ref,
  str,
  transient,
  u32,
  weak,
} from './kobject/fields.ts';
import { get, type KObject, kobject, put } from './kobject/kobject.ts';
import type { Sock } from './net/sock.ts';
import { NEXT_INO } from './ns/namespace.ts';
import type { UserNs } from './ns/user-ns.ts';
import type { Ordered } from './ordered.ts';
import { checkInjection, forgetThread, injectionField } from './syscall/inject.ts';
import type { Nsproxy } from './task/nsproxy.ts';
import type { PidNs } from './task/pid.ts';
import type { Task } from './task/task.ts';
import { checkWait, rebuildWaiters } from './task/wait.ts';

/** 2024-01-01 00:00 UTC. */
export const DEFAULT_BOOT_TIME = 1_704_067_200;

/** Something other than a task or a process that wakes at a time: timerfd. */
export interface Alarm extends Ordered {
  /** Virtual ns, Infinity for never. */
  due(kernel: Kernel): number;
  ring(): void;
  /** The wall clock has been set. */
  clockWasSet(): void;
}

/** Something that reads signals: signalfd. */
export interface SignalReader extends Ordered {
  /** A signal was queued for some process. */
  signalQueued(signo: number): void;
}

export class Container extends kobject('container', 3, {
  tasks: list(ref<Task>('task', 'a thread'), 'all threads, oldest first'),
  init: weak<Task>('task', 'process 1 of the outermost namespace'),
  current: weak<Task>('task', 'who has the processor'),
  pidNs: ref<PidNs>('pidns', 'the outermost process numbers'),
  nsproxy: optRef<Nsproxy>('nsproxy', 'namespaces of init; its mounts outlive the last task'),
  userNs: optRef<UserNs>('userns', 'the first user namespace'),
  devtmpfs: optRef<SuperBlock>('superblock', 'what every mount of devtmpfs shows'),
  nextNsIno: count('number of the next namespace', { initial: NEXT_INO }),
  nextDev: u32('device number of the next filesystem: major 0', { initial: 1 }),
  nextMountId: u32('ID of the next mount', { initial: 1 }),
  nextPeerGroup: u32('number of the next peer group of mounts', { initial: 1 }),
  console: optRef<KObject>('console', 'what came out so far'),
  exitStatus: optional(u32('wait status of init; null while it lives', { show: 'hex' })),
  icount: count('instructions run since power-on, as of the last pause', { initial: 0 }),
  sliceEnd: count('instruction count at which the time slice ends', { initial: 0 }),
  switches: count('times a task was given the processor', { initial: 0 }),
  forks: count('tasks made since power-on', { initial: 0 }),
  waitSeq: count('order of the next sleeper', { initial: 0 }),
  nsPerInstruction: u32('virtual ns for each instruction', { initial: 10 }),
  idleNs: count('virtual ns that passed while all slept', { initial: 0 }),
  bootTime: count('seconds since the Epoch at virtual time 0', { initial: DEFAULT_BOOT_TIME }),
  random: fixedBytes(16)('state of the random generator'),
  moveCookie: u32('cookie of the last pair of move events, inotify(7)', { initial: 0 }),
  bootId: str('/proc/sys/kernel/random/boot_id', { initial: '' }),
  sysctl: map(str('path'), str('value'), 'what was set below /proc/sys', { since: 2 }),
  injections: list(injectionField, 'faults put into system calls', { since: 3 }),
  shutdown: bool('init has ended and all others with it', { initial: false }),
  mountNamespaces: transient<MntNs[]>('they enter themselves, in the order of their numbers', () => []),
  alarms: transient<Alarm[]>('they enter themselves', () => []),
  inotifies: transient<Inotify[]>('they enter themselves', () => []),
  socks: transient<Sock[]>('they enter themselves, in the order in which they were made', () => []),
  inflight: transient<number>('files in messages between AF_UNIX sockets, which add them', () => 0),
  dropping: transient<File[] | null>('files that are being dropped just now, within one call', () => null),
  signalReaders: transient<SignalReader[]>('they enter themselves', () => []),
  deadlinesChanged: transient<boolean>('recomputed at once after restore', () => true),
  nextDeadline: transient<number>('the earliest of all deadlines and timers, a cache', () => Number.POSITIVE_INFINITY),
}) {
  addTask(task: Task): void {
    this.tasks.push(get(task));
    this.forks++;
  }

  /** Forgets a task that was waited for. */
  removeTask(task: Task): void {
    const at = this.tasks.indexOf(task);
    assert(at >= 0, 'a task that is in no container');
    this.tasks.splice(at, 1);
    forgetThread(this.injections, task.pid.outer);
    if (this.current === task) this.current = null;
    put(task);
  }

  override afterLoad(kernel: Kernel): void {
    kernel.cpu.icount = this.icount;
    rebuildWaiters(this.tasks);
  }

  override check(): void {
    for (const rule of this.injections) checkInjection(rule);
    assert(new Set(this.tasks).size === this.tasks.length, 'a task stands twice');
    for (const task of this.tasks) {
      assert(task.root === this, 'a task of another container');
      checkWait(task);
    }
    this.checkAncestry();
    assert(this.current === null || this.tasks.includes(this.current), 'the current task is gone');
    assert(this.nsPerInstruction > 0, 'time stands still');
  }

  /** Every parent is here, and nobody is an own ancestor. */
  private checkAncestry(): void {
    const known = new Set(this.tasks);
    for (const task of this.tasks) {
      let steps = 0;
      for (let at = task.parent; at !== null; at = at.parent) {
        assert(known.has(at), `the parent of task ${task.tid} is gone`);
        assert(++steps <= this.tasks.length, `task ${task.tid} is its own ancestor`);
      }
    }
  }
}
