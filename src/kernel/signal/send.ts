/** Sending signals: who gets them, what is dropped, who wakes. Linux kernel/signal.c, send_signal and complete_signal. */
import { EAGAIN, EINVAL, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Pid } from '../task/pid.ts';
import { RLIMIT, type Signal } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import {
  CLD_CONTINUED,
  DEFAULT_IGNORE,
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

const CAP_KILL = 5;

/** The threads of a process, oldest first. */
export function threadsOf(signal: Signal, tasks: readonly Task[]): Task[] {
  return tasks.filter((task) => task.signal === signal);
}

/** Whether a signal that the task does not block is waiting for it, or it must stop or end. */
export function signalPending(task: Task): boolean {
  if (task.stopPending) return true;
  return deliverable(task, task.pending) || deliverable(task, task.signal.pending);
}

function deliverable(task: Task, queue: readonly Siginfo[]): boolean {
  for (const { signo } of queue) if (!hasSignal(task.sigmask, signo)) return true;
  return false;
}

/** Whether the action ignores the signal. */
export function ignores(task: Task, sig: number): boolean {
  const { handler } = task.sighand.action(sig);
  return handler === SIG_IGN || (handler === SIG_DFL && hasSignal(DEFAULT_IGNORE, sig));
}

/**
 * Sends a signal to a thread, or to its process when `group` is set.
 * @returns 0, or -EAGAIN when RLIMIT_SIGPENDING is reached by a queued real-time signal
 */
export function sendSignal(kernel: Kernel, task: Task, info: Siginfo, group: boolean): Result {
  const sig = info.signo;
  if (!task.alive && threadsOf(task.signal, kernel.container.tasks).every((t) => !t.alive)) return 0;
  prepare(kernel, task, sig);
  if (!isBlocked(task, sig) && ignores(task, sig)) return 0;
  const queue = group ? task.signal.pending : task.pending;
  if (sig < SIGRTMIN && queue.some((other) => other.signo === sig)) return 0;
  if (sig >= SIGRTMIN && info.code !== SI_USER && queue.length >= task.signal.limit(RLIMIT.RLIMIT_SIGPENDING)) {
    return -EAGAIN;
  }
  queue.push(info);
  for (const reader of kernel.container.signalReaders) reader.signalQueued(sig);
  const target = group ? choose(kernel, task, sig) : task;
  if (target !== null) signalWake(target, sig);
  return 0;
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
      if (thread.state === 'stopped') thread.state = 'running';
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
  return task.state !== 'stopped';
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
  sendSignal(kernel, task, siginfo(sig, group ? SI_KERNEL : SI_USER), group);
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

/** kill(2) and its kin: the sender's pid and user as the receiver sees them. */
export function userInfo(sender: Task, sig: number, code = SI_USER): Siginfo {
  return siginfo(sig, code, sender.tgid, sender.cred.uid);
}

/** Whether `sender` may signal `target` (Linux check_kill_permission). */
export function mayKill(sender: Task, target: Task, sig: number): boolean {
  if (sender.signal === target.signal) return true;
  const [from, to] = [sender.cred, target.cred];
  if (from.euid === to.suid || from.euid === to.uid || from.uid === to.suid || from.uid === to.uid) return true;
  if (sig === SIGCONT && sender.signal.session === target.signal.session) return true;
  return from.capable(CAP_KILL);
}

/** kill(2), pid_namespaces(7): a process, a group, all. */
export function kill(kernel: Kernel, sender: Task, pid: number, info: Siginfo): Result {
  if (pid === -0x8000_0000) return -ESRCH;
  const { tasks, init } = kernel.container;
  const leaders = tasks.filter((task) => task.isLeader);
  if (pid > 0) {
    const target = tasks.find((task) => task.tid === pid);
    return target === undefined ? -ESRCH : killOne(kernel, sender, target.signal.leader ?? target, info);
  }
  const group = pid === 0 ? sender.signal.pgrp : pid === -1 ? null : kernel.container.pidNs.find(-pid);
  const chosen = leaders.filter((task) =>
    pid === -1 ? task !== init && task.signal !== sender.signal : task.signal.pgrp === group,
  );
  if (chosen.length === 0) return -ESRCH;
  const results = chosen.map((task) => killOne(kernel, sender, task, info));
  return results.includes(0) ? 0 : (results[0] ?? -EPERM);
}

function killOne(kernel: Kernel, sender: Task, target: Task, info: Siginfo): Result {
  if (info.signo < 0 || info.signo > SIGRTMAX) return -EINVAL;
  if (!mayKill(sender, target, info.signo)) return -EPERM;
  return info.signo === 0 ? 0 : sendSignal(kernel, target, { ...info, fields: [...info.fields] }, true);
}

/** tkill(2) and tgkill(2): one thread. `tgid` -1 for any process. */
export function killThread(kernel: Kernel, sender: Task, tgid: number, tid: number, info: Siginfo): Result {
  const target = kernel.container.tasks.find((task) => task.tid === tid);
  if (target === undefined || (tgid !== -1 && target.tgid !== tgid)) return -ESRCH;
  if (!mayKill(sender, target, info.signo)) return -EPERM;
  if (info.signo === 0 || !target.alive) return 0;
  return sendSignal(kernel, target, info, false);
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
    sendSignal(kernel, parent, childInfo(child, code, status), true);
  }
  parent.signal.wake(0);
}

/** SIGCHLD's siginfo; times in clock ticks of 1/100 s. */
export function childInfo(child: Task, code: number, status: number): Siginfo {
  const ticks = Math.floor(child.signal.used.utime / 10_000_000);
  return siginfo(SIGCHLD, code, child.tgid, child.cred.uid, status, ticks, 0);
}
