/** Hands floating-point instructions to the FPU: opcode and ModRM are in the immediate word. */
import { type Handler, immediate, is16, isMemory, offsetE, segmentOf } from '../operands.ts';
import { NEXT } from '../words.ts';
import { x87Execute } from '../x87/execute.ts';

const NO_MEMORY = -1;
const OPCODE_MASK = 0x1ff;
const MODRM_SHIFT = 9;

/** The immediate word of a floating-point instruction. */
export const x87Immediate = (opcode: number, modrm: number): number => opcode | (modrm << MODRM_SHIFT);

/**
 * Memory operands are checked against their segment as single bytes; the FPU's accesses check pages.
 * The linear address is passed as uint32, so that -1 stays free.
 */
export const x87Handler: Handler = (cpu, pc) => {
  const word = immediate(cpu, pc);
  cpu.operand16 = is16(cpu, pc) ? 1 : 0;
  cpu.operandSegment = segmentOf(cpu, pc);
  const linear = isMemory(cpu, pc) ? cpu.linear(cpu.operandSegment, offsetE(cpu, pc), 1, false) >>> 0 : NO_MEMORY;
  x87Execute(cpu, word & OPCODE_MASK, word >>> MODRM_SHIFT, linear);
  return NEXT;
};
