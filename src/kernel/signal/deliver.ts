/** On the way back to user mode: signals, stops, and what becomes of an interrupted call. Linux kernel/signal.c get_signal, arch/x86/kernel/signal.c. */
import { EINTR } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { stopStepping } from '../ptrace/step.ts';
import { stopsAtHandler, stopsForSignal, stopsForTrap } from '../ptrace/stops.ts';
import { tellListener, traceOf } from '../ptrace/trace.ts';
import { exitGroup } from '../task/exit.ts';
import type { Task } from '../task/task.ts';
import { isOrphaned } from '../tty/job.ts';
import { setupFrame } from './frame.ts';
import {
  CLD_STOPPED,
  DEFAULT_IGNORE,
  KERNEL_ONLY,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIGSEGV,
  SIGSTOP,
  STOP_SIGNALS,
  SYNCHRONOUS,
} from './numbers.ts';
import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from './restart.ts';
import { discard, forceSignal, notifyParent, signalPending, threadsOf } from './send.ts';
import { SIG_DFL, SIG_IGN, type SigAction } from './sighand.ts';
import { SI_KERNEL, SI_TIMER, type Siginfo, siginfo } from './siginfo.ts';
import { addSignal, hasSignal, type Sigset, unionOf } from './sigset.ts';

const NR_restart_syscall = 0;
/** Bytes of `int $0x80`. */
const INT80_LENGTH = 2;

/**
 * Delivers what is pending, and settles an interrupted call.
 * @returns whether the task may run user code now; false when it stopped or ended
 */
export function returnToUser(kernel: Kernel, task: Task): boolean {
  while (signalPending(task)) {
    if (stopsNow(kernel, task)) return false;
    const own = take(task, task.pending, task.sigmask);
    const info = own ?? take(task, task.signal.pending, task.sigmask);
    if (info === null) break;
    if (stopsForSignal(kernel, task, info, own === null)) return false;
    if (!act(kernel, task, info)) return false;
  }
  settleCall(task);
  return true;
}

/** Whether the task stops before it looks at signals: with its process, or for its tracer. */
function stopsNow(kernel: Kernel, task: Task): boolean {
  const trace = traceOf(task);
  if (trace === null) {
    if (task.stopPending) stopHere(kernel, task);
    return task.state === 'stopped';
  }
  return (task.stopPending || trace.trap || trace.notify) && stopsForTrap(kernel, task);
}

/** Acts upon a signal; false when the task stopped or ended by it. */
export function act(kernel: Kernel, task: Task, info: Siginfo): boolean {
  kernel.observer.signal?.(task, info);
  const action = task.sighand.action(info.signo);
  if (action.handler === SIG_IGN) return true;
  if (action.handler === SIG_DFL) return defaultAction(kernel, task, info.signo);
  const stepped = stopStepping(task);
  return !callHandler(kernel, task, action, info) || !stepped || !stopsAtHandler(kernel, task);
}

/** Runs the default action; false when the task stopped or ended by it. */
function defaultAction(kernel: Kernel, task: Task, sig: number): boolean {
  if (hasSignal(DEFAULT_IGNORE, sig)) return true;
  // What could harm init was dropped when it was sent, but for what was blocked then.
  if (task.signal.unkillable && !hasSignal(KERNEL_ONLY, sig)) return true;
  if (hasSignal(STOP_SIGNALS, sig)) {
    if (sig !== SIGSTOP && isOrphaned(kernel, task.signal.pgrp)) return true;
    stopGroup(kernel, task, sig);
    return task.state !== 'stopped' && task.state !== 'traced';
  }
  exitGroup(kernel, task, sig);
  return false;
}

/** Takes the next signal that `blocked` lets through: the thread's own first, faults first, low numbers first. */
export function dequeue(task: Task, blocked: Sigset): Siginfo | null {
  return take(task, task.pending, blocked) ?? take(task, task.signal.pending, blocked);
}

function take(task: Task, queue: Siginfo[], blocked: Sigset): Siginfo | null {
  let best = -1;
  for (let i = 0; i < queue.length; i++) {
    const { signo } = queue[i]!;
    if (!hasSignal(blocked, signo) && (best < 0 || rank(signo) < rank(queue[best]!.signo))) best = i;
  }
  const info = best < 0 ? undefined : queue.splice(best, 1)[0];
  if (info === undefined) return null;
  return info.code === SI_TIMER ? timerDelivered(task, info) : info;
}

