/** Hands floating-point instructions to the FPU: opcode and ModRM are in the immediate word. */
import { type Handler, immediate, is16, isMemory, offsetE, segmentOf } from '../operands.ts';
import { NEXT } from '../words.ts';
import { wayOf, x87Execute } from '../x87/execute.ts';

const OPCODE_MASK = 0x1ff;
export const MODRM_SHIFT = 9;
const MODRM_MASK = 0xff;
export const WAY_SHIFT = 17;

/** The immediate word of a floating-point instruction; run.ts may execute it itself when it is `plain`. */
export function x87Immediate(opcode: number, modrm: number, plain: boolean): number {
  return opcode | (modrm << MODRM_SHIFT) | ((plain ? wayOf(opcode, modrm) : 0) << WAY_SHIFT);
}

/** Memory operands are checked against their segment as single bytes; the FPU's accesses check pages. */
export const x87Handler: Handler = (cpu, pc) => {
  const word = immediate(cpu, pc);
  cpu.operand16 = is16(cpu, pc) ? 1 : 0;
  cpu.operandSegment = segmentOf(cpu, pc);
  const linear = isMemory(cpu, pc) ? cpu.linear(cpu.operandSegment, offsetE(cpu, pc), 1, false) : 0;
  x87Execute(cpu, word & OPCODE_MASK, (word >>> MODRM_SHIFT) & MODRM_MASK, linear);
  return NEXT;
};
