/**
 * Operands of SSE instructions, as byte offsets in the board's memory: an XMM register lies there itself, a memory
 * operand mostly where its page is. So what computes knows neither registers nor addresses.
 */
import type { Cpu } from '../cpu.ts';
import { GP } from '../fault.ts';
import { OPERAND_AT, READ_ENTRY, XMM_AT } from '../layout.ts';
import { linearE } from '../operands.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../ram.ts';
import { BASE_SHIFT, MEMORY, REG_SHIFT } from '../words.ts';

/** Bytes of an XMM register. */
export const XMM_SIZE = 16;

/** Byte offset of the XMM register that is the G operand (V in the manual's letters). */
export const registerV = (cpu: Cpu, pc: number): number => XMM_AT + (((cpu.code[pc]! >>> REG_SHIFT) & 7) << 4);

/** Byte offset of the XMM register that is the E operand (U). */
export const registerU = (cpu: Cpu, pc: number): number => XMM_AT + (((cpu.code[pc]! >>> BASE_SHIFT) & 7) << 4);

/**
 * Byte offset of the E operand W for reading `size` bytes (2, 4, 8, 16): its register, or its memory. A multiple of
 * `size` when it is memory or 16 bytes. Sixteen bytes off a boundary are #GP(0), fewer are not. SDM vol. 1, 10.8.3.
 */
export function sourceV(cpu: Cpu, pc: number, size: number): number {
  if ((cpu.code[pc]! & MEMORY) === 0) return registerU(cpu, pc);
  const linear = linearE(cpu, pc, size, false);
  if ((linear & (size - 1)) !== 0) {
    if (size === XMM_SIZE) throw cpu.fault(GP);
    return copyIn(cpu, linear, size);
  }
  const entry = ~cpu.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
  return (entry & 1) === 0 ? (entry + linear) >>> 0 : loadLinear(cpu, linear, size);
}

/** The same for the 16 bytes of MOVUPS and its kin, anywhere. */
export function sourceUnaligned(cpu: Cpu, pc: number): number {
  if ((cpu.code[pc]! & MEMORY) === 0) return registerU(cpu, pc);
  return loadLinear(cpu, linearE(cpu, pc, XMM_SIZE, false), XMM_SIZE);
}

/** Byte offset of `size` bytes at a linear address, for reading. */
export function loadLinear(cpu: Cpu, linear: number, size: number): number {
  if ((linear & (size - 1)) !== 0) return copyIn(cpu, linear, size);
  cpu.noteAccess(linear, size, false);
  return cpu.hostRead(linear);
}

/** Copies an operand that is not aligned into its slot. Throws #AC, or a page fault. */
function copyIn(cpu: Cpu, linear: number, size: number): number {
  cpu.checkAlignment(linear, size);
  cpu.noteAccess(linear, size, false);
  const { u8, i32 } = cpu.ram;
  if ((linear & PAGE_MASK) > PAGE_SIZE - size) {
    for (let i = 0; i < size; i++) u8[OPERAND_AT + i] = u8[cpu.hostRead((linear + i) | 0)]!;
    return OPERAND_AT;
  }
  const from = cpu.hostRead(linear);
  if (((from | size) & 3) === 0) {
    for (let i = 0; i < size; i += 4) i32[(OPERAND_AT + i) >>> 2] = i32[(from + i) >>> 2]!;
  } else {
    for (let i = 0; i < size; i++) u8[OPERAND_AT + i] = u8[from + i]!;
  }
  return OPERAND_AT;
}

/** Stores `size` bytes at byte offset `from` in the memory operand E; sixteen bytes off a boundary are #GP(0). */
export function storeV(cpu: Cpu, pc: number, from: number, size: number): void {
  const linear = linearE(cpu, pc, size, true);
  if (size === XMM_SIZE && (linear & (XMM_SIZE - 1)) !== 0) throw cpu.fault(GP);
  storeLinear(cpu, linear, from, size);
}

/** The same for the 16 bytes of MOVUPS and its kin, anywhere. */
export function storeUnaligned(cpu: Cpu, pc: number, from: number): void {
  storeLinear(cpu, linearE(cpu, pc, XMM_SIZE, true), from, XMM_SIZE);
}

/** Stores `size` bytes at a linear address. Faults before the first byte is changed. */
export function storeLinear(cpu: Cpu, linear: number, from: number, size: number): void {
  cpu.checkAlignment(linear, size);
  cpu.noteAccess(linear, size, true);
  const { u8, i32 } = cpu.ram;
  if ((linear & PAGE_MASK) > PAGE_SIZE - size) {
    cpu.probeWrite(linear, size);
    for (let i = 0; i < size; i++) u8[cpu.hostWrite((linear + i) | 0, 1)] = u8[from + i]!;
    return;
  }
  const to = cpu.hostWrite(linear, size);
  if (((to | from | size) & 3) === 0) {
    for (let i = 0; i < size; i += 4) i32[(to + i) >>> 2] = i32[(from + i) >>> 2]!;
  } else {
    for (let i = 0; i < size; i++) u8[to + i] = u8[from + i]!;
  }
}

/** Copies the 16 bytes of a register (or of a slot). */
export function copyV(i32: Int32Array, to: number, from: number): void {
  const t = to >>> 2;
  const f = from >>> 2;
  i32[t] = i32[f]!;
  i32[t + 1] = i32[f + 1]!;
  i32[t + 2] = i32[f + 2]!;
  i32[t + 3] = i32[f + 3]!;
}