function rank(sig: number): number {
  return hasSignal(SYNCHRONOUS, sig) ? sig - 64 : sig;
}

/** A POSIX timer's signal tells at delivery how often it was late. */
function timerDelivered(task: Task, info: Siginfo): Siginfo {
  const timer = task.signal.timers.find((t) => t.id === info.fields[0]);
  if (timer === undefined) return info;
  timer.lastOverrun = timer.overrun;
  timer.overrun = 0;
  timer.queued = false;
  return { ...info, fields: [timer.id, timer.lastOverrun, timer.value] };
}

/** False when there is no room for the handler's frame. */
function callHandler(kernel: Kernel, task: Task, action: SigAction, info: Siginfo): boolean {
  const { regs } = task;
  const error = regs.origEax === -1 ? 0 : -(regs.eax | 0);
  if (error === ERESTARTNOHAND || error === ERESTART_RESTARTBLOCK) regs.eax = -EINTR >>> 0;
  else if (error === ERESTARTSYS && (action.flags & SA_RESTART) === 0) regs.eax = -EINTR >>> 0;
  else if (error === ERESTARTSYS || error === ERESTARTNOINTR) restart(task, regs.origEax);
  task.restart = null;
  const before = task.savedSigmask ?? task.sigmask;
  const used = { ...action, mask: { ...action.mask } };
  if ((action.flags & SA_RESETHAND) !== 0) action.handler = SIG_DFL;
  if (!setupFrame(kernel, task, used, info, before)) {
    frameFailed(task, info.signo);
    return false;
  }
  task.savedSigmask = null;
  task.sigmask = unionOf(task.sigmask, used.mask);
  if ((used.flags & SA_NODEFER) === 0) addSignal(task.sigmask, info.signo);
  return true;
}

/** No room for the frame: SIGSEGV, which ends the process when SIGSEGV itself was to be delivered. */
function frameFailed(task: Task, sig: number): void {
  if (sig === SIGSEGV) task.sighand.action(SIGSEGV).handler = SIG_DFL;
  forceSignal(task, siginfo(SIGSEGV, SI_KERNEL));
}

function restart(task: Task, nr: number): void {
  task.regs.eax = nr >>> 0;
  task.regs.eip = (task.regs.eip - INT80_LENGTH) >>> 0;
}

/** No handler runs: an interrupted call starts again, and a mask that was lent goes back. */
function settleCall(task: Task): void {
  const { regs } = task;
  if (regs.origEax !== -1) {
    const error = -(regs.eax | 0);
    if (error === ERESTARTSYS || error === ERESTARTNOINTR || error === ERESTARTNOHAND) restart(task, regs.origEax);
    else if (error === ERESTART_RESTARTBLOCK) restart(task, NR_restart_syscall);
    regs.origEax = -1;
  }
  if (task.savedSigmask !== null) {
    task.sigmask = task.savedSigmask;
    task.savedSigmask = null;
  }
}

function stopGroup(kernel: Kernel, task: Task, sig: number): void {
  const { signal } = task;
  signal.stopSignal = sig;
  for (const thread of threadsOf(signal, kernel.container.tasks)) {
    if (!thread.alive || thread.state === 'stopped') continue;
    thread.stopPending = true;
    if (thread === task) continue;
    const trace = traceOf(thread);
    if (trace?.seized) tellListener(thread, trace);
    if (thread.wait?.restart !== 'killable') thread.wakeUp();
  }
  if (traceOf(task) !== null) stopsForTrap(kernel, task);
  else stopHere(kernel, task);
}

/** Stops one thread; with the last of them the parent is told. */
function stopHere(kernel: Kernel, task: Task): void {
  task.stopPending = false;
  task.state = 'stopped';
  const { signal } = task;
  if (threadsOf(signal, kernel.container.tasks).some((t) => t.alive && t.stopPending)) return;
  signal.childEvent = 'stopped';
  notifyParent(kernel, signal, CLD_STOPPED, signal.stopSignal);
}

/** sigaction to an ignoring action drops what is pending. */
export function discardIgnored(kernel: Kernel, task: Task, sig: number): void {
  discard(threadsOf(task.signal, kernel.container.tasks), [sig]);
}
