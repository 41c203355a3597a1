/** Sending signals: who gets them, what is dropped, who wakes. Linux kernel/signal.c, send_signal and complete_signal. */
import { EAGAIN, EINVAL, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { tellListener, traceOf } from '../ptrace/trace.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { processNumber, taskByNumber } from '../task/find.ts';
import type { Pid } from '../task/pid.ts';
import { RLIMIT, type Signal } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import {
  CLD_CONTINUED,
  DEFAULT_IGNORE,
  KERNEL_ONLY,
  SA_NOCLDSTOP,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMAX,
  SIGRTMIN,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  STOP_SIGNALS,
} from './numbers.ts';
import { SIG_DFL, SIG_IGN } from './sighand.ts';
import { SI_KERNEL, SI_TKILL, SI_USER, type Siginfo, siginfo } from './siginfo.ts';
import { hasSignal, removeSignal } from './sigset.ts';

/** The threads of a process, oldest first. */
export function threadsOf(signal: Signal, tasks: readonly Task[]): Task[] {
  return tasks.filter((task) => task.signal === signal);
}

/** Whether a signal that the task does not block is waiting for it, or it must stop or end. */
export function signalPending(task: Task): boolean {
  if (task.stopPending || task.trace?.trap || task.trace?.notify) return true;
  return deliverable(task, task.pending) || deliverable(task, task.signal.pending);
}

function deliverable(task: Task, queue: readonly Siginfo[]): boolean {
  for (const { signo } of queue) if (!hasSignal(task.sigmask, signo)) return true;
  return false;
}

/** Whether a signal cannot harm the process, as init of a pid namespace (Linux SIGNAL_UNKILLABLE). */
function spares(task: Task, sig: number, force: boolean): boolean {
  if (!task.signal.unkillable || task.sighand.action(sig).handler !== SIG_DFL) return false;
  return !(force && hasSignal(KERNEL_ONLY, sig));
}

/** Whether the action ignores the signal. */
export function ignores(task: Task, sig: number): boolean {
  const { handler } = task.sighand.action(sig);
  return handler === SIG_IGN || (handler === SIG_DFL && hasSignal(DEFAULT_IGNORE, sig));
}

/**
 * Sends a signal to a thread, or to its process when `group` is set.
 * @param force the sender is the kernel or above the pid namespace of the task, whose init does not resist it
 * @returns 0, or -EAGAIN when RLIMIT_SIGPENDING is reached by a queued real-time signal
 */
export function sendSignal(kernel: Kernel, task: Task, info: Siginfo, group: boolean, force = false): Result {
  const sig = info.signo;
  if (!task.alive && threadsOf(task.signal, kernel.container.tasks).every((t) => !t.alive)) return 0;
  // Blocked ones wait, and a tracer wants to know of ignored signals too (Linux sig_ignored).
  const kept = isBlocked(task, sig) || (sig !== SIGKILL && traceOf(task) !== null);
  if (!kept && spares(task, sig, force)) return 0;
  // A process that is ending takes no more of them (Linux prepare_signal).
  if (task.signal.groupExit) return 0;
  prepare(kernel, task, sig);
  if (!kept && ignores(task, sig)) return 0;
  const queue = group ? task.signal.pending : task.pending;
  if (sig < SIGRTMIN && queue.some((other) => other.signo === sig)) return 0;
  if (hasRoom(kernel, task, info)) queue.push(info);
  else if (sig >= SIGRTMIN && info.code !== SI_USER) return -EAGAIN;
  // Without room the number alone is kept, once.
  else if (!queue.some((other) => other.signo === sig)) queue.push(siginfo(sig, SI_USER));
  for (const reader of kernel.container.signalReaders) reader.signalQueued(sig);
  const target = group ? choose(kernel, task, sig) : task;
  if (target !== null) signalWake(target, sig);
  return 0;
}

/** RLIMIT_SIGPENDING counts what is queued for a user; the kernel's and kill's standard signals always have room. */
function hasRoom({ container }: Kernel, task: Task, { signo, code }: Siginfo): boolean {
  if (signo < SIGRTMIN && code >= 0) return true;
  let queued = 0;
  for (const { cred, pending, signal, isLeader } of container.tasks) {
    if (cred.uid === task.cred.uid) queued += pending.length + (isLeader ? signal.pending.length : 0);
  }
  return queued < task.signal.limit(RLIMIT.RLIMIT_SIGPENDING);
}

function isBlocked(task: Task, sig: number): boolean {
  return hasSignal(task.sigmask, sig);
}

/** SIGCONT and stop signals cancel each other, and SIGCONT goes on whatever becomes of it (Linux prepare_signal). */
function prepare(kernel: Kernel, task: Task, sig: number): void {
  const threads = (): Task[] => threadsOf(task.signal, kernel.container.tasks);
  if (hasSignal(STOP_SIGNALS, sig)) {
    discard(threads(), [SIGCONT]);
  } else if (sig === SIGCONT) {
    discard(threads(), [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);
    resume(kernel, task.signal, threads());
  } else if (sig === SIGKILL) {
    for (const thread of threads()) {
      thread.stopPending = false;
      if (thread.state === 'stopped' || thread.state === 'traced') thread.state = 'running';
    }
    task.signal.stopSignal = 0;
  }
}

/** Takes signals out of all queues of a process. */
export function discard(threads: readonly Task[], signals: readonly number[]): void {
  const keep = (info: Siginfo): boolean => !signals.includes(info.signo);
  for (const thread of threads) {
    if (thread.pending.length > 0) thread.pending = thread.pending.filter(keep);
    if (thread.signal.pending.length > 0) thread.signal.pending = thread.signal.pending.filter(keep);
  }
}

function resume(kernel: Kernel, signal: Signal, threads: readonly Task[]): void {
  const wasStopped = signal.stopSignal !== 0;
  signal.stopSignal = 0;
  for (const thread of threads) {
    thread.stopPending = false;
    if (thread.state === 'stopped') thread.state = 'running';
    const trace = traceOf(thread);
    if (trace?.seized) tellListener(thread, trace);
  }
  if (!wasStopped) return;
  signal.childEvent = 'continued';
  notifyParent(kernel, signal, CLD_CONTINUED, SIGCONT);
}

/** A thread of the process that takes the signal now: the given one first, then the oldest; null leaves it pending. */
function choose(kernel: Kernel, task: Task, sig: number): Task | null {
  if (wants(task, sig)) return task;
  for (const thread of threadsOf(task.signal, kernel.container.tasks)) if (wants(thread, sig)) return thread;
  return null;
}

function wants(task: Task, sig: number): boolean {
  if (!task.alive) return false;
  if (sig === SIGKILL) return true;
  if (isBlocked(task, sig) && !hasSignal(task.sigwait, sig)) return false;
  return task.state !== 'stopped' && task.state !== 'traced';
}

/** Wakes a sleeper for a signal (Linux signal_wake_up). */
function signalWake(task: Task, sig: number): void {
  const blocked = isBlocked(task, sig) && !hasSignal(task.sigwait, sig);
  if (blocked && sig !== SIGKILL) return;
  if (task.wait?.restart === 'killable' && sig !== SIGKILL) return;
  task.wakeUp();
}

/** A signal that the kernel raises: SIGPIPE, SIGTTIN, SIGALRM... SI_KERNEL, or SI_USER without a sender. */
export function raise(kernel: Kernel, task: Task, sig: number, group = false): void {
  sendSignal(kernel, task, siginfo(sig, group ? SI_KERNEL : SI_USER), group, true);
}

/**
 * A signal that the task's own instruction caused: it cannot be blocked or ignored (Linux force_sig_info).
 */
export function forceSignal(task: Task, info: Siginfo): void {
  const sig = info.signo;
  const action = task.sighand.action(sig);
  if (hasSignal(task.sigmask, sig) || action.handler === SIG_IGN) {
    action.handler = SIG_DFL;
    removeSignal(task.sigmask, sig);
  }
  if (action.handler === SIG_DFL) task.signal.unkillable = false;
  if (!task.pending.some((other) => other.signo === sig)) task.pending.push(info);
}

/** Sends a signal to every process of a group; -ESRCH when there is none. */
export function signalGroup(kernel: Kernel, pgrp: Pid, info: Siginfo): Result {
  let found = false;
  for (const task of [...kernel.container.tasks]) {
    if (!task.isLeader || task.signal.pgrp !== pgrp) continue;
    found = true;
    sendSignal(kernel, task, { ...info, fields: [...info.fields] }, true);
  }
  return found ? 0 : -ESRCH;
}

/** kill(2) and its kin: the sender's pid and user, in its own namespaces. */
export function userInfo(sender: Task, sig: number, code = SI_USER): Siginfo {
  return siginfo(sig, code, sender.tgid, sender.cred.userNs.shownUid(sender.cred.uid));
}

/** Sends what a task made, with its number and user as the receiver sees them (Linux send_signal_locked). */
function deliverFrom(kernel: Kernel, sender: Task, target: Task, info: Siginfo, group: boolean): Result {
  const fields = [...info.fields];
  const [from, to] = [sender.cred.userNs, target.cred.userNs];
  if (from !== to && fields.length > 1) fields[1] = to.shownUid(from.kuid(fields[1]! >>> 0)) | 0;
  const above = sender.pid.in(target.pid.ns) === 0;
  if (above) fields[0] = 0;
  return sendSignal(kernel, target, { ...info, fields }, group, above || info.code === SI_KERNEL);
}

/** Whether `sender` may signal `target` (Linux check_kill_permission). */
export function mayKill(sender: Task, target: Task, sig: number): boolean {
  if (sender.signal === target.signal) return true;
  const [from, to] = [sender.cred, target.cred];
  if (from.euid === to.suid || from.euid === to.uid || from.uid === to.suid || from.uid === to.uid) return true;
  if (sig === SIGCONT && sender.signal.session === target.signal.session) return true;
  return from.nsCapable(to.userNs, CAP.KILL);
}

/** kill(2), pid_namespaces(7): a process, a group, all. */
export function kill(kernel: Kernel, sender: Task, pid: number, info: Siginfo): Result {
  if (pid === -0x8000_0000) return -ESRCH;
  const { ns } = sender.pid;
  const leaders = kernel.container.tasks.filter((task) => task.isLeader);
  if (pid > 0) {
    const target = taskByNumber(kernel, sender, pid);
    return target === null ? -ESRCH : killProcess(kernel, sender, target.signal.leader ?? target, info);
  }
  const group = pid === 0 ? sender.signal.pgrp : pid === -1 ? null : ns.find(-pid);
  const chosen = leaders.filter((task) =>
    pid === -1 ? task.signal.tgid.in(ns) > 1 && task.signal !== sender.signal : task.signal.pgrp === group,
  );
  if (chosen.length === 0) return -ESRCH;
  const results = chosen.map((task) => killProcess(kernel, sender, task, info));
  // Nobody among all who may be signalled is no error.
  if (pid === -1) return results.findLast((result) => result !== -EPERM) ?? 0;
  return results.includes(0) ? 0 : (results.at(-1) ?? -EPERM);
}

/** Sends a signal of a task to a process, if it may: -EINVAL for no signal, -EPERM. */
export function killProcess(kernel: Kernel, sender: Task, target: Task, info: Siginfo): Result {
  if (info.signo < 0 || info.signo > SIGRTMAX) return -EINVAL;
  if (!mayKill(sender, target, info.signo)) return -EPERM;
  return info.signo === 0 ? 0 : deliverFrom(kernel, sender, target, info, true);
}

/** tkill(2) and tgkill(2): one thread. `tgid` -1 for any process. */
export function killThread(kernel: Kernel, sender: Task, tgid: number, tid: number, info: Siginfo): Result {
  const target = taskByNumber(kernel, sender, tid);
  if (target === null || (tgid !== -1 && processNumber(sender, target) !== tgid)) return -ESRCH;
  if (info.signo < 0 || info.signo > SIGRTMAX) return -EINVAL;
  if (!mayKill(sender, target, info.signo)) return -EPERM;
  if (info.signo === 0 || !target.alive) return 0;
  return deliverFrom(kernel, sender, target, info, false);
}

export function threadInfo(sender: Task, sig: number): Siginfo {
  return userInfo(sender, sig, SI_TKILL);
}

/** Tells the parent that a child stopped or went on: SIGCHLD unless SA_NOCLDSTOP, and its wait4 wakes. */
export function notifyParent(kernel: Kernel, signal: Signal, code: number, status: number): void {
  const child = signal.leader;
  const parent = child?.parent ?? null;
  if (child === null || parent === null) return;
  const action = parent.sighand.action(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    sendSignal(kernel, parent, childInfo(parent, child, code, status), true);
  }
  parent.signal.wake(0);
}

/** SIGCHLD's siginfo as the parent sees the child; times in clock ticks of 1/100 s. */
export function childInfo(parent: Task, child: Task, code: number, status: number): Siginfo {
  const ticks = Math.floor(child.signal.used.utime / 10_000_000);
  const uid = parent.cred.userNs.shownUid(child.cred.uid);
  return siginfo(SIGCHLD, code, processNumber(parent, child), uid, status, ticks, 0);
}
