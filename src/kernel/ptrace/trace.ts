/** Trace: what ptrace(2) knows of a traced thread. Linux task_struct's ptrace, jobctl, exit_code, ptrace_message, last_siginfo. */
import { assert } from '../kobject/errors.ts';
import { bool, count, oneOf, optional, u32, weak } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import { SIGINFO_WORDS, type Siginfo, siginfoField } from '../signal/siginfo.ts';
import type { Task } from '../task/task.ts';

// include/uapi/linux/ptrace.h
export const PTRACE_O = {
  PTRACE_O_TRACESYSGOOD: 0x1,
  PTRACE_O_TRACEFORK: 0x2,
  PTRACE_O_TRACEVFORK: 0x4,
  PTRACE_O_TRACECLONE: 0x8,
  PTRACE_O_TRACEEXEC: 0x10,
  PTRACE_O_TRACEVFORKDONE: 0x20,
  PTRACE_O_TRACEEXIT: 0x40,
  PTRACE_O_TRACESECCOMP: 0x80,
  PTRACE_O_EXITKILL: 0x100000,
  PTRACE_O_SUSPEND_SECCOMP: 0x200000,
} as const;
export const PTRACE_O_MASK = 0x3000ff;

/** Events; the option that asks for event n is bit n. */
export const PTRACE_EVENT = {
  FORK: 1,
  VFORK: 2,
  CLONE: 3,
  EXEC: 4,
  VFORK_DONE: 5,
  EXIT: 6,
  SECCOMP: 7,
  STOP: 128,
} as const;

/** PTRACE_GETEVENTMSG at the stops of a system call. */
export const EVENTMSG_SYSCALL_ENTRY = 1;
export const EVENTMSG_SYSCALL_EXIT = 2;

/**
 * Where a thread is held, which says how it goes on: `entry` and `emulated` before a system call that is run or skipped,
 * `exit` after one, `call` inside one, `exec` in a new program, `signal` before a signal is acted upon, `trap` for a group
 * stop or PTRACE_INTERRUPT, `step` at a handler's first instruction, `dying` before it ends.
 */
export const STOPS = ['none', 'entry', 'emulated', 'exit', 'call', 'exec', 'signal', 'trap', 'step', 'dying'] as const;
export type Stop = (typeof STOPS)[number];

export class Trace extends kobject('trace', 1, {
  tracer: weak<Task>('task', 'who traces; null once it has let go, until the thread has gone on from its last stop'),
  seq: count('order of attaching, from Container.waitSeq'),
  seized: bool('by PTRACE_SEIZE'),
  options: u32('PTRACE_O_* bits', { initial: 0, show: 'hex' }),
  stop: oneOf(...STOPS)('where it is held, or was when it was told to go on', { initial: 'none' }),
  code: u32('what wait(2) tells of the stop, 0 once told; then the signal that the tracer lets it go on with', {
    initial: 0,
    show: 'hex',
  }),
  message: u32('PTRACE_GETEVENTMSG', { initial: 0 }),
  info: optional(siginfoField),
  toGroup: bool('that signal was sent to the process, not the thread', { initial: false }),
  trap: bool('stops as soon as it can, PTRACE_INTERRUPT and group stops', { initial: false }),
  notify: bool('stops again to tell that the group stop has changed', { initial: false }),
  listening: bool('PTRACE_LISTEN: wait(2) does not tell of its stop', { initial: false }),
  calls: oneOf('run', 'trace', 'emulate')('what becomes of system calls', { initial: 'run' }),
  step: bool('one instruction at a time', { initial: false }),
  ownsTf: bool('TF in its eflags is the tracer’s, and hidden from it', { initial: false }),
  ending: u32('wait status with which it ends after stop `dying`', { initial: 0, show: 'hex' }),
}) {
  override check(): void {
    assert((this.options & ~PTRACE_O_MASK) === 0, 'unknown options of ptrace');
    assert(this.code <= 0xffff, 'a stop that no wait status can tell');
    if (this.info !== null) checkInfo(this.info);
  }
}

function checkInfo({ signo, fields }: Siginfo): void {
  assert(signo <= 64 && fields.length <= SIGINFO_WORDS, 'a stop for a signal that there is not');
}

/** The task's trace while somebody traces it. */
export function traceOf(task: Task): Trace | null {
  const { trace } = task;
  return trace !== null && trace.tracer !== null ? trace : null;
}

/** Whether its tracer is not its parent's process (Linux ptrace_reparented). */
export function isReparented(task: Task): boolean {
  const tracer = traceOf(task)?.tracer ?? null;
  return tracer !== null && tracer.signal !== task.parent?.signal;
}

/** Whether it wants to be told of an event. */
export function wantsEvent(task: Task, event: number): boolean {
  const trace = traceOf(task);
  return trace !== null && (trace.options & (1 << event)) !== 0;
}

/** The threads that a thread traces, the one that was attached last first. */
export function traceesOf(tracer: Task): Task[] {
  return tracer.container.tasks
    .filter((task) => task.trace?.tracer === tracer)
    .sort((a, b) => b.trace!.seq - a.trace!.seq);
}

/** The group stop of a seized thread has changed: it stops again to tell so, at once when its tracer listens (Linux ptrace_trap_notify). */
export function tellListener(task: Task, trace: Trace): void {
  trace.notify = true;
  if (trace.listening && task.state === 'traced') task.state = 'running';
}

export function checkTrace(task: Task, where: string): void {
  const { trace } = task;
  if (task.state === 'traced') {
    assert(trace !== null && trace.tracer !== null && trace.stop !== 'none', `${where} is held by nobody`);
  }
  if (trace === null) return;
  assert(trace.tracer === null || trace.tracer.alive, `${where} is traced by a dead task`);
  assert(trace.tracer?.signal !== task.signal, `${where} is traced by its own process`);
  assert(trace.stop !== 'call' || task.wait !== null, `${where} is held in no call`);
}
