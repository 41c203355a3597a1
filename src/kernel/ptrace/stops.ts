/** How a traced thread stops, and how it goes on once its tracer has said so. Linux kernel/signal.c ptrace_stop, entry/common.c. */
import { ENOSYS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import { act } from '../signal/deliver.ts';
import { CLD_STOPPED, CLD_TRAPPED, SA_NOCLDSTOP, SIGCHLD, SIGKILL, SIGTRAP, TRAP_BRKPT } from '../signal/numbers.ts';
import { forceSignal, notifyParent, sendSignal, threadsOf } from '../signal/send.ts';
import { SIG_IGN } from '../signal/sighand.ts';
import { SI_KERNEL, SI_USER, type Siginfo, siginfo } from '../signal/siginfo.ts';
import { hasSignal } from '../signal/sigset.ts';
import { leaveCall, runCall } from '../syscall/dispatch.ts';
import { endTask } from '../task/exit.ts';
import type { Task } from '../task/task.ts';
import {
  EVENTMSG_SYSCALL_ENTRY,
  EVENTMSG_SYSCALL_EXIT,
  isReparented,
  PTRACE_EVENT,
  PTRACE_O,
  type Stop,
  type Trace,
  traceOf,
  wantsEvent,
} from './trace.ts';

const NS_PER_TICK = 10_000_000;

interface Reason {
  readonly stop: Stop;
  /** As wait(2) tells it, without the 0x7f. */
  readonly code: number;
  /** CLD_TRAPPED, or CLD_STOPPED for the traps of group stops. */
  readonly why?: number;
  readonly message?: number;
  readonly info: Siginfo | null;
}

/** Whether SIGKILL is on its way: such a thread stops for nobody. */
export function isDoomed(task: Task): boolean {
  return [...task.pending, ...task.signal.pending].some((info) => info.signo === SIGKILL);
}

/** Stops a traced thread and tells its tracer. False when nobody traces it or it is about to be killed. */
function stopFor(kernel: Kernel, task: Task, reason: Reason): boolean {
  const trace = traceOf(task);
  if (trace === null || isDoomed(task)) return false;
  const { stop, code, why = CLD_TRAPPED, message = 0, info } = reason;
  task.state = 'traced';
  Object.assign(trace, { stop, code, message, info });
  const completes = why === CLD_STOPPED && joinGroupStop(kernel, task);
  trace.trap = false;
  if (info !== null && info.code >> 8 === PTRACE_EVENT.STOP) trace.notify = false;
  notifyTracer(kernel, task, trace, why);
  if (completes && isReparented(task)) notifyParent(kernel, task.signal, CLD_STOPPED, task.signal.stopSignal);
  return true;
}

/** The thread stops with its process; whether it is the last one to do so. */
function joinGroupStop(kernel: Kernel, task: Task): boolean {
  if (!task.stopPending) return false;
  task.stopPending = false;
  if (threadsOf(task.signal, kernel.container.tasks).some((t) => t.alive && t.stopPending)) return false;
  task.signal.childEvent = 'stopped';
  return true;
}

/** Linux do_notify_parent_cldstop for the tracer. */
function notifyTracer(kernel: Kernel, task: Task, trace: Trace, why: number): void {
  const tracer = trace.tracer!;
  const action = tracer.sighand.action(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
    const status = (why === CLD_STOPPED ? task.signal.stopSignal : trace.code) & 0x7f;
    const ticks = Math.floor(task.used.utime / NS_PER_TICK);
    const [number, uid] = [task.pid.in(tracer.pid.ns), tracer.cred.userNs.shownUid(task.cred.uid)];
    sendSignal(kernel, tracer, siginfo(SIGCHLD, why, number, uid, status, ticks, 0), true);
  }
  tracer.signal.wake(0);
}

/** A stop whose siginfo is made up: SIGTRAP or `signo` with the wait code as si_code (Linux ptrace_do_notify). */
function notifyStop(kernel: Kernel, task: Task, reason: Omit<Reason, 'info'>, signo = SIGTRAP): boolean {
  return stopFor(kernel, task, {
    ...reason,
    info: siginfo(signo, reason.code, task.tid, task.cred.userNs.shownUid(task.cred.uid)),
  });
}

/** A task has made a system call: eax is -ENOSYS until it has a result. Whether the task stops before it. */
export function stopsAtEntry(kernel: Kernel, task: Task): boolean {
  const trace = traceOf(task);
  if (trace === null) return false;
  task.regs.eax = -ENOSYS >>> 0;
  if (trace.calls === 'run') return false;
  const stop = trace.calls === 'emulate' ? 'emulated' : 'entry';
  return notifyStop(kernel, task, { stop, code: syscallCode(trace), message: EVENTMSG_SYSCALL_ENTRY });
}

function syscallCode({ options }: Trace): number {
  return (options & PTRACE_O.PTRACE_O_TRACESYSGOOD) !== 0 ? SIGTRAP | 0x80 : SIGTRAP;
}

/** A system call has its result, or was skipped (Linux syscall_exit_work). */
export function stopsAtExit(kernel: Kernel, task: Task): void {
  const trace = traceOf(task);
  if (trace === null || task.state === 'traced' || !task.alive) return;
  if (trace.step && trace.calls !== 'emulate') reportStep(task);
  else if (trace.calls === 'trace') {
    notifyStop(kernel, task, { stop: 'exit', code: syscallCode(trace), message: EVENTMSG_SYSCALL_EXIT });
  }
}

/** `int $0x80` under PTRACE_SINGLESTEP traps before the next instruction, which TF alone would not do. */
function reportStep(task: Task): void {
  task.trap.number = 1;
  task.trap.error = 0;
  forceSignal(task, siginfo(SIGTRAP, TRAP_BRKPT, task.regs.eip));
}

/** Stops for an event inside a call, if the tracer asked for it. `message` is what PTRACE_GETEVENTMSG gives. */
export function stopsForEvent(kernel: Kernel, task: Task, event: number, message: number, stop: Stop): boolean {
  if (!wantsEvent(task, event)) return false;
  return notifyStop(kernel, task, { stop, code: (event << 8) | SIGTRAP, message });
}

/** A new program has begun; without PTRACE_O_TRACEEXEC a tracer that has not seized finds a SIGTRAP. */
export function executed(kernel: Kernel, task: Task, oldTid: number): void {
  const trace = traceOf(task);
  if (trace === null || stopsForEvent(kernel, task, PTRACE_EVENT.EXEC, oldTid, 'exec')) return;
  if (!trace.seized) sendSignal(kernel, task, siginfo(SIGTRAP, SI_USER, task.tgid, task.cred.uid), false);
}

/** A signal is about to be acted upon: whether the task stops and lets its tracer decide (Linux ptrace_signal). */
export function stopsForSignal(kernel: Kernel, task: Task, info: Siginfo, toGroup: boolean): boolean {
  const trace = traceOf(task);
  if (trace === null || info.signo === SIGKILL) return false;
  trace.toGroup = toGroup;
  return stopFor(kernel, task, { stop: 'signal', code: info.signo, info });
}

/** Group stops and PTRACE_INTERRUPT (Linux do_jobctl_trap). Whether the task stops. */
export function stopsForTrap(kernel: Kernel, task: Task): boolean {
  const trace = traceOf(task);
  if (trace === null) return false;
  const { stopSignal } = task.signal;
  if (!trace.seized) {
    return stopFor(kernel, task, { stop: 'trap', code: stopSignal, why: CLD_STOPPED, info: null });
  }
  const signo = stopSignal === 0 ? SIGTRAP : stopSignal;
  const code = signo | (PTRACE_EVENT.STOP << 8);
  return notifyStop(kernel, task, { stop: 'trap', code, why: CLD_STOPPED }, signo);
}

/** Stops at the first instruction of a handler that was entered during a single step. */
export function stopsAtHandler(kernel: Kernel, task: Task): boolean {
  return notifyStop(kernel, task, { stop: 'step', code: SIGTRAP });
}

interface GoingOn {
  readonly trace: Trace;
  /** The signal that the tracer lets it go on with; 0 for none. */
  readonly signo: number;
  /** Of the stop. */
  readonly info: Siginfo | null;
  readonly message: number;
}

type Continuation = (kernel: Kernel, task: Task, going: GoingOn) => boolean;

/** What a thread does first when it leaves each stop; whether it may go on with what it was about to do. */
const CONTINUATIONS: Readonly<Record<Stop, Continuation>> = {
  none: () => true,
  entry: (kernel, task, going) => {
    injectAfterCall(kernel, task, going);
    if (isDoomed(task) || task.regs.origEax === -1) leaveCall(kernel, task);
    else runCall(kernel, task);
    return false;
  },
  emulated: (kernel, task, going) => {
    injectAfterCall(kernel, task, going);
    leaveCall(kernel, task);
    return false;
  },
  exit: (kernel, task, going) => {
    injectAfterCall(kernel, task, going);
    return true;
  },
  call: () => true,
  exec: (kernel, task) => {
    leaveCall(kernel, task);
    return false;
  },
  signal: goOnWithSignal,
  trap: () => true,
  step: () => true,
  dying: (kernel, task, { trace }) => {
    endTask(kernel, task, trace.ending);
    return false;
  },
};

/** A signal given at a stop of a system call is sent anew, and comes after it. */
function injectAfterCall(kernel: Kernel, task: Task, { signo }: GoingOn): void {
  if (signo !== 0) sendSignal(kernel, task, siginfo(signo, SI_KERNEL), false);
}

function goOnWithSignal(kernel: Kernel, task: Task, { trace, signo, info }: GoingOn): boolean {
  if (signo === 0) return true;
  const { tracer } = trace;
  const isSame = info !== null && info.signo === signo;
  const given = isSame ? info : siginfo(signo, SI_USER, tracer?.tgid ?? 0, tracer?.cred.uid ?? 0);
  if (hasSignal(task.sigmask, signo) || isDoomed(task)) {
    sendSignal(kernel, task, given, trace.toGroup);
    return true;
  }
  return act(kernel, task, given);
}

/** A thread that was told to go on runs again. Whether it may do what comes next for it now. */
export function goOn(kernel: Kernel, task: Task): boolean {
  const trace = task.trace!;
  const { stop, code, info, message } = trace;
  Object.assign(trace, { stop: 'none', code: 0, info: null, message: 0, listening: false });
  const goes = CONTINUATIONS[stop](kernel, task, { trace, signo: code & 0xff, info, message });
  if (trace.tracer === null && task.refs > 0 && task.trace === trace && trace.stop === 'none') {
    task.trace = null;
    put(trace);
  }
  return goes;
}
