/** Entry of the x87: what the processor core calls for opcodes D8..DF, FWAIT, FXSAVE and FXRSTOR. */
import type { Cpu } from '../cpu.ts';
import { MF } from '../fault.ts';
import { ES } from './format.ts';

/** Size in bytes of the memory operand of D8..DF, and whether it is written: for the segment check. */
export function x87Operand(_opcode: number, _modrm: number, _operand16: boolean): { size: number; write: boolean } {
  return { size: 8, write: false };
}

/**
 * Executes D8..DF. `linear` is the operand's linear address, checked against its segment, or -1 for register forms;
 * `cpu.eip` is the instruction's own address. Throws GUEST_FAULT, having changed nothing, when the operand faults, when
 * the encoding is undefined (#UD), or when an earlier instruction left an unmasked exception pending (#MF).
 */
export function x87Execute(_cpu: Cpu, _opcode: number, _modrm: number, _linear: number): void {}

/** FWAIT: raises #MF when an unmasked exception is pending. */
export function x87Wait(cpu: Cpu): void {
  if ((cpu.fpu.status & ES) !== 0) throw cpu.fault(MF);
}

export function x87Fxsave(_cpu: Cpu, _linear: number): void {}
export function x87Fxrstor(_cpu: Cpu, _linear: number): void {}
