// Expanded from hot/ops.ts by `npx tsx test/cpu/write-interpreter.ts`: change those, not this.
import type { Cpu } from './cpu.ts';
import { GUEST_FAULT } from './fault.ts';
import { runSimd } from './simd/run.ts';
import { runX87 } from './x87/run.ts';

/** Operation numbers of word 0 (words.ts). */
export const HOT = {
  LEAVE: 0,
  HANDLER: 1,
  SIMD: 2,
  X87: 3,
  MOV_R_R: 4,
  MOV_R_I: 5,
  MOV_R_M: 6,
  MOV_M_R: 7,
  MOV_M_I: 8,
  MOV8_R_R: 9,
  MOV8_R_I: 10,
  MOV8_R_M: 11,
  MOV8_M_R: 12,
  MOV8_M_I: 13,
  MOV16_M_R: 14,
  MOVZX8_R_R: 15,
  MOVZX8_R_M: 16,
  MOVZX16_R_R: 17,
  MOVZX16_R_M: 18,
  MOVSX8_R_R: 19,
  MOVSX8_R_M: 20,
  MOVSX16_R_R: 21,
  MOVSX16_R_M: 22,
  LEA: 23,
  XCHG_R_R: 24,
  CDQ: 25,
  NOP: 26,
  ADD_R_R: 27,
  ADD_R_I: 28,
  ADD_R_M: 29,
  ADD_M_R: 30,
  ADD_M_I: 31,
  OR_R_R: 32,
  OR_R_I: 33,
  OR_R_M: 34,
  OR_M_R: 35,
  OR_M_I: 36,
  ADC_R_R: 37,
  ADC_R_I: 38,
  ADC_R_M: 39,
  SBB_R_R: 40,
  SBB_R_I: 41,
  SBB_R_M: 42,
  AND_R_R: 43,
  AND_R_I: 44,
  AND_R_M: 45,
  AND_M_R: 46,
  AND_M_I: 47,
  SUB_R_R: 48,
  SUB_R_I: 49,
  SUB_R_M: 50,
  SUB_M_R: 51,
  SUB_M_I: 52,
  XOR_R_R: 53,
  XOR_R_I: 54,
  XOR_R_M: 55,
  XOR_M_R: 56,
  XOR_M_I: 57,
  CMP_R_R: 58,
  CMP_R_I: 59,
  CMP_R_M: 60,
  CMP_M_R: 61,
  CMP_M_I: 62,
  TEST_R_R: 63,
  TEST_R_I: 64,
  TEST_M_R: 65,
  TEST_M_I: 66,
  ADD8_R_R: 67,
  ADD8_R_I: 68,
  ADD8_R_M: 69,
  ADD8_M_R: 70,
  ADD8_M_I: 71,
  OR8_R_R: 72,
  OR8_R_I: 73,
  OR8_R_M: 74,
  OR8_M_R: 75,
  OR8_M_I: 76,
  AND8_R_R: 77,
  AND8_R_I: 78,
  AND8_R_M: 79,
  AND8_M_R: 80,
  AND8_M_I: 81,
  SUB8_R_R: 82,
  SUB8_R_I: 83,
  SUB8_R_M: 84,
  SUB8_M_I: 85,
  XOR8_R_R: 86,
  XOR8_R_I: 87,
  XOR8_R_M: 88,
  CMP8_R_R: 89,
  CMP8_R_I: 90,
  CMP8_R_M: 91,
  CMP8_M_R: 92,
  CMP8_M_I: 93,
  TEST8_R_R: 94,
  TEST8_R_I: 95,
  TEST8_M_R: 96,
  TEST8_M_I: 97,
  SHL_R_I: 98,
  SHL_R_CL: 99,
  SHR_R_I: 100,
  SHR_R_CL: 101,
  SAR_R_I: 102,
  SAR_R_CL: 103,
  ROL_R_I: 104,
  ROR_R_I: 105,
  INC_R: 106,
  DEC_R: 107,
  NEG_R: 108,
  NOT_R: 109,
  IMUL_R_R: 110,
  IMUL_R_M: 111,
  IMUL_R_R_I: 112,
  PUSH_R: 113,
  PUSH_I: 114,
  PUSH_M: 115,
  POP_R: 116,
  LEAVE_FRAME: 117,
  JO: 118,
  JNO: 119,
  JB: 120,
  JAE: 121,
  JE: 122,
  JNE: 123,
  JBE: 124,
  JA: 125,
  JS: 126,
  JNS: 127,
  JP: 128,
  JNP: 129,
  JL: 130,
  JGE: 131,
  JLE: 132,
  JG: 133,
  JMP: 134,
  JMP_R: 135,
  JMP_M: 136,
  CALL: 137,
  CALL_R: 138,
  CALL_M: 139,
  RET: 140,
  RET_I: 141,
  NEXT_BLOCK: 142,
  CMP_R_R_JB: 143,
  CMP_R_R_JAE: 144,
  CMP_R_R_JE: 145,
  CMP_R_R_JNE: 146,
  CMP_R_R_JBE: 147,
  CMP_R_R_JA: 148,
  CMP_R_R_JL: 149,
  CMP_R_R_JGE: 150,
  CMP_R_R_JLE: 151,
  CMP_R_R_JG: 152,
  CMP_R_I_JB: 153,
  CMP_R_I_JAE: 154,
  CMP_R_I_JE: 155,
  CMP_R_I_JNE: 156,
  CMP_R_I_JBE: 157,
  CMP_R_I_JA: 158,
  CMP_R_I_JL: 159,
  CMP_R_I_JGE: 160,
  CMP_R_I_JLE: 161,
  CMP_R_I_JG: 162,
  CMP_R_M_JB: 163,
  CMP_R_M_JAE: 164,
  CMP_R_M_JE: 165,
  CMP_R_M_JNE: 166,
  CMP_R_M_JBE: 167,
  CMP_R_M_JA: 168,
  CMP_R_M_JL: 169,
  CMP_R_M_JGE: 170,
  CMP_R_M_JLE: 171,
  CMP_R_M_JG: 172,
  TEST_R_R_JE: 173,
  TEST_R_R_JNE: 174,
  TEST_R_R_JS: 175,
  TEST_R_R_JNS: 176,
  TEST_R_R_JLE: 177,
  TEST_R_R_JG: 178,
} as const;

