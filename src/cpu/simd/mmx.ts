/**
 * MMX registers as operands. They are the significands of the x87's registers, which the FPU keeps in arrays of its
 * own, so an instruction works on copies in the board's memory: SECOND_AT for the destination, OPERAND_AT for the
 * source. SDM vol. 1, 9.2 and 9.6; vol. 3A, 12.2.
 */
import type { Cpu } from '../cpu.ts';
import { MF } from '../fault.ts';
import { OPERAND_AT, SECOND_AT } from '../layout.ts';
import { baseNumber, isMemory, linearE, regNumber } from '../operands.ts';
import { ES } from '../x87/format.ts';
import { loadLinear } from './operands.ts';

export const MMX_SIZE = 8;
/** Sign and exponent of an x87 register whose significand an MMX instruction wrote. */
const ALL_ONES = 0xffff;
const ALL_VALID = 0xff;

/** To be called before anything else: #MF when an earlier x87 instruction left an unmasked exception pending. */
export function checkMmx(cpu: Cpu): void {
  if ((cpu.fpu.status & ES) !== 0) throw cpu.fault(MF);
}

/** To be called once nothing can fault any more: TOP is 0 and all registers are valid after an MMX instruction. */
export function enterMmx(cpu: Cpu): void {
  cpu.fpu.top = 0;
  cpu.fpu.used = ALL_VALID;
}

/** Copies MMX register `n` to byte offset `to`, which it returns. */
export function readMmx(cpu: Cpu, n: number, to: number): number {
  const { i32 } = cpu.ram;
  i32[to >>> 2] = cpu.fpu.lo[n]!;
  i32[(to + 4) >>> 2] = cpu.fpu.hi[n]!;
  return to;
}

/** Sets MMX register `n` from the 8 bytes at byte offset `from`. */
export function writeMmx(cpu: Cpu, n: number, from: number): void {
  const { i32 } = cpu.ram;
  cpu.fpu.set(n, ALL_ONES, i32[(from + 4) >>> 2]!, i32[from >>> 2]!);
}

/** Byte offset of a copy of the G operand P: SECOND_AT. What is computed there is kept by `writeP`. */
export const readP = (cpu: Cpu, pc: number): number => readMmx(cpu, regNumber(cpu, pc) & 7, SECOND_AT);

/** Sets the G operand P from the 8 bytes at byte offset `from`. */
export const writeP = (cpu: Cpu, pc: number, from: number): void => writeMmx(cpu, regNumber(cpu, pc) & 7, from);

/** Byte offset of the E operand Q for reading: a copy of its register at OPERAND_AT, or `size` bytes of memory. */
export function sourceQ(cpu: Cpu, pc: number, size = MMX_SIZE): number {
  if (isMemory(cpu, pc)) return loadLinear(cpu, linearE(cpu, pc, size, false), size);
  return readMmx(cpu, baseNumber(cpu, pc) & 7, OPERAND_AT);
}
