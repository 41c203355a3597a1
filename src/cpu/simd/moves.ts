/** Moves of XMM registers. SDM vol. 2B, MOVAPS and what follows. */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { EDI, OPERAND_AT, SECOND_AT } from '../layout.ts';
import {
  addressMask,
  baseNumber,
  type Handler,
  isMemory,
  linearE,
  readE,
  readG,
  regNumber,
  segmentOf,
  writeE,
  writeG,
} from '../operands.ts';
import { NEXT } from '../words.ts';
import { checkMmx, enterMmx, readMmx, writeMmx } from './mmx.ts';
import {
  copyV,
  loadLinear,
  registerU,
  registerV,
  sourceUnaligned,
  sourceV,
  storeUnaligned,
  storeV,
  XMM_SIZE,
} from './operands.ts';

type Maker = (form: Form) => Handler;

const HALF = 8;
const WORD = 4;

/** Sixteen bytes, either way: MOVAPS and its kin with alignment, MOVUPS and its kin without. */
const whole =
  (aligned: boolean): Maker =>
  (form) => {
    const source = aligned ? (cpu: Cpu, pc: number) => sourceV(cpu, pc, XMM_SIZE) : sourceUnaligned;
    const store = aligned
      ? (cpu: Cpu, pc: number, from: number) => storeV(cpu, pc, from, XMM_SIZE)
      : (cpu: Cpu, pc: number, from: number) => storeUnaligned(cpu, pc, from);
    if (form.shape === 'G,E') {
      return (cpu, pc) => {
        copyV(cpu.ram.i32, registerV(cpu, pc), source(cpu, pc));
        return NEXT;
      };
    }
    return (cpu, pc) => {
      if (isMemory(cpu, pc)) store(cpu, pc, registerV(cpu, pc));
      else copyV(cpu.ram.i32, registerU(cpu, pc), registerV(cpu, pc));
      return NEXT;
    };
  };

/** Copies 4 or 8 bytes. */
function copyNumber(m: Int32Array, to: number, from: number, size: number): void {
  m[to >>> 2] = m[from >>> 2]!;
  if (size === HALF) m[(to + WORD) >>> 2] = m[(from + WORD) >>> 2]!;
}

/** Zeros from byte `size` to the end of a register. */
function clearAbove(m: Int32Array, to: number, size: number): void {
  for (let i = size; i < XMM_SIZE; i += WORD) m[(to + i) >>> 2] = 0;
}

/** MOVSS and MOVSD: from memory the rest of the register becomes zero, between registers it stays. */
const scalar =
  (size: number): Maker =>
  (form) => {
    if (form.shape === 'G,E') {
      return (cpu, pc) => {
        const m = cpu.ram.i32;
        const to = registerV(cpu, pc);
        copyNumber(m, to, sourceV(cpu, pc, size), size);
        if (isMemory(cpu, pc)) clearAbove(m, to, size);
        return NEXT;
      };
    }
    return (cpu, pc) => {
      if (isMemory(cpu, pc)) storeV(cpu, pc, registerV(cpu, pc), size);
      else copyNumber(cpu.ram.i32, registerU(cpu, pc), registerV(cpu, pc), size);
      return NEXT;
    };
  };

/** MOVLPS and MOVHPS, to memory or from it: `offset` says which half. */
const loadHalf =
  (offset: number): Handler =>
  (cpu, pc) => {
    copyNumber(cpu.ram.i32, registerV(cpu, pc) + offset, sourceV(cpu, pc, HALF), HALF);
    return NEXT;
  };

const storeHalf =
  (offset: number): Handler =>
  (cpu, pc) => {
    storeV(cpu, pc, registerV(cpu, pc) + offset, HALF);
    return NEXT;
  };

/** MOVHLPS and MOVLHPS: one half of the source to the other of the destination. */
const crossHalf =
  (to: number, from: number): Handler =>
  (cpu, pc) => {
    copyNumber(cpu.ram.i32, registerV(cpu, pc) + to, registerU(cpu, pc) + from, HALF);
    return NEXT;
  };

const movdToXmm: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  const to = registerV(cpu, pc);
  m[to >>> 2] = readE(cpu, pc, WORD);
  clearAbove(m, to, WORD);
  return NEXT;
};

const movdFromXmm: Handler = (cpu, pc) => {
  writeE(cpu, pc, WORD, cpu.ram.i32[registerV(cpu, pc) >>> 2]!);
  return NEXT;
};

const movqToXmm: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  const to = registerV(cpu, pc);
  copyNumber(m, to, sourceV(cpu, pc, HALF), HALF);
  clearAbove(m, to, HALF);
  return NEXT;
};

const movqFromXmm: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  if (isMemory(cpu, pc)) {
    storeV(cpu, pc, registerV(cpu, pc), HALF);
    return NEXT;
  }
  const to = registerU(cpu, pc);
  copyNumber(m, to, registerV(cpu, pc), HALF);
  clearAbove(m, to, HALF);
  return NEXT;
};

const movq2dq: Handler = (cpu, pc) => {
  checkMmx(cpu);
  const m = cpu.ram.i32;
  const to = registerV(cpu, pc);
  copyNumber(m, to, readMmx(cpu, baseNumber(cpu, pc), OPERAND_AT), HALF);
  clearAbove(m, to, HALF);
  enterMmx(cpu);
  return NEXT;
};

