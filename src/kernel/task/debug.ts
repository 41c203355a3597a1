/**
 * Debug registers of a task, as ptrace(2) shows them. Linux arch/x86/kernel/ptrace.c ptrace_set_debugreg,
 * hw_breakpoint.c. A child has none of its parent's, and execve clears them.
 */
import { BREAK_EXECUTE, BREAK_IO, breakpointOf, DEBUG_REGISTERS, DR6_BREAKPOINTS } from '../../cpu/debug.ts';
import { EINVAL, EIO } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, struct, u32, type Values } from '../kobject/fields.ts';
import { TASK_SIZE } from '../mm/layout.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from './task.ts';

const hex = { initial: 0, show: 'hex' } as const;
const debugFields = {
  dr0: u32('DR0, a linear address', hex),
  dr1: u32('DR1', hex),
  dr2: u32('DR2', hex),
  dr3: u32('DR3', hex),
  dr6: u32('what the last debug exception was for, as ptrace(2) shows DR6, its fixed bits clear', hex),
  dr7: u32('DR7: which breakpoints are enabled, their types and lengths', hex),
  pending: u32('breakpoints met by an instruction that loaded SS, as bits of DR6: they come after the next one', hex),
  inhibited: bool('the last instruction that ran with breakpoints loaded SS: none before the next one', {
    initial: false,
  }),
};
export type DebugState = Values<typeof debugFields>;
export const debugField = struct(debugFields, 'debug registers', { since: 2 });

export function emptyDebug(): DebugState {
  return debugField.initial();
}

const DR6 = 6;
const DR7 = 7;
/** Bits of DR6 that always read as 1 (SDM vol. 3B, figure 17-1). */
const DR6_RESERVED = 0xffff_0ff0;
/** Bits of DR7 that nobody may set, GD among them (Linux DR_CONTROL_RESERVED). */
const DR7_RESERVED = 0xfc00;
const ADDRESS_NAMES = ['dr0', 'dr1', 'dr2', 'dr3'] as const;

export function debugAddresses(debug: DebugState): number[] {
  return ADDRESS_NAMES.map((name) => debug[name]);
}

/** Whether Linux lets a program have breakpoint `n` of `dr7` at `address`. */
function isLegal(dr7: number, n: number, address: number): boolean {
  const { enabled, type, length } = breakpointOf(dr7, n);
  if (!enabled) return address < TASK_SIZE;
  if (type === BREAK_IO || length === 8) return false;
  if (type === BREAK_EXECUTE) return length === 1 && address < TASK_SIZE;
  return address % length === 0 && address + length <= TASK_SIZE;
}

/** What ptrace shows of DRn; DR4 and DR5 read as 0. */
export function debugRegister(task: Task, n: number): number {
  const { debug } = task;
  if (n < DEBUG_REGISTERS) return debugAddresses(debug)[n]!;
  if (n === DR6) return (debug.dr6 ^ DR6_RESERVED) >>> 0;
  return n === DR7 ? debug.dr7 : 0;
}

/** Sets DRn as PTRACE_POKEUSER does: -EIO for DR4 and DR5, -EINVAL for kernel addresses, I/O breakpoints, odd lengths, misaligned data. */
export function setDebugRegister(kernel: Kernel, task: Task, n: number, value: number): Result {
  const { debug } = task;
  const name = ADDRESS_NAMES[n];
  if (name !== undefined) {
    if (!isLegal(debug.dr7, n, value)) return -EINVAL;
    debug[name] = value;
  } else if (n === DR6) {
    debug.dr6 = (value ^ DR6_RESERVED) >>> 0;
  } else if (n === DR7) {
    const dr7 = (value & ~DR7_RESERVED) >>> 0;
    if (!debugAddresses(debug).every((address, i) => isLegal(dr7, i, address))) return -EINVAL;
    debug.dr7 = dr7;
  } else return -EIO;
  kernel.sched.debugChanged(task);
  return 0;
}

/** Asserts that ptrace could have made the registers. */
export function checkDebug(debug: DebugState, where: string): void {
  assert((debug.dr7 & DR7_RESERVED) === 0, `${where}: reserved bits in dr7`);
  for (const [n, address] of debugAddresses(debug).entries()) {
    assert(isLegal(debug.dr7, n, address), `${where}: breakpoint ${n} is not one that a program may have`);
  }
  assert((debug.pending & ~DR6_BREAKPOINTS) === 0, `${where}: no breakpoint pends like that`);
  assert(debug.pending === 0 || debug.inhibited, `${where}: a breakpoint pends behind no stack switch`);
}
