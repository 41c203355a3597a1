/** From `int $0x80` to a row of the table and back. Arguments are in ebx ecx edx esi edi ebp. */
import { EAGAIN, EINTR, ENOSYS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { dropGarbage } from '../net/scm.ts';
import { stopsAtEntry, stopsAtExit } from '../ptrace/stops.ts';
import { secureComputing } from '../seccomp/enter.ts';
import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from '../signal/restart.ts';
import { signalPending } from '../signal/send.ts';
import type { Registers, Task } from '../task/task.ts';
import { endWait, type Restart } from '../task/wait.ts';
import type { Arg } from './args.ts';
import { BLOCKED, NO_RETURN, type Result, type Syscall } from './define.ts';
import { inject } from './inject.ts';
import { formatCall } from './strace.ts';
import { callTable } from './table.ts';

const NR_restart_syscall = 0;
const SIGKILL = 9;
const EXITS: readonly number[] = [1, 252];
const EXECS: readonly number[] = [11, 358];

/** A row with its arguments laid out for the dispatcher. */
interface Entry {
  readonly row: Syscall;
  readonly names: readonly string[];
  readonly args: readonly Arg<unknown>[];
}

let entries: (Entry | undefined)[] | null = null;

function entry(nr: number): Entry | undefined {
  entries ??= callTable().map((row) =>
    row === undefined ? undefined : { row, names: Object.keys(row.args), args: Object.values(row.args) },
  );
  return entries[nr];
}

/** The registers that carry arguments, as strace and the observers see them. */
export function callArguments(regs: Registers): number[] {
  return [regs.ebx, regs.ecx, regs.edx, regs.esi, regs.edi, regs.ebp];
}

/** A task has executed `int $0x80`. */
export function enterCall(kernel: Kernel, task: Task): void {
  task.regs.origEax = task.regs.eax | 0;
  if (kernel.container.injections.length > 0) {
    const result = inject(kernel, task, task.regs.origEax);
    if (result !== null) {
      replaced(kernel, task, result, true);
      return;
    }
  }
  if (task.trace === null || !stopsAtEntry(kernel, task)) runCall(kernel, task);
}

/** A tracer has let the task go on with the call that origEax names by now. */
export function runCall(kernel: Kernel, task: Task): void {
  if (task.seccompMode !== 0) {
    const verdict = secureComputing(kernel, task);
    if (verdict !== null) {
      replaced(kernel, task, verdict, false);
      return;
    }
  }
  proceed(kernel, task);
}

/** The caller gets a result without the call having been made. */
function replaced(kernel: Kernel, task: Task, result: Result, injected: boolean): void {
  const nr = task.regs.origEax;
  kernel.observer.syscall?.(task, entry(nr)?.row, nr, callArguments(task.regs), result, { injected });
  finish(kernel, task, result);
}

/** The call is over, whatever it gave; the tracer may want to see it. */
export function leaveCall(kernel: Kernel, task: Task): void {
  if (task.trace !== null) stopsAtExit(kernel, task);
}

/** A task whose call slept is runnable again. */
export function reenterCall(kernel: Kernel, task: Task): void {
  proceed(kernel, task);
}

function proceed(kernel: Kernel, task: Task): void {
  const nr = task.regs.origEax;
  const actual = nr === NR_restart_syscall && task.restart !== null ? resumeRestart(task) : nr;
  const found = entry(actual);
  if (kernel.observer.syscall !== undefined) {
    observed(kernel, task, actual, found);
    return;
  }
  answer(kernel, task, actual, found);
}

/** Runs the call's body and settles what it returned. */
function answer(kernel: Kernel, task: Task, nr: number, found: Entry | undefined): Result {
  const result = found === undefined ? -ENOSYS : invoke(kernel, task, found);
  kernel.dropHeld();
  dropGarbage(kernel.container);
  const final = result === BLOCKED ? sleep(task, nr) : result;
  if (final !== BLOCKED) finish(kernel, task, final);
  return final;
}

/** The same with an observer, who hears of an exit before it happens, and of an exec with the old program's arguments. */
function observed(kernel: Kernel, task: Task, nr: number, found: Entry | undefined): void {
  const { observer } = kernel;
  const args = callArguments(task.regs);
  if (EXITS.includes(nr)) {
    observer.syscall?.(task, found?.row, nr, args, NO_RETURN);
    answer(kernel, task, nr, found);
    return;
  }
  const shown = EXECS.includes(nr) ? formatCall(task, found?.row, nr, args, 0) : undefined;
  const result = answer(kernel, task, nr, found);
  observer.syscall?.(task, found?.row, nr, args, result, { ...(shown !== undefined && { shown }) });
}

/** restart_syscall(2): the interrupted call is entered as if it had only been woken. */
function resumeRestart(task: Task): number {
  const { nr, deadline, progress, data } = task.restart!;
  if (task.wait === null) {
    const seq = task.container.waitSeq++;
    task.wait = { on: [], events: 0, deadline, restart: 'block', progress, data: [...data], seq, timedOut: false };
  }
  return nr;
}

function invoke(kernel: Kernel, task: Task, { row, names, args }: Entry): Result {
  if (row.body === null) return -row.errno;
  const { regs } = task;
  const values: Record<string, unknown> = {};
  for (let i = 0; i < args.length; i++) {
    const decoded = args[i]!.decode(register(regs, i), task);
    if ('errno' in decoded) return decoded.errno;
    values[names[i]!] = decoded.value;
  }
  return row.body(kernel, task, values);
}

function register(regs: Registers, i: number): number {
  if (i === 0) return regs.ebx;
  if (i === 1) return regs.ecx;
  if (i === 2) return regs.edx;
  if (i === 3) return regs.esi;
  return i === 4 ? regs.edi : regs.ebp;
}

/** Puts the task to sleep, unless a signal is there already: then the call ends as Linux ends it. */
function sleep(task: Task, nr: number): Result {
  const wait = task.wait!;
  if (task.state === 'traced') return BLOCKED; // an event inside the call
  if (!interrupts(task, wait.restart)) {
    task.state = 'sleeping';
    return BLOCKED;
  }
  if (wait.progress > 0) return wait.progress;
  if (wait.restart !== 'block') return INTERRUPTED[wait.restart];
  task.restart = { nr, deadline: wait.deadline, progress: wait.progress, data: wait.data };
  return -ERESTART_RESTARTBLOCK;
}

const INTERRUPTED: Readonly<Record<Exclude<Restart, 'block'>, Result>> = {
  sys: -ERESTARTSYS,
  noint: -ERESTARTNOINTR,
  nohand: -ERESTARTNOHAND,
  never: -EINTR,
  again: -EAGAIN,
  killable: -EINTR,
};

function interrupts(task: Task, restart: Restart): boolean {
  if (restart === 'killable') return [...task.pending, ...task.signal.pending].some((info) => info.signo === SIGKILL);
  return signalPending(task);
}

function finish(kernel: Kernel, task: Task, result: Result): void {
  endWait(task);
  if (task.mm === null) return; // it has exited
  if (result !== -ERESTART_RESTARTBLOCK) task.restart = null;
  task.sigwait.lo = task.sigwait.hi = 0;
  if (result === NO_RETURN) {
    leaveCall(kernel, task);
    return;
  }
  task.regs.eax = result >>> 0;
  // A call that was not interrupted gives a lent signal mask back before any signal is looked at.
  const interrupted = result === -ERESTARTNOHAND || result === -EINTR || result === -ERESTARTSYS;
  if (task.savedSigmask !== null && !interrupted && result !== -ERESTART_RESTARTBLOCK) {
    task.sigmask = task.savedSigmask;
    task.savedSigmask = null;
  }
  leaveCall(kernel, task);
}
