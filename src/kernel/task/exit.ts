/** The end of threads and processes: resources, reparenting, SIGCHLD, zombies. Linux kernel/exit.c. */
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import {
  CLD_EXITED,
  CLD_KILLED,
  SA_NOCLDWAIT,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGRTMAX,
} from '../signal/numbers.ts';
import { childInfo, raise, sendSignal, signalGroup, threadsOf } from '../signal/send.ts';
import { SIG_IGN } from '../signal/sighand.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { giveUpTerminal } from '../tty/job.ts';
import { futexWake, leavePiFutexes } from './futex.ts';
import { walkRobustList } from './robust.ts';
import { addUsage, type Signal } from './signal.ts';
import type { Task } from './task.ts';
import { endWait } from './wait.ts';

/** Wait status of exit(code). */
export function exitStatusOf(code: number): number {
  return (code & 0xff) << 8;
}

/** Ends a process with a wait status: all its threads (Linux do_group_exit). */
export function exitGroup(kernel: Kernel, task: Task, status: number): void {
  const { signal } = task;
  if (!signal.groupExit) {
    signal.groupExit = true;
    signal.groupExitCode = status;
  }
  for (const thread of threadsOf(signal, kernel.container.tasks)) {
    if (thread !== task && thread.alive) exitTask(kernel, thread, status);
  }
  exitTask(kernel, task, status);
}

/** Ends one thread (Linux do_exit); with the last one its process becomes a zombie. */
export function exitTask(kernel: Kernel, task: Task, status: number): void {
  const { container } = kernel;
  const { isLeader } = task;
  endWait(task);
  task.restart = null;
  task.exitCode = status;
  if (kernel.container.init === task.signal.leader && isLastThread(kernel, task)) killContainer(kernel, task);
  releaseUserMemory(kernel, task);
  releaseResources(kernel, task);
  task.state = 'zombie';
  container.deadlinesChanged = true;
  kernel.observer.taskEnd?.(task);
  const last = threadsOf(task.signal, container.tasks).every((thread) => !thread.alive);
  if (last) processEnded(kernel, task);
  // A leader stays until it is waited for, and has gone already when its parent ignores it.
  if (!isLeader) reap(kernel, task);
}

function isLastThread(kernel: Kernel, task: Task): boolean {
  return threadsOf(task.signal, kernel.container.tasks).every((thread) => thread === task || !thread.alive);
}

/** When init ends, all others do (pid_namespaces(7)). */
function killContainer(kernel: Kernel, init: Task): void {
  kernel.container.shutdown = true;
  for (const task of [...kernel.container.tasks]) {
    if (task.signal !== init.signal && task.alive) exitTask(kernel, task, SIGKILL);
  }
}

/** What the end of a thread leaves in its memory for others to see (Linux mm_release). */
export function releaseUserMemory(kernel: Kernel, task: Task): void {
  const mm = task.mm;
  if (mm === null) return;
  walkRobustList(kernel, task);
  leavePiFutexes(kernel, task);
  if (task.clearChildTid !== 0 && mm.refs > 1) {
    mm.put32(task.clearChildTid, 0);
    futexWake(kernel, task, task.clearChildTid, 1);
  }
  task.clearChildTid = 0;
  wakeVforkParent(task);
}

/** The parent of a vfork child goes on: the child uses its memory no more. */
export function wakeVforkParent(task: Task): void {
  const parent = task.vforkParent;
  task.vforkParent = null;
  if (parent !== null) parent.wakeUp();
}

function releaseResources(kernel: Kernel, task: Task): void {
  const { mm, files, fs, nsproxy, signal } = task;
  if (mm !== null) {
    signal.used.maxrss = Math.max(signal.used.maxrss, mm.present);
    task.mm = null;
    put(mm);
  }
  // The last thread that has a table closes its files; a file's flush may look at the task.
  if (files !== null) {
    if (files.refs === 1) for (const fd of [...files.fds.keys()]) files.close(kernel, task, fd);
    task.files = null as never; // see untilExit
    put(files);
  }
  task.fs = null as never;
  if (fs !== null) put(fs);
  task.nsproxy = null as never;
  if (nsproxy !== null) put(nsproxy);
}

