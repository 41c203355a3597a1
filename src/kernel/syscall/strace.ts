/** Lines as strace(1) prints them, from the rows of the table. */
import { ERRNO_NAMES } from '../errno.ts';
import { SIGCHLD, signalName } from '../signal/numbers.ts';
import { SI_QUEUE, SI_TIMER, type Siginfo } from '../signal/siginfo.ts';
import type { Task } from '../task/task.ts';
import { BLOCKED, NO_RETURN, type Result, type Syscall } from './define.ts';
import { ERRNO_TEXT } from './errno-text.ts';

/** Codes of interrupted calls, which strace shows though no program sees them. */
const RESTARTS: Readonly<Record<number, string>> = {
  512: '? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  513: '? ERESTARTNOINTR (To be restarted)',
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
  /** The call was not made: ` (INJECTED)` after the result. */
  readonly injected?: boolean;
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
  const shown = Object.values(row.args).map((arg, i) => arg.show(args[i] ?? 0, task, result, args[i + 1]));
  return `${row.name}(${shown.join(', ')})`;
}

/** The beginning of a call's line, as far as it is known while the call sleeps: `read(3, `. */
export function formatEntry(task: Task, row: Syscall | undefined, nr: number, args: readonly number[]): string {
  if (row === undefined) return formatCall(task, row, nr, args, 0).slice(0, -1);
  const all = Object.values(row.args);
  const known = all.findIndex((arg) => arg.isOutput === true);
  const shown = all.slice(0, known < 0 ? all.length : known);
  const text = shown.map((arg, i) => arg.show(args[i] ?? 0, task, 0, args[i + 1])).join(', ');
  return `${row.name}(${text}${known > 0 ? ', ' : ''}`;
}

const SI_CODES: Readonly<Record<number, string>> = {
  0: 'SI_USER',
  128: 'SI_KERNEL',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-6]: 'SI_TKILL',
};
const CLD_CODES = ['', 'CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'];
const CODES: Readonly<Record<number, readonly string[]>> = {
  4: [
    '',
    'ILL_ILLOPC',
    'ILL_ILLOPN',
    'ILL_ILLADR',
    'ILL_ILLTRP',
    'ILL_PRVOPC',
    'ILL_PRVREG',
    'ILL_COPROC',
    'ILL_BADSTK',
  ],
  5: ['', 'TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT'],
  7: ['', 'BUS_ADRALN', 'BUS_ADRERR'],
  8: ['', 'FPE_INTDIV', 'FPE_INTOVF', 'FPE_FLTDIV', 'FPE_FLTOVF', 'FPE_FLTUND', 'FPE_FLTRES', 'FPE_FLTINV'],
  11: ['', 'SEGV_MAPERR', 'SEGV_ACCERR'],
  17: CLD_CODES,
};
const FAULTS: ReadonlySet<number> = new Set([4, 5, 7, 8, 11]);

/** `--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---` */
export function formatSignal(info: Siginfo): string {
  const { signo, code, fields } = info;
  const name = signalName(signo);
  const named = (code > 0 && code < 128 ? CODES[signo]?.[code] : SI_CODES[code]) ?? `${code}`;
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = fields;
  const parts = [`si_signo=${name}`, `si_code=${named}`];
  if (FAULTS.has(signo) && code > 0 && code < 128) parts.push(`si_addr=${first === 0 ? 'NULL' : hexOf(first)}`);
  else if (signo === SIGCHLD && code > 0 && code < 128) {
    const status = code === 1 ? String(third) : signalName(third);
    parts.push(`si_pid=${first}`, `si_uid=${second}`, `si_status=${status}`, `si_utime=${fourth}`, `si_stime=${fifth}`);
  } else if (code === SI_TIMER) {
    parts.push(`si_timerid=${hexOf(first)}`, `si_overrun=${second}`, `si_int=${third}`, `si_ptr=${hexOf(third)}`);
  } else if (code <= 0) {
    parts.push(`si_pid=${first}`, `si_uid=${second}`);
    if (code === SI_QUEUE) parts.push(`si_int=${third}`, `si_ptr=${hexOf(third)}`);
  }
  return `--- ${name} {${parts.join(', ')}} ---`;
}

function hexOf(value: number): string {
  return value === 0 ? 'NULL' : `0x${(value >>> 0).toString(16)}`;
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
  const injected = options.injected ? ' (INJECTED)' : '';
  return `${prefix(task, options)}${call.padEnd(39)} = ${formatResult(row, result)}${injected}`;
}

/** A line for a signal that is about to be acted upon. */
export function signalLine(task: Task, info: Siginfo, options: StraceOptions = {}): string {
  return `${prefix(task, options)}${formatSignal(info)}`;
}

/** `+++ exited with 0 +++` or `+++ killed by SIGKILL +++` */
export function exitLine(task: Task, options: StraceOptions = {}): string {
  const sig = task.exitCode & 0x7f;
  const text = sig === 0 ? `exited with ${(task.exitCode >>> 8) & 0xff}` : `killed by ${signalName(sig)}`;
  return `${prefix(task, options)}+++ ${text} +++`;
}