/** Returned besides the codes of words.ts: the budget is used up; an instruction faulted and was not counted. */
export const EXHAUSTED = 0;
export const FAULTED = 5;

/**
 * Runs decoded blocks from `cpu.eip` (or the code at index `start` when not 0) until fewer than 64 of `budget`
 * instructions are left, or something happens. Leaves what is left of the budget in `cpu.left`.
 * Only locals and literals in here: see design notes on the switch cliff in hot/ops.ts.
 */
export function interpret(cpu: Cpu, start: number, limit: number): number {
  const m = cpu.ram.i32;
  const h = cpu.ram.u16;
  const b = cpu.ram.u8;
  const c = cpu.code;
  const handlers = cpu.handlers;
  const entries = cpu.blocks.entries;
  const frameSlots = cpu.blocks.frameSlots;
  const codeBase = m[10]!;
  const checked = (cpu.mode & 4) !== 0;
  let budget = limit;
  let eip = cpu.eip | 0;
  let page = (eip - ((eip + codeBase) & 0xfff)) | 0;
  let pc = start;
  let link = 0;
  try {
    for (;;) {
      if (pc === 0) {
        if (budget < 64) break;
        if (checked) cpu.checkFetch(eip);
        const linear = (eip + codeBase) | 0;
        const entry = ~m[0x100000 + (linear >>> 12)]!;
        const frame = (entry & 1) === 0 ? (entry + linear - 0x1000000) >>> 12 : cpu.fetchFrame(linear);
        const slot = frameSlots[frame]!;
        let found = entries[(slot << 12) | (linear & 0xfff)]!;
        if (found === 0) {
          found = cpu.translate(eip, frame);
          if (found <= link) link = 0;
        }
        if (link !== 0) {
          if (((eip ^ page) & -0x1000) === 0 && !checked) c[link + 1] = found;
          link = 0;
        }
        page = (eip - (linear & 0xfff)) | 0;
        pc = found;
      }
      for (;;) {
        const w = c[pc]!;
        switch (w & 0xff) {
          case 0: {
            // LEAVE
            budget -= ((c[pc + 3]! >>> 13) & 63) - 1;
            eip = (page + (c[pc + 3]! & 0x1fff)) | 0;
            break;
          }
          case 1: {
            // HANDLER
            const t = c[pc + 3]!;
            cpu.pc = pc;
            cpu.eip = (page + (t & 0x1fff)) >>> 0;
            cpu.left = budget - ((t >>> 13) & 63) + 1;
            const r = handlers[((w >>> 30) << 9) | (t >>> 23)]!(cpu, pc);
            if (r === 0) {
              pc += 4;
              continue;
            }
            budget -= (t >>> 13) & 63;
            eip = cpu.eip | 0;
            if (r === 1) break;
            cpu.left = budget;
            return r;
          }
          case 2: {
            // SIMD
            pc = runSimd(cpu, pc);
            continue;
          }
          case 3: {
            // X87
            pc = runX87(cpu, pc, page);
            continue;
          }
          case 4: {
            // MOV_R_R
            m[(w >>> 8) & 15] = m[(w >>> 12) & 15]!;
            pc += 4;
            continue;
          }
          case 5: {
            // MOV_R_I
            m[(w >>> 8) & 15] = c[pc + 2]!;
            pc += 4;
            continue;
          }
          case 6: {
            // MOV_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            m[(w >>> 8) & 15] = x;
            pc += 4;
            continue;
          }
          case 7: {
            // MOV_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = m[(w >>> 8) & 15]!;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, m[(w >>> 8) & 15]!);
            }
            pc += 4;
            continue;
          }
          case 8: {
            // MOV_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = c[pc + 2]!;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, c[pc + 2]!);
            }
            pc += 4;
            continue;
          }
          case 9: {
            // MOV8_R_R
            b[(w >>> 8) & 15] = b[(w >>> 12) & 15]!;
            pc += 4;
            continue;
          }
          case 10: {
            // MOV8_R_I
            b[(w >>> 8) & 15] = c[pc + 2]!;
            pc += 4;
            continue;
          }
          case 11: {
            // MOV8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            b[(w >>> 8) & 15] = x;
            pc += 4;
            continue;
          }
          case 12: {
            // MOV8_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if ((e & 1) === 0) b[(e + a) >>> 0] = b[(w >>> 8) & 15]!;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, b[(w >>> 8) & 15]!);
            }
            pc += 4;
            continue;
          }
          case 13: {
            // MOV8_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if ((e & 1) === 0) b[(e + a) >>> 0] = c[pc + 2]!;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, c[pc + 2]!);
            }
            pc += 4;
            continue;
          }
          case 14: {
            // MOV16_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 1) === 0) h[(e + a) >>> 1] = m[(w >>> 8) & 15]!;
            else {
              cpu.pc = pc;
              cpu.writeMem16(a, m[(w >>> 8) & 15]!);
            }
            pc += 4;
            continue;
          }
          case 15: {
            // MOVZX8_R_R
            m[(w >>> 8) & 15] = b[(w >>> 12) & 15]!;
            pc += 4;
            continue;
          }
          case 16: {
            // MOVZX8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            m[(w >>> 8) & 15] = x;
            pc += 4;
            continue;
          }
          case 17: {
            // MOVZX16_R_R
            m[(w >>> 8) & 15] = m[(w >>> 12) & 15]! & 0xffff;
            pc += 4;
            continue;
          }
          case 18: {
            // MOVZX16_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 1) === 0 ? h[(e + a) >>> 1]! : cpu.readMem16(a);
            m[(w >>> 8) & 15] = x;
            pc += 4;
            continue;
          }
          case 19: {
            // MOVSX8_R_R
            m[(w >>> 8) & 15] = (b[(w >>> 12) & 15]! << 24) >> 24;
            pc += 4;
            continue;
          }
          case 20: {
            // MOVSX8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            m[(w >>> 8) & 15] = (x << 24) >> 24;
            pc += 4;
            continue;
          }
          case 21: {
            // MOVSX16_R_R
            m[(w >>> 8) & 15] = (m[(w >>> 12) & 15]! << 16) >> 16;
            pc += 4;
            continue;
          }
          case 22: {
            // MOVSX16_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 1) === 0 ? h[(e + a) >>> 1]! : cpu.readMem16(a);
            m[(w >>> 8) & 15] = (x << 16) >> 16;
            pc += 4;
            continue;
          }
          case 23: {
            // LEA
            m[(w >>> 8) & 15] = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            pc += 4;
            continue;
          }
          case 24: {
            // XCHG_R_R
            const r = (w >>> 8) & 15;
            const s = (w >>> 12) & 15;
            const x = m[r]!;
            m[r] = m[s]!;
            m[s] = x;
            pc += 4;
            continue;
          }
          case 25: {
            // CDQ
            m[2] = m[0]! >> 31;
            pc += 4;
            continue;
          }
          case 26: {
            // NOP
            pc += 4;
            continue;
          }
          case 27: {
            // ADD_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x + y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 28: {
            // ADD_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = (x + y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 29: {
            // ADD_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = (x + y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 30: {
            // ADD_M_R
            const y = m[(w >>> 8) & 15]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = (x + y) | 0;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 31: {
            // ADD_M_I
            const y = c[pc + 2]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = (x + y) | 0;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 32: {
            // OR_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x | y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 33: {
            // OR_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = x | y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 34: {
            // OR_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = x | y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 35: {
            // OR_M_R
            const y = m[(w >>> 8) & 15]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x | y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 36: {
            // OR_M_I
            const y = c[pc + 2]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x | y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 37: {
            // ADC_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x + y + (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 38: {
            // ADC_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = (x + y + (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 39: {
            // ADC_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = (x + y + (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (x & y) | ((x | y) & ~z);
            pc += 4;
            continue;
          }
          case 40: {
            // SBB_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y - (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 41: {
            // SBB_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = (x - y - (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 42: {
            // SBB_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = (x - y - (m[18]! >>> 31)) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 43: {
            // AND_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 44: {
            // AND_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = x & y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 45: {
            // AND_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = x & y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 46: {
            // AND_M_R
            const y = m[(w >>> 8) & 15]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x & y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 47: {
            // AND_M_I
            const y = c[pc + 2]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x & y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 48: {
            // SUB_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 49: {
            // SUB_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 50: {
            // SUB_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = (x - y) | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 51: {
            // SUB_M_R
            const y = m[(w >>> 8) & 15]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = (x - y) | 0;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 52: {
            // SUB_M_I
            const y = c[pc + 2]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = (x - y) | 0;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 53: {
            // XOR_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x ^ y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 54: {
            // XOR_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = x ^ y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 55: {
            // XOR_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = x ^ y;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 56: {
            // XOR_M_R
            const y = m[(w >>> 8) & 15]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x ^ y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 57: {
            // XOR_M_I
            const y = c[pc + 2]!;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = ((e | a) & 3) === 0;
            if (!fast) cpu.probeWrite(a, 4);
            const x = fast ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const z = x ^ y;
            if (fast) m[(e + a) >>> 2] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 58: {
            // CMP_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 59: {
            // CMP_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 60: {
            // CMP_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 61: {
            // CMP_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const y = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 62: {
            // CMP_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            pc += 4;
            continue;
          }
          case 63: {
            // TEST_R_R
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 64: {
            // TEST_R_I
            const r = (w >>> 8) & 15;
            const x = m[r]!;
            const y = c[pc + 2]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 65: {
            // TEST_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const y = m[(w >>> 8) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 66: {
            // TEST_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const y = c[pc + 2]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 67: {
            // ADD8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = (x + y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (x & y) | ((x | y) & ~t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 68: {
            // ADD8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = (x + y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (x & y) | ((x | y) & ~t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 69: {
            // ADD8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = (x + y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (x & y) | ((x | y) & ~t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 70: {
            // ADD8_M_R
            const y = b[(w >>> 8) & 15]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = (p + y) | 0;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            const v = (p & y) | ((p | y) & ~t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 71: {
            // ADD8_M_I
            const y = c[pc + 2]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = (p + y) | 0;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            const v = (p & y) | ((p | y) & ~t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 72: {
            // OR8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = x | y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 73: {
            // OR8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = x | y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 74: {
            // OR8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = x | y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 75: {
            // OR8_M_R
            const y = b[(w >>> 8) & 15]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = p | y;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 76: {
            // OR8_M_I
            const y = c[pc + 2]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = p | y;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 77: {
            // AND8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = x & y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 78: {
            // AND8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = x & y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 79: {
            // AND8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = x & y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 80: {
            // AND8_M_R
            const y = b[(w >>> 8) & 15]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = p & y;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 81: {
            // AND8_M_I
            const y = c[pc + 2]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = p & y;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 82: {
            // SUB8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 83: {
            // SUB8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 84: {
            // SUB8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            b[r] = z;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 85: {
            // SUB8_M_I
            const y = c[pc + 2]! << 24;
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            const fast = (e & 1) === 0;
            if (!fast) cpu.probeWrite(a, 1);
            const x = fast ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const p = x << 24;
            const t = (p - y) | 0;
            const z = t >> 24;
            if (fast) b[(e + a) >>> 0] = z;
            else {
              cpu.pc = pc;
              cpu.writeMem8(a, z);
            }
            const v = (~p & y) | ((~p | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 86: {
            // XOR8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = x ^ y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 87: {
            // XOR8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = x ^ y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 88: {
            // XOR8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = x ^ y;
            const z = t >> 24;
            b[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 89: {
            // CMP8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 90: {
            // CMP8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 91: {
            // CMP8_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = l << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 92: {
            // CMP8_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const x = l << 24;
            const y = b[(w >>> 8) & 15]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 93: {
            // CMP8_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const x = l << 24;
            const y = c[pc + 2]! << 24;
            const t = (x - y) | 0;
            const z = t >> 24;
            const v = (~x & y) | ((~x | y) & t);
            m[16] = z;
            m[17] = z;
            m[18] = (v & -0x40000000) | ((v >>> 24) & 8);
            pc += 4;
            continue;
          }
          case 94: {
            // TEST8_R_R
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = b[(w >>> 12) & 15]! << 24;
            const t = x & y;
            const z = t >> 24;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 95: {
            // TEST8_R_I
            const r = (w >>> 8) & 15;
            const x = b[r]! << 24;
            const y = c[pc + 2]! << 24;
            const t = x & y;
            const z = t >> 24;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 96: {
            // TEST8_M_R
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const x = l << 24;
            const y = b[(w >>> 8) & 15]! << 24;
            const t = x & y;
            const z = t >> 24;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 97: {
            // TEST8_M_I
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const l = (e & 1) === 0 ? b[(e + a) >>> 0]! : cpu.readMem8(a);
            const x = l << 24;
            const y = c[pc + 2]! << 24;
            const t = x & y;
            const z = t >> 24;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            pc += 4;
            continue;
          }
          case 98: {
            // SHL_R_I
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const n = c[pc + 2]!;
            const l = x << (n - 1);
            const z = l << 1;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            const cf = l >>> 31;
            m[18] = (cf << 31) | ((cf ^ ((z ^ l) >>> 31)) << 30);
            pc += 4;
            continue;
          }
          case 99: {
            // SHL_R_CL
            const n = m[1]! & 31;
            if (n !== 0) {
              const r = (w >>> 12) & 15;
              const x = m[r]!;
              const l = x << (n - 1);
              const z = l << 1;
              m[r] = z;
              m[16] = z;
              m[17] = z;
              const cf = l >>> 31;
              m[18] = (cf << 31) | ((cf ^ ((z ^ l) >>> 31)) << 30);
            }
            pc += 4;
            continue;
          }
          case 100: {
            // SHR_R_I
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const n = c[pc + 2]!;
            const l = x >>> (n - 1);
            const z = l >>> 1;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            const cf = l & 1;
            m[18] = (cf << 31) | ((cf ^ ((z ^ (z << 1)) >>> 31)) << 30);
            pc += 4;
            continue;
          }
          case 101: {
            // SHR_R_CL
            const n = m[1]! & 31;
            if (n !== 0) {
              const r = (w >>> 12) & 15;
              const x = m[r]!;
              const l = x >>> (n - 1);
              const z = l >>> 1;
              m[r] = z;
              m[16] = z;
              m[17] = z;
              const cf = l & 1;
              m[18] = (cf << 31) | ((cf ^ ((z ^ (z << 1)) >>> 31)) << 30);
            }
            pc += 4;
            continue;
          }
          case 102: {
            // SAR_R_I
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const n = c[pc + 2]!;
            const l = x >> (n - 1);
            const z = l >> 1;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            const cf = l & 1;
            m[18] = (cf << 31) | ((cf ^ 0) << 30);
            pc += 4;
            continue;
          }
          case 103: {
            // SAR_R_CL
            const n = m[1]! & 31;
            if (n !== 0) {
              const r = (w >>> 12) & 15;
              const x = m[r]!;
              const l = x >> (n - 1);
              const z = l >> 1;
              m[r] = z;
              m[16] = z;
              m[17] = z;
              const cf = l & 1;
              m[18] = (cf << 31) | ((cf ^ 0) << 30);
            }
            pc += 4;
            continue;
          }
          case 104: {
            // ROL_R_I
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const n = c[pc + 2]!;
            const z = (x << n) | (x >>> (32 - n));
            m[r] = z;
            m[18] = ((z & 1) << 31) | (((z >>> 31) & 1) << 30) | (m[18]! & 8);
            pc += 4;
            continue;
          }
          case 105: {
            // ROR_R_I
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const n = c[pc + 2]!;
            const z = (x >>> n) | (x << (32 - n));
            m[r] = z;
            m[18] = (z & -0x80000000) | (z & 0x40000000) | (m[18]! & 8);
            pc += 4;
            continue;
          }
          case 106: {
            // INC_R
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const z = (x + 1) | 0;
            m[r] = z;
            const v = (x & 1) | ((x | 1) & ~z);
            const old = m[18]!;
            m[16] = z;
            m[17] = z;
            m[18] = (old & -0x80000000) | (((old ^ v ^ (v << 1)) >>> 1) & 0x40000000) | (v & 8);
            pc += 4;
            continue;
          }
          case 107: {
            // DEC_R
            const r = (w >>> 12) & 15;
            const x = m[r]!;
            const z = (x - 1) | 0;
            m[r] = z;
            const v = (~x & 1) | ((~x | 1) & z);
            const old = m[18]!;
            m[16] = z;
            m[17] = z;
            m[18] = (old & -0x80000000) | (((old ^ v ^ (v << 1)) >>> 1) & 0x40000000) | (v & 8);
            pc += 4;
            continue;
          }
          case 108: {
            // NEG_R
            const r = (w >>> 12) & 15;
            const y = m[r]!;
            const z = -y | 0;
            m[r] = z;
            m[16] = z;
            m[17] = z;
            m[18] = y | z;
            pc += 4;
            continue;
          }
          case 109: {
            // NOT_R
            const r = (w >>> 12) & 15;
            m[r] = ~m[r]!;
            pc += 4;
            continue;
          }
          case 110: {
            // IMUL_R_R
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const p = x * y;
            const z = Math.imul(x, y);
            m[(w >>> 8) & 15] = z;
            m[16] = 1;
            m[17] = z;
            m[18] = p === z ? 0 : -0x80000000;
            pc += 4;
            continue;
          }
          case 111: {
            // IMUL_R_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const p = x * y;
            const z = Math.imul(x, y);
            m[(w >>> 8) & 15] = z;
            m[16] = 1;
            m[17] = z;
            m[18] = p === z ? 0 : -0x80000000;
            pc += 4;
            continue;
          }
          case 112: {
            // IMUL_R_R_I
            const x = m[(w >>> 12) & 15]!;
            const y = c[pc + 2]!;
            const p = x * y;
            const z = Math.imul(x, y);
            m[(w >>> 8) & 15] = z;
            m[16] = 1;
            m[17] = z;
            m[18] = p === z ? 0 : -0x80000000;
            pc += 4;
            continue;
          }
          case 113: {
            // PUSH_R
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = m[(w >>> 12) & 15]!;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, m[(w >>> 12) & 15]!);
            }
            m[4] = a;
            pc += 4;
            continue;
          }
          case 114: {
            // PUSH_I
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = c[pc + 2]!;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, c[pc + 2]!);
            }
            m[4] = a;
            pc += 4;
            continue;
          }
          case 115: {
            // PUSH_M
            let v = 0;
            {
              const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
              const e = ~m[0x100000 + (a >>> 12)]!;
              const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
              v = x;
            }
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = v;
            else {
              cpu.pc = pc;
              cpu.writeMem32(a, v);
            }
            m[4] = a;
            pc += 4;
            continue;
          }
          case 116: {
            // POP_R
            const a = m[4]!;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            m[4] = a + 4;
            m[(w >>> 12) & 15] = x;
            pc += 4;
            continue;
          }
          case 117: {
            // LEAVE_FRAME
            const a = m[5]!;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            m[4] = a + 4;
            m[5] = x;
            pc += 4;
            continue;
          }
          case 118: {
            // JO
            if ((m[18]! ^ (m[18]! << 1)) < 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 119: {
            // JNO
            if (!((m[18]! ^ (m[18]! << 1)) < 0)) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 120: {
            // JB
            if (m[18]! < 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 121: {
            // JAE
            if (m[18]! >= 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 122: {
            // JE
            if (m[16] === 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 123: {
            // JNE
            if (m[16] !== 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 124: {
            // JBE
            if (m[18]! < 0 || m[16] === 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 125: {
            // JA
            if (m[18]! >= 0 && m[16] !== 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 126: {
            // JS
            if (m[17]! < 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 127: {
            // JNS
            if (m[17]! >= 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 128: {
            // JP
            if (((0x9669 >>> ((m[17]! ^ (m[17]! >>> 4)) & 15)) & 1) !== 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 129: {
            // JNP
            if (!(((0x9669 >>> ((m[17]! ^ (m[17]! >>> 4)) & 15)) & 1) !== 0)) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 130: {
            // JL
            if ((m[17]! ^ m[18]! ^ (m[18]! << 1)) < 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 131: {
            // JGE
            if (!((m[17]! ^ m[18]! ^ (m[18]! << 1)) < 0)) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 132: {
            // JLE
            if (m[16] === 0 || (m[17]! ^ m[18]! ^ (m[18]! << 1)) < 0) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 133: {
            // JG
            if (m[16] !== 0 && !((m[17]! ^ m[18]! ^ (m[18]! << 1)) < 0)) {
              budget -= (c[pc + 3]! >>> 13) & 63;
              const t = c[pc + 1]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 2]!) | 0;
              link = pc;
              break;
            }
            pc += 4;
            continue;
          }
          case 134: {
            // JMP
            budget -= (c[pc + 3]! >>> 13) & 63;
            const t = c[pc + 1]!;
            if (t !== 0 && budget > 63) {
              pc = t;
              continue;
            }
            eip = (page + c[pc + 2]!) | 0;
            link = pc;
            break;
          }
          case 135: {
            // JMP_R
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = m[(w >>> 12) & 15]!;
            break;
          }
          case 136: {
            // JMP_M
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = x;
            break;
          }
          case 137: {
            // CALL
            const v = (page + (c[pc + 3]! & 0x1fff) + ((c[pc + 3]! >>> 19) & 15)) | 0;
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = v;
            else {
              cpu.pc = 0;
              cpu.writeMem32(a, v);
            }
            m[4] = a;
            budget -= (c[pc + 3]! >>> 13) & 63;
            const t = c[pc + 1]!;
            if (t !== 0 && budget > 63) {
              pc = t;
              continue;
            }
            eip = (page + c[pc + 2]!) | 0;
            link = pc;
            break;
          }
          case 138: {
            // CALL_R
            const x = m[(w >>> 12) & 15]!;
            const v = (page + (c[pc + 3]! & 0x1fff) + ((c[pc + 3]! >>> 19) & 15)) | 0;
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = v;
            else {
              cpu.pc = 0;
              cpu.writeMem32(a, v);
            }
            m[4] = a;
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = x;
            break;
          }
          case 139: {
            // CALL_M
            let x = 0;
            {
              const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
              const e = ~m[0x100000 + (a >>> 12)]!;
              const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
              x = y;
            }
            const v = (page + (c[pc + 3]! & 0x1fff) + ((c[pc + 3]! >>> 19) & 15)) | 0;
            const a = (m[4]! - 4) | 0;
            const e = ~m[0x200000 + (a >>> 12)]!;
            if (((e | a) & 3) === 0) m[(e + a) >>> 2] = v;
            else {
              cpu.pc = 0;
              cpu.writeMem32(a, v);
            }
            m[4] = a;
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = x;
            break;
          }
          case 140: {
            // RET
            const a = m[4]!;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            m[4] = a + 4;
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = x;
            break;
          }
          case 141: {
            // RET_I
            const a = m[4]!;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const x = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            m[4] = a + 4 + c[pc + 2]!;
            budget -= (c[pc + 3]! >>> 13) & 63;
            eip = x;
            break;
          }
          case 142: {
            // NEXT_BLOCK
            budget -= ((c[pc + 3]! >>> 13) & 63) - 1;
            const t = c[pc + 1]!;
            if (t !== 0 && budget > 63) {
              pc = t;
              continue;
            }
            eip = (page + (c[pc + 3]! & 0x1fff)) | 0;
            link = pc;
            break;
          }
          case 143: {
            // CMP_R_R_JB
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 < y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 144: {
            // CMP_R_R_JAE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 >= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 145: {
            // CMP_R_R_JE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x === y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 146: {
            // CMP_R_R_JNE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x !== y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 147: {
            // CMP_R_R_JBE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 <= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 148: {
            // CMP_R_R_JA
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 > y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 149: {
            // CMP_R_R_JL
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x < y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 150: {
            // CMP_R_R_JGE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 151: {
            // CMP_R_R_JLE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x <= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 152: {
            // CMP_R_R_JG
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x > y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 153: {
            // CMP_R_I_JB
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 < y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 154: {
            // CMP_R_I_JAE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 >= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 155: {
            // CMP_R_I_JE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x === y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 156: {
            // CMP_R_I_JNE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x !== y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 157: {
            // CMP_R_I_JBE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 <= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 158: {
            // CMP_R_I_JA
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 > y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 159: {
            // CMP_R_I_JL
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x < y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 160: {
            // CMP_R_I_JGE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 161: {
            // CMP_R_I_JLE
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x <= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 162: {
            // CMP_R_I_JG
            const x = m[(w >>> 8) & 15]!;
            const y = c[pc + 2]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x > y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 163: {
            // CMP_R_M_JB
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 < y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 164: {
            // CMP_R_M_JAE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 >= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 165: {
            // CMP_R_M_JE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x === y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 166: {
            // CMP_R_M_JNE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x !== y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 167: {
            // CMP_R_M_JBE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 <= y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 168: {
            // CMP_R_M_JA
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >>> 0 > y >>> 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 169: {
            // CMP_R_M_JL
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x < y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 170: {
            // CMP_R_M_JGE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x >= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 171: {
            // CMP_R_M_JLE
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x <= y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 172: {
            // CMP_R_M_JG
            const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0;
            const e = ~m[0x100000 + (a >>> 12)]!;
            const y = ((e | a) & 3) === 0 ? m[(e + a) >>> 2]! : cpu.readMem32(a);
            const x = m[(w >>> 8) & 15]!;
            const z = (x - y) | 0;
            m[16] = z;
            m[17] = z;
            m[18] = (~x & y) | ((~x | y) & z);
            if (x > y) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 173: {
            // TEST_R_R_JE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z === 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 174: {
            // TEST_R_R_JNE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z !== 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 175: {
            // TEST_R_R_JS
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z < 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 176: {
            // TEST_R_R_JNS
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z >= 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 177: {
            // TEST_R_R_JLE
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z <= 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
          case 178: {
            // TEST_R_R_JG
            const x = m[(w >>> 8) & 15]!;
            const y = m[(w >>> 12) & 15]!;
            const z = x & y;
            m[16] = z;
            m[17] = z;
            m[18] = 0;
            if (z > 0) {
              budget -= (c[pc + 7]! >>> 13) & 63;
              const t = c[pc + 5]!;
              if (t !== 0 && budget > 63) {
                pc = t;
                continue;
              }
              eip = (page + c[pc + 6]!) | 0;
              link = pc + 4;
              break;
            }
            pc += 8;
            continue;
          }
        }
        break;
      }
      pc = 0;
    }
  } catch (error) {
    if (error !== GUEST_FAULT) throw error;
    if (pc !== 0) {
      // Those that run several instructions note where they are.
      const op = c[pc]! & 0xff;
      if (op === HOT.SIMD || op === HOT.X87) pc = cpu.pc;
      const t = c[pc + 3]!;
      eip = (page + (t & 0x1fff)) | 0;
      const position = (t >>> 13) & 63;
      if (position > 0) budget -= position - 1;
    }
    cpu.eip = eip >>> 0;
    cpu.left = budget;
    return 5;
  }
  cpu.eip = eip >>> 0;
  cpu.left = budget;
  return 0;
}
