/** Lines as strace(1) prints them, from the rows of the table. */
import { ERRNO_NAMES } from '../errno.ts';
import { signalName } from '../signal/numbers.ts';
import type { Task } from '../task/task.ts';
import { BLOCKED, NO_RETURN, type Result, type Syscall } from './define.ts';
import { ERRNO_TEXT } from './errno-text.ts';

/** Codes of interrupted calls, which strace shows though no program sees them. */
const RESTARTS: Readonly<Record<number, string>> = {
  512: '? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  514: '? ERESTARTNOHAND (To be restarted if no handler)',
  516: '? ERESTART_RESTARTBLOCK (Interrupted by signal)',
};
/** Results that are addresses. */
const ADDRESS_RESULTS: ReadonlySet<string> = new Set(['brk', 'mmap', 'mmap2', 'mremap', 'shmat']);
const MAX_ERRNO = 4095;

export interface StraceOptions {
  /** `[pid 12] ` before each line, as with -f. */
  readonly pid?: boolean;
  /** The call itself as the observer was given it, when its arguments are gone by now. */
  readonly shown?: string | undefined;
}

function prefix(task: Task, options: StraceOptions): string {
  return options.pid === true ? `[pid ${String(task.tid).padStart(5)}] ` : '';
}

/** `openat(AT_FDCWD, "/etc/passwd", O_RDONLY)`; `args` are the registers ebx ecx edx esi edi ebp at entry. */
export function formatCall(
  task: Task,
  row: Syscall | undefined,
  nr: number,
  args: readonly number[],
  result: Result,
): string {
  if (row === undefined) {
    const shown = args.map((n) => `0x${(n >>> 0).toString(16)}`).join(', ');
    return `syscall_0x${(nr >>> 0).toString(16)}(${shown})`;
  }
  const shown = Object.values(row.args).map((arg, i) => arg.show(args[i] ?? 0, task, result));
  return `${row.name}(${shown.join(', ')})`;
}

/** `3`, `0x8051000`, `-1 ENOENT (No such file or directory)` or `?`. */
export function formatResult(row: Syscall | undefined, result: Result): string {
  if (result === NO_RETURN) return row?.name === 'execve' || row?.name === 'execveat' ? '0' : '?';
  if (result >= 0 || result < -MAX_ERRNO) {
    return ADDRESS_RESULTS.has(row?.name ?? '') ? `0x${(result >>> 0).toString(16)}` : String(result);
  }
  const interrupted = RESTARTS[-result];
  if (interrupted !== undefined) return interrupted;
  const name = ERRNO_NAMES[-result] ?? String(-result);
  return `-1 ${name} (${ERRNO_TEXT[-result] ?? 'Unknown error'})`;
}

/** A whole line, without a newline: what an observer of system calls prints. */
export function straceLine(
  task: Task,
  row: Syscall | undefined,
  nr: number,
  args: readonly number[],
  result: Result,
  options: StraceOptions = {},
): string {
  // strace aligns results at column 40.
  const call = options.shown ?? formatCall(task, row, nr, args, result);
  if (result === BLOCKED) return `${prefix(task, options)}${call.slice(0, -1)} <unfinished ...>`;
  return `${prefix(task, options)}${call.padEnd(39)} = ${formatResult(row, result)}`;
}

/** `--- SIGCHLD ---` */
export function signalLine(task: Task, sig: number, options: StraceOptions = {}): string {
  return `${prefix(task, options)}--- ${signalName(sig)} ---`;
}

/** `+++ exited with 0 +++` or `+++ killed by SIGKILL +++` */
export function exitLine(task: Task, options: StraceOptions = {}): string {
  const sig = task.exitCode & 0x7f;
  const text = sig === 0 ? `exited with ${(task.exitCode >>> 8) & 0xff}` : `killed by ${signalName(sig)}`;
  return `${prefix(task, options)}+++ ${text} +++`;
}
