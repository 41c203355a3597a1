/** The beginning and the end of tracing: PTRACE_TRACEME, ATTACH, SEIZE, DETACH, and children that are traced from birth. Linux kernel/ptrace.c. */
import { EINVAL, EIO, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get } from '../kobject/kobject.ts';
import { SIGSTOP } from '../signal/numbers.ts';
import { sendSignal } from '../signal/send.ts';
import { SI_KERNEL, SI_USER, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { stopStepping } from './step.ts';
import { stopsForTrap } from './stops.ts';
import { PTRACE_O, PTRACE_O_MASK, Trace, traceOf } from './trace.ts';

const SIGNALS = 64;

/** Makes `tracer` the one who traces; a record that its last tracer left behind says how the task goes on, and stays. */
function link(task: Task, tracer: Task, seized: boolean, options: number): Trace {
  const trace = task.trace ?? get(new Trace({ seq: 0, seized }));
  task.trace = trace;
  Object.assign(trace, { tracer, seized, options, seq: task.container.waitSeq++, calls: 'run' });
  return trace;
}

/** The tracer lets go; the task leaves its stop, and stops again with its process if that is stopped (Linux __ptrace_unlink). */
export function letGo(task: Task): void {
  const trace = task.trace!;
  Object.assign(trace, { tracer: null, options: 0, trap: false, notify: false, listening: false, calls: 'run' });
  if (!task.alive) return;
  const isStopped = task.signal.stopSignal !== 0;
  if (task.state === 'traced') task.state = isStopped && trace.stop === 'trap' ? 'stopped' : 'running';
  else if (isStopped) task.wakeUp();
  task.stopPending = isStopped && task.state !== 'stopped';
}

export function traceMe(task: Task): Result {
  if (traceOf(task) !== null) return -EPERM;
  const { parent } = task;
  if (parent === null) return 0;
  if (parent.alive && (task.cred.capPermitted & ~parent.cred.capPermitted) !== 0n) {
    if (!parent.cred.capable(CAP.SYS_PTRACE)) return -EPERM;
  }
  if (parent.alive) link(task, parent, false, 0);
  return 0;
}

/** The options that nobody has: 0, or the error they give. Suspended filters are for checkpoints by the administrator. */
export function checkOptions(task: Task, options: number): Result {
  if ((options & ~PTRACE_O_MASK) !== 0) return -EINVAL;
  if ((options & PTRACE_O.PTRACE_O_SUSPEND_SECCOMP) === 0) return 0;
  return task.cred.capable(CAP.SYS_ADMIN) ? 0 : -EPERM;
}

interface AttachCall {
  readonly seize: boolean;
  readonly addr: number;
  readonly options: number;
}

export function attach(kernel: Kernel, task: Task, target: Task, { seize, addr, options }: AttachCall): Result {
  if (seize) {
    if (addr !== 0 || (options & ~PTRACE_O_MASK) !== 0) return -EIO;
    const error = checkOptions(task, options);
    if (error !== 0) return error;
  }
  if (target.signal === task.signal) return -EPERM;
  if (!ptraceMayAccess(task, target, 'real')) return -EPERM;
  if (!target.alive || traceOf(target) !== null) return -EPERM;
  link(target, task, seize, seize ? options : 0);
  const wasStopped = target.state === 'stopped';
  if (!seize) sendSignal(kernel, target, siginfo(SIGSTOP, SI_KERNEL), false);
  // A stopped task changes into a traced one before anybody can see it.
  if (wasStopped) stopsForTrap(kernel, target);
  return 0;
}

/** A child that is traced like its parent from its first instruction (Linux ptrace_init_task). */
export function traceAlong(parent: Task, child: Task): void {
  const trace = traceOf(parent);
  if (trace === null) return;
  const own = link(child, trace.tracer!, trace.seized, trace.options);
  if (trace.seized) own.trap = true;
  else child.pending.push(siginfo(SIGSTOP, SI_USER));
}

export function detach(task: Task, signo: number): Result {
  if (signo > SIGNALS) return -EIO;
  stopStepping(task);
  task.trace!.code = signo;
  letGo(task);
  return 0;
}
