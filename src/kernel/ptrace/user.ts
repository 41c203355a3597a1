/** struct user of i386: registers and debug registers word by word. Linux arch/x86/kernel/ptrace.c getreg, putreg; include/uapi/asm/user_32.h. */
import { AC, ARITHMETIC, DF, RF, TF } from '../../cpu/flags.ts';
import { EIO } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { debugRegister, setDebugRegister } from '../task/debug.ts';
import type { Registers, Task } from '../task/task.ts';

/** struct user_regs_struct, in order. */
const NAMES: readonly (keyof Registers)[] = [
  'ebx',
  'ecx',
  'edx',
  'esi',
  'edi',
  'ebp',
  'eax',
  'ds',
  'es',
  'fs',
  'gs',
  'origEax',
  'eip',
  'cs',
  'eflags',
  'esp',
  'ss',
];
export const USER_REGS = NAMES.length;
export const USER_REGS_SIZE = 4 * USER_REGS;
const SELECTORS: ReadonlySet<keyof Registers> = new Set(['ds', 'es', 'fs', 'gs', 'cs', 'ss']);
const USER_SIZE = 284;
const U_DEBUGREG = 252;
const U_DEBUGREG_LAST = U_DEBUGREG + 4 * 7;
/** Flags that a tracer may change. */
const FLAG_MASK = ARITHMETIC | TF | DF | RF | AC;
const RPL = 3;

/** Word `index` of user_regs_struct, uint32; a TF that is the tracer's does not show. */
export function userRegister(task: Task, index: number): number {
  const name = NAMES[index]!;
  const value = task.regs[name] >>> 0;
  return name === 'eflags' && task.trace?.ownsTf ? (value & ~TF) >>> 0 : value;
}

/** Sets a word; -EIO for selectors that are not of ring 3, and null ones of CS and SS. */
export function setUserRegister(task: Task, index: number, value: number): Result {
  const name = NAMES[index]!;
  if (SELECTORS.has(name)) return setSelector(task, name, value & 0xffff);
  if (name === 'eflags') setFlags(task, value);
  else task.regs[name] = name === 'origEax' ? value | 0 : value >>> 0;
  return 0;
}

function setSelector(task: Task, name: keyof Registers, value: number): Result {
  if (value !== 0 && (value & RPL) !== RPL) return -EIO;
  // 3 is null as well; Linux takes it, and the thread dies when it is loaded.
  if (value === 0 && (name === 'cs' || name === 'ss')) return -EIO;
  task.regs[name] = value;
  return 0;
}

function setFlags(task: Task, value: number): void {
  const { regs, trace } = task;
  let wanted = value;
  if ((value & TF) !== 0) {
    if (trace !== null) trace.ownsTf = false;
  } else if (trace?.ownsTf) wanted |= TF;
  regs.eflags = ((regs.eflags & ~FLAG_MASK) | (wanted & FLAG_MASK)) >>> 0;
}

export function userRegisters(task: Task): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: USER_REGS }, (_, i) => userRegister(task, i)).buffer);
}

/** Sets the first registers from as many whole words; those before a bad one are set. */
export function setUserRegisters(task: Task, data: Uint8Array): Result {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let i = 0; 4 * i < data.length; i++) {
    const error = setUserRegister(task, i, view.getUint32(4 * i, true));
    if (error !== 0) return error;
  }
  return 0;
}

/** PTRACE_PEEKUSER: the word at `offset` of struct user; null for EIO. What is no register reads as 0. */
export function peekUser(task: Task, offset: number): number | null {
  if (offset % 4 !== 0 || offset >= USER_SIZE) return null;
  if (offset < USER_REGS_SIZE) return userRegister(task, offset / 4);
  const isDebug = offset >= U_DEBUGREG && offset <= U_DEBUGREG_LAST;
  return isDebug ? debugRegister(task, (offset - U_DEBUGREG) / 4) : 0;
}

/** PTRACE_POKEUSER. */
export function pokeUser(kernel: Kernel, task: Task, offset: number, value: number): Result {
  if (offset % 4 !== 0 || offset >= USER_SIZE) return -EIO;
  if (offset < USER_REGS_SIZE) return setUserRegister(task, offset / 4, value);
  if (offset < U_DEBUGREG || offset > U_DEBUGREG_LAST) return -EIO;
  return setDebugRegister(kernel, task, (offset - U_DEBUGREG) / 4, value);
}
