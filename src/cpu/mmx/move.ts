/** MOVD, MOVQ, MOVNTQ, MASKMOVQ with MMX registers, and EMMS. */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { EDI, OPERAND_AT } from '../layout.ts';
import { addressMask, baseNumber, type Handler, isMemory, readE, regNumber, segmentOf, writeE } from '../operands.ts';
import { checkMmx, enterMmx, MMX_SIZE, readMmx, readP, sourceQ, writeMmx, writeP } from '../simd/mmx.ts';
import { storeV } from '../simd/operands.ts';
import { NEXT } from '../words.ts';

const movdToMmx: Handler = (cpu, pc) => {
  checkMmx(cpu);
  const m = cpu.ram.i32;
  m[OPERAND_AT >>> 2] = readE(cpu, pc, 4);
  m[(OPERAND_AT + 4) >>> 2] = 0;
  enterMmx(cpu);
  writeP(cpu, pc, OPERAND_AT);
  return NEXT;
};

const movdFromMmx: Handler = (cpu, pc) => {
  checkMmx(cpu);
  writeE(cpu, pc, 4, cpu.fpu.lo[regNumber(cpu, pc)]!);
  enterMmx(cpu);
  return NEXT;
};

const movqToMmx: Handler = (cpu, pc) => {
  checkMmx(cpu);
  const from = sourceQ(cpu, pc);
  enterMmx(cpu);
  writeP(cpu, pc, from);
  return NEXT;
};

/** MOVQ to memory or a register, and MOVNTQ: there are no caches that could tell them apart. */
const movqFromMmx: Handler = (cpu, pc) => {
  checkMmx(cpu);
  const from = readP(cpu, pc);
  if (isMemory(cpu, pc)) storeV(cpu, pc, from, MMX_SIZE);
  else writeMmx(cpu, baseNumber(cpu, pc), from);
  enterMmx(cpu);
  return NEXT;
};

/** Linear address of the string destination of MASKMOVQ: EDI, in DS unless overridden. */
function linearMasked(cpu: Cpu, pc: number): number {
  return cpu.linear(segmentOf(cpu, pc), cpu.ram.i32[EDI]! & addressMask(cpu, pc), MMX_SIZE, true);
}

/**
 * MASKMOVQ stores the bytes whose mask byte has its top bit set. SDM vol. 2B, MASKMOVQ, leaves open whether the others
 * can fault. Here all eight are checked, whatever the mask: processors were seen to do so.
 */
const maskmovq: Handler = (cpu, pc) => {
  checkMmx(cpu);
  const linear = linearMasked(cpu, pc);
  cpu.checkAlignment(linear, MMX_SIZE);
  cpu.probeWrite(linear, MMX_SIZE);
  const from = readP(cpu, pc);
  const mask = readMmx(cpu, baseNumber(cpu, pc), OPERAND_AT);
  const { u8 } = cpu.ram;
  for (let i = 0; i < MMX_SIZE; i++) if (u8[mask + i]! > 0x7f) cpu.writeMem8((linear + i) | 0, u8[from + i]!);
  enterMmx(cpu);
  return NEXT;
};

/** SDM vol. 3A, table 12-1: TOP becomes 0 here too. */
const emms: Handler = (cpu) => {
  checkMmx(cpu);
  cpu.fpu.top = 0;
  cpu.fpu.used = 0;
  return NEXT;
};

export const moveHandlers: Readonly<Record<string, (form: Form) => Handler>> = {
  movdToMmx: () => movdToMmx,
  movdFromMmx: () => movdFromMmx,
  movqToMmx: () => movqToMmx,
  movqFromMmx: () => movqFromMmx,
  maskmovq: () => maskmovq,
  emms: () => emms,
};