/** The whole process has ended. */
function processEnded(kernel: Kernel, task: Task): void {
  const { signal } = task;
  const leader = signal.leader ?? task;
  // Without exit_group the last thread's status counts (Linux synchronize_group_exit).
  leader.exitCode = signal.groupExit ? signal.groupExitCode : task.exitCode;
  signal.timers = [];
  for (const timer of [signal.itimerReal, signal.itimerVirtual, signal.itimerProf]) timer.expires = null;
  if (signal.sessionLeader) giveUpTerminal(kernel, leader);
  const orphanedBefore = stoppedGroups(kernel, leader);
  reparentChildren(kernel, leader);
  hangUpOrphans(kernel, leader, orphanedBefore);
  if (kernel.container.init !== leader) {
    notifyExit(kernel, leader);
    return;
  }
  kernel.container.exitStatus = leader.exitCode;
  for (const other of [...kernel.container.tasks]) if (other.signal !== signal) reap(kernel, other);
}

/** Process groups with stopped members that this process keeps from being orphaned. */
function stoppedGroups(kernel: Kernel, leader: Task): Set<Signal['pgrp']> {
  const groups = new Set<Signal['pgrp']>();
  for (const task of kernel.container.tasks) {
    const connected = task === leader || task.parent === leader;
    if (connected && task.isLeader) groups.add(task.signal.pgrp);
  }
  return groups;
}

/** Newly orphaned groups with a stopped member get SIGHUP and SIGCONT. POSIX _exit(). */
function hangUpOrphans(kernel: Kernel, gone: Task, groups: Set<Signal['pgrp']>): void {
  for (const pgrp of groups) {
    const members = kernel.container.tasks.filter((t) => t.isLeader && t.alive && t !== gone && t.signal.pgrp === pgrp);
    const stopped = members.some((t) => t.signal.stopSignal !== 0);
    const anchored = members.some((t) => {
      const parent = t.parent;
      return parent?.alive === true && parent.signal.pgrp !== pgrp && parent.signal.session === t.signal.session;
    });
    if (!stopped || anchored) continue;
    signalGroup(kernel, pgrp, siginfo(SIGHUP, SI_KERNEL));
    signalGroup(kernel, pgrp, siginfo(SIGCONT, SI_KERNEL));
  }
}

/** Children get the nearest subreaper, or init, as parent. */
function reparentChildren(kernel: Kernel, leader: Task): void {
  const { tasks } = kernel.container;
  const reaper = reaperOf(kernel, leader);
  for (const child of [...tasks]) {
    if (child.parent !== leader) continue;
    child.parent = reaper;
    if (child.pdeathSignal !== 0 && child.alive) raise(kernel, child, child.pdeathSignal, true);
    if (!child.isLeader || reaper === null) continue;
    child.exitSignal = SIGCHLD;
    if (child.state === 'zombie' && isProcessZombie(kernel, child)) notifyExit(kernel, child);
  }
}

function reaperOf(kernel: Kernel, leader: Task): Task | null {
  for (let at = leader.parent; at !== null; at = at.parent) {
    if (at.alive && at.signal.subreaper) return at;
  }
  const { init } = kernel.container;
  return init === leader ? null : init;
}

/** Whether a leader and all its threads have ended. */
export function isProcessZombie(kernel: Kernel, leader: Task): boolean {
  return leader.state === 'zombie' && threadsOf(leader.signal, kernel.container.tasks).every((t) => !t.alive);
}

/** Tells the parent of a zombie, or lets the zombie go at once when the parent ignores its children. */
function notifyExit(kernel: Kernel, leader: Task): void {
  const parent = leader.parent;
  if (parent === null) {
    reap(kernel, leader);
    return;
  }
  const action = parent.sighand.action(SIGCHLD);
  const nobodyWaits =
    leader.exitSignal === SIGCHLD && (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0);
  const status = leader.exitCode;
  // clone(2) takes any number for the exit signal; one that is none is not sent.
  const sends = leader.exitSignal > 0 && leader.exitSignal <= SIGRTMAX;
  if (sends && !(nobodyWaits && action.handler === SIG_IGN)) {
    const killed = (status & 0x7f) !== 0;
    const info = childInfo(leader, killed ? CLD_KILLED : CLD_EXITED, killed ? status & 0x7f : status >>> 8);
    sendSignal(kernel, parent, { ...info, signo: leader.exitSignal }, true);
  }
  if (nobodyWaits) reap(kernel, leader);
  parent.signal.wake(0);
}

/** Forgets a zombie; what its process used is added to what its parent's children used. */
export function reap(kernel: Kernel, task: Task): void {
  const parent = task.parent;
  if (task.isLeader && parent !== null) {
    addUsage(parent.signal.children, task.signal.used);
    addUsage(parent.signal.children, task.signal.children);
  }
  for (const other of kernel.container.tasks) {
    if (other.parent === task) other.parent = null;
    if (other.vforkParent === task) other.vforkParent = null;
    for (const timer of other.signal.timers) if (timer.target === task) timer.target = null;
  }
  if (task.signal.leader === task) task.signal.leader = null;
  kernel.container.removeTask(task);
}