const movdq2q: Handler = (cpu, pc) => {
  checkMmx(cpu);
  enterMmx(cpu);
  writeMmx(cpu, regNumber(cpu, pc), registerU(cpu, pc));
  return NEXT;
};

const movnti: Handler = (cpu, pc) => {
  writeE(cpu, pc, WORD, readG(cpu, pc, WORD));
  return NEXT;
};

/** MOVMSKPS and MOVMSKPD: the sign bits of numbers of `size` bytes. */
const signs =
  (size: number): Handler =>
  (cpu, pc) => {
    const m = cpu.ram.i32;
    const from = registerU(cpu, pc);
    let mask = 0;
    for (let i = XMM_SIZE; i > 0; i -= size) mask = (mask << 1) | (m[(from + i - WORD) >>> 2]! >>> 31);
    writeG(cpu, pc, WORD, mask);
    return NEXT;
  };

/**
 * MASKMOVDQU: the bytes whose mask byte has its top bit set, to DS:EDI. All sixteen are checked against the segment,
 * and for alignment as two halves; pages only where bytes are stored, which the manual leaves open.
 */
const maskmovdqu: Handler = (cpu, pc) => {
  const { u8, i32 } = cpu.ram;
  const linear = cpu.linear(segmentOf(cpu, pc), i32[EDI]! & addressMask(cpu, pc), XMM_SIZE, true);
  cpu.checkAlignment(linear, HALF);
  const from = registerV(cpu, pc);
  const mask = registerU(cpu, pc);
  for (let i = 0; i < XMM_SIZE; i++) if (u8[mask + i]! > 0x7f) cpu.probeWrite((linear + i) | 0, 1);
  for (let i = 0; i < XMM_SIZE; i++) if (u8[mask + i]! > 0x7f) cpu.writeMem8((linear + i) | 0, u8[from + i]!);
  return NEXT;
};

const movddup: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  const to = registerV(cpu, pc);
  const from = isMemory(cpu, pc) ? loadLinear(cpu, linearE(cpu, pc, HALF, false), HALF) : registerU(cpu, pc);
  copyNumber(m, to, from, HALF);
  copyNumber(m, to + HALF, to, HALF);
  return NEXT;
};

/** A copy of the source at OPERAND_AT, of the destination at SECOND_AT, so that a result may overwrite either. */
function copies(cpu: Cpu, pc: number): void {
  const m = cpu.ram.i32;
  copyV(m, OPERAND_AT, sourceV(cpu, pc, XMM_SIZE));
  copyV(m, SECOND_AT, registerV(cpu, pc));
}

/** Word n of a result: words 0 to 3 of the destination, 4 to 7 of the source. */
type Choice = (immediate: number) => readonly number[];

const CHOICES = 256;

/** A shuffle of words: SHUFPS, UNPCKLPS, MOVSLDUP and the like. `choose` is asked once for each immediate. */
function shuffle(choose: Choice, immediates: number): Handler {
  const table = Uint8Array.from(
    Array.from({ length: immediates }, (_, immediate) => choose(immediate)).flat(),
    (word) => (word < WORD ? SECOND_AT : OPERAND_AT - XMM_SIZE) / WORD + word,
  );
  return (cpu, pc) => {
    copies(cpu, pc);
    const m = cpu.ram.i32;
    const to = registerV(cpu, pc) >>> 2;
    const row = immediates === 1 ? 0 : (cpu.code[pc + 2]! & 0xff) * WORD;
    for (let i = 0; i < WORD; i++) m[to + i] = m[table[row + i]!]!;
    return NEXT;
  };
}

const fixed = (...words: number[]): Handler => shuffle(() => words, 1);

const shufps: Choice = (n) => [n & 3, (n >> 2) & 3, 4 + ((n >> 4) & 3), 4 + ((n >> 6) & 3)];

const shufpd: Choice = (n) => {
  const low = (n & 1) * 2;
  const high = 4 + ((n >> 1) & 1) * 2;
  return [low, low + 1, high, high + 1];
};

export const moveHandlers: Readonly<Record<string, Maker>> = {
  movaps: whole(true),
  movups: whole(false),
  movss: scalar(WORD),
  movsd: scalar(HALF),
  loadLow: () => loadHalf(0),
  loadHigh: () => loadHalf(HALF),
  storeLow: () => storeHalf(0),
  storeHigh: () => storeHalf(HALF),
  movhlps: () => crossHalf(0, HALF),
  movlhps: () => crossHalf(HALF, 0),
  movdToXmm: () => movdToXmm,
  movdFromXmm: () => movdFromXmm,
  movqToXmm: () => movqToXmm,
  movqFromXmm: () => movqFromXmm,
  movq2dq: () => movq2dq,
  movdq2q: () => movdq2q,
  movnti: () => movnti,
  movmskps: () => signs(WORD),
  movmskpd: () => signs(HALF),
  maskmovdqu: () => maskmovdqu,
  unpcklps: () => fixed(0, 4, 1, 5),
  unpckhps: () => fixed(2, 6, 3, 7),
  unpcklpd: () => fixed(0, 1, 4, 5),
  unpckhpd: () => fixed(2, 3, 6, 7),
  shufps: () => shuffle(shufps, CHOICES),
  shufpd: () => shuffle(shufpd, CHOICES),
  movddup: () => movddup,
  movsldup: () => fixed(4, 4, 6, 6),
  movshdup: () => fixed(5, 5, 7, 7),
};
