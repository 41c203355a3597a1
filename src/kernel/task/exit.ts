/** The end of threads and processes: resources, reparenting, SIGCHLD, zombies. Linux kernel/exit.c. */
import { POLLIN, POLLRDNORM } from '../fd/poll.ts';
import { exitSem } from '../ipc/sem-calls.ts';
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import { dropGarbage } from '../net/scm.ts';
import { letGo } from '../ptrace/attach.ts';
import { stopsForEvent } from '../ptrace/stops.ts';
import { isReparented, PTRACE_EVENT, PTRACE_O, traceesOf, traceOf } from '../ptrace/trace.ts';
import {
  CLD_DUMPED,
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
import { futexWake } from './futex.ts';
import { leavePiFutexes } from './futex-pi.ts';
import { walkRobustList } from './robust.ts';
import { addUsage, type Signal } from './signal.ts';
import type { Task } from './task.ts';
import { endWait } from './wait.ts';

/** Bit of a wait status: a core was written. */
export const WCOREFLAG = 0x80;

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

/** Ends one thread (Linux do_exit), unless its tracer wants to see it before; with the last one its process becomes a zombie. */
export function exitTask(kernel: Kernel, task: Task, status: number): void {
  endWait(task);
  const isHeld = task.state === 'traced' && task.trace?.stop === 'dying';
  if (!isHeld && !kernel.container.shutdown && stopsForEvent(kernel, task, PTRACE_EVENT.EXIT, status, 'dying')) {
    task.trace!.ending = status;
    return;
  }
  endTask(kernel, task, status);
}

/** Ends one thread, whoever traces it. */
export function endTask(kernel: Kernel, task: Task, status: number): void {
  const { container } = kernel;
  endWait(task);
  task.restart = null;
  task.exitCode = status;
  const { ns } = task.pid;
  if (ns.reaper === task.signal.leader && ns.reaper !== null && isLastThread(kernel, task))
    closeNamespace(kernel, task);
  releaseUserMemory(kernel, task);
  exitSem(kernel, task);
  releaseResources(kernel, task);
  task.state = 'zombie';
  container.deadlinesChanged = true;
  kernel.observer.taskEnd?.(task);
  if (threadsOf(task.signal, container.tasks).every((thread) => !thread.alive)) processEnded(kernel, task);
  letTraceesGo(kernel, task);
  if (container.exitStatus === null) exitNotify(kernel, task);
}

/** Tells who waits for a dead thread; one for whom nobody does goes at once (Linux exit_notify). */
function exitNotify(kernel: Kernel, task: Task): void {
  if (traceOf(task) !== null) {
    const own = task.isLeader && isProcessZombie(kernel, task) && !isReparented(task);
    notifyDeath(kernel, task, own ? task.exitSignal : SIGCHLD);
  } else if (!task.isLeader) reap(kernel, task);
  else if (isProcessZombie(kernel, task)) notifyExit(kernel, task);
}

function isLastThread(kernel: Kernel, task: Task): boolean {
  return threadsOf(task.signal, kernel.container.tasks).every((thread) => thread === task || !thread.alive);
}

/** When process 1 of a pid namespace ends, all others in it do (pid_namespaces(7)). */
function closeNamespace(kernel: Kernel, init: Task): void {
  const { container } = kernel;
  const { ns } = init.pid;
  if (container.init === init.signal.leader) container.shutdown = true;
  ns.closed = true;
  const inside = container.tasks.filter((task) => task.signal !== init.signal && task.pid.in(ns) !== 0);
  for (const task of inside.filter(({ signal }) => signal.leader !== null)) {
    task.signal.groupExit = true;
    task.signal.groupExitCode = SIGKILL;
  }
  for (const task of inside) if (container.tasks.includes(task) && task.alive) exitTask(kernel, task, SIGKILL);
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
    if (files.refs === 1) for (const fd of [...files.fds.keys()].sort((a, b) => a - b)) files.close(kernel, task, fd);
    task.files = null as never; // see untilExit
    put(files);
    dropGarbage(kernel.container);
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
  if (signal.sessionLeader) giveUpTerminal(kernel, leader, true);
  const orphanedBefore = stoppedGroups(kernel, leader);
  reparentChildren(kernel, leader);
  const { ns } = leader.pid;
  if (ns.reaper === leader) ns.reaper = null;
  hangUpOrphans(kernel, leader, orphanedBefore);
  if (kernel.container.init !== leader) return;
  kernel.container.exitStatus = leader.exitCode;
  for (const other of [...kernel.container.tasks]) if (other !== leader) reap(kernel, other);
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
  const reaper = reaperOf(leader);
  for (const child of [...tasks]) {
    if (child.parent !== leader) continue;
    child.parent = reaper;
    // What an ended process 1 leaves has ended with it.
    if (reaper === null && kernel.container.init !== leader && child.isLeader && !child.alive) {
      reap(kernel, child);
      continue;
    }
    if (child.pdeathSignal !== 0 && child.alive) raise(kernel, child, child.pdeathSignal, true);
    if (!child.isLeader || reaper === null) continue;
    child.exitSignal = SIGCHLD;
    if (traceOf(child) === null && isProcessZombie(kernel, child)) notifyExit(kernel, child);
  }
}

function reaperOf(leader: Task): Task | null {
  const { ns } = leader.pid;
  for (let at = leader.parent; at !== null && at.pid.ns === ns; at = at.parent) {
    if (at.alive && at.signal.subreaper) return at;
  }
  const { reaper } = leader.pid.ns;
  return reaper === leader ? null : reaper;
}

/** Whether a leader has ended, and its threads are gone: tracers wait for theirs. */
export function isProcessZombie(kernel: Kernel, leader: Task): boolean {
  return leader.state === 'zombie' && threadsOf(leader.signal, kernel.container.tasks).length === 1;
}

/** Sends a death's signal to the parent, or the tracer, and wakes it (Linux do_notify_parent). */
function notifyDeath(kernel: Kernel, task: Task, signo: number): void {
  const to = traceOf(task)?.tracer ?? task.parent!;
  const status = task.exitCode;
  // clone(2) takes any number for the exit signal; one that is none is not sent.
  if (signo > 0 && signo <= SIGRTMAX) {
    const killed = (status & 0x7f) !== 0;
    const code = killed ? ((status & WCOREFLAG) !== 0 ? CLD_DUMPED : CLD_KILLED) : CLD_EXITED;
    const info = childInfo(to, task, code, killed ? status & 0x7f : status >>> 8);
    sendSignal(kernel, to, { ...info, signo }, true);
  }
  to.signal.wake(0);
}

/** Tells who waits for a process that has ended, or lets it go at once when its parent ignores its children. */
function notifyExit(kernel: Kernel, leader: Task): void {
  const parent = leader.parent;
  leader.signal.tgid.wake(POLLIN | POLLRDNORM);
  if (parent === null) {
    reap(kernel, leader);
    return;
  }
  if (traceOf(leader) !== null) {
    notifyDeath(kernel, leader, leader.exitSignal);
    return;
  }
  const action = parent.sighand.action(SIGCHLD);
  const nobodyWaits =
    leader.exitSignal === SIGCHLD && (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0);
  notifyDeath(kernel, leader, nobodyWaits && action.handler === SIG_IGN ? 0 : leader.exitSignal);
  if (nobodyWaits) reap(kernel, leader);
}

/** A tracer has waited for a leader that is another's child: now the parent may (Linux wait_task_zombie, EXIT_TRACE). */
export function passToParent(kernel: Kernel, leader: Task): void {
  letGo(leader);
  notifyExit(kernel, leader);
}

/** A tracer ends: what it traces goes on, or dies with it (Linux exit_ptrace). */
function letTraceesGo(kernel: Kernel, tracer: Task): void {
  for (const tracee of traceesOf(tracer)) {
    if ((tracee.trace!.options & PTRACE_O.PTRACE_O_EXITKILL) !== 0) {
      sendSignal(kernel, tracee, siginfo(SIGKILL, SI_KERNEL), true);
    }
    letGo(tracee);
    if (tracee.alive) continue;
    if (!tracee.isLeader) reap(kernel, tracee);
    else if (isProcessZombie(kernel, tracee)) notifyExit(kernel, tracee);
  }
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
  const { leader } = task.signal;
  if (leader === task) task.signal.leader = null;
  kernel.container.removeTask(task);
  const wasLast = leader !== null && leader !== task && isProcessZombie(kernel, leader);
  if (wasLast && kernel.container.exitStatus === null) notifyExit(kernel, leader);
}
