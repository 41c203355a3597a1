/** The SSE control and status register. SDM vol. 1, 10.2.3 and 11.5. */
import type { Cpu } from '../cpu.ts';
import { GP, XM } from '../fault.ts';
import { MXCSR } from '../layout.ts';
import { type Handler, linearE } from '../operands.ts';
import { NEXT } from '../words.ts';
import { MXCSR_MASK } from '../x87/fpu.ts';

/** Exception flags: bits 0 to 5. Their masks are the bits MASK_SHIFT above. */
export const IE = 1;
export const DE = 2;
export const ZE = 4;
export const OE = 8;
export const UE = 0x10;
export const PE = 0x20;
export const EXCEPTIONS = 0x3f;
export const MASK_SHIFT = 7;
export const OM = OE << MASK_SHIFT;
export const UM = UE << MASK_SHIFT;
export const PM = PE << MASK_SHIFT;
/** Denormal operands are zeros. */
export const DAZ = 0x40;
/** Rounding control. */
export const RC = 0x6000;
export const RC_NEAREST = 0;
export const RC_DOWN = 0x2000;
export const RC_UP = 0x4000;
/** Tiny results are zeros, where underflow is masked. */
export const FTZ = 0x8000;

/** Of an instruction's exceptions, those that MXCSR does not mask. */
export const unmasked = (mxcsr: number, flags: number): number => flags & ~(mxcsr >>> MASK_SHIFT) & EXCEPTIONS;

/** Records an instruction's exceptions. Throws #XM, before anything else is changed, when one of them is unmasked. */
export function raise(cpu: Cpu, flags: number): void {
  const m = cpu.ram.i32;
  const mxcsr = m[MXCSR]!;
  m[MXCSR] = mxcsr | flags;
  if (unmasked(mxcsr, flags) !== 0) throw cpu.fault(XM);
}

/** LDMXCSR: bits that do not exist are #GP(0). */
export const ldmxcsr: Handler = (cpu, pc) => {
  const value = cpu.readMem32(linearE(cpu, pc, 4, false));
  if ((value & ~MXCSR_MASK) !== 0) throw cpu.fault(GP);
  cpu.ram.i32[MXCSR] = value;
  return NEXT;
};

export const stmxcsr: Handler = (cpu, pc) => {
  cpu.writeMem32(linearE(cpu, pc, 4, true), cpu.ram.i32[MXCSR]!);
  return NEXT;
};
