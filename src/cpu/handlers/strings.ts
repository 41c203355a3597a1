/**
 * String instructions. A repeated one counts as one instruction, when it completes; ECX, ESI and EDI tell its progress
 * at a fault, after which it is entered again at the same eip. It is never cut by a budget.
 * Long runs of MOVS and STOS go page by page.
 */
import * as alu from '../alu.ts';
import type { Cpu } from '../cpu.ts';
import { zeroFlag } from '../flags.ts';
import type { Form } from '../forms.ts';
import { CARRY, EAX, ECX, EDI, ES, ESI, RESULT, SIGN } from '../layout.ts';
import {
  addressMask,
  type Handler,
  readLinear,
  readRegister,
  segmentOf,
  shiftOf,
  sizeOf,
  writeLinear,
  writeRegister,
} from '../operands.ts';
import { PAGE_MASK, PAGE_SIZE } from '../ram.ts';
import { NEXT, REP_SHIFT } from '../words.ts';

type Maker = (form: Form) => Handler;
const REPNE = 1;

const repOf = (cpu: Cpu, pc: number): number => (cpu.code[pc]! >>> REP_SHIFT) & 3;

/** One iteration with elements of `n` bytes. */
type Step = (cpu: Cpu, pc: number, n: number, mask: number) => void;

function advance(cpu: Cpu, register: number, delta: number, mask: number): void {
  const m = cpu.ram.i32;
  const old = m[register]!;
  m[register] = (old & ~mask) | ((old + delta) & mask);
}

const stride = (cpu: Cpu, n: number): number => (cpu.backward ? -n : n);

const source = (cpu: Cpu, pc: number, n: number, mask: number): number =>
  readLinear(cpu, cpu.linear(segmentOf(cpu, pc), cpu.ram.i32[ESI]! & mask, n, false), n);

const destination = (cpu: Cpu, n: number, mask: number, write: boolean): number =>
  cpu.linear(ES, cpu.ram.i32[EDI]! & mask, n, write);

const movs: Step = (cpu, pc, n, mask) => {
  const value = source(cpu, pc, n, mask);
  writeLinear(cpu, destination(cpu, n, mask, true), n, value);
  advance(cpu, ESI, stride(cpu, n), mask);
  advance(cpu, EDI, stride(cpu, n), mask);
};

const stos: Step = (cpu, _pc, n, mask) => {
  writeLinear(cpu, destination(cpu, n, mask, true), n, cpu.ram.i32[EAX]!);
  advance(cpu, EDI, stride(cpu, n), mask);
};

const lods: Step = (cpu, pc, n, mask) => {
  writeRegister(cpu, EAX, n, source(cpu, pc, n, mask));
  advance(cpu, ESI, stride(cpu, n), mask);
};

const cmps: Step = (cpu, pc, n, mask) => {
  // The order shows when both pages are missing: processors take ES:EDI first.
  const b = readLinear(cpu, destination(cpu, n, mask, false), n);
  const a = source(cpu, pc, n, mask);
  alu.sub(cpu.ram.i32, shiftOf(n), a, b);
  advance(cpu, ESI, stride(cpu, n), mask);
  advance(cpu, EDI, stride(cpu, n), mask);
};

const scas: Step = (cpu, _pc, n, mask) => {
  const b = readLinear(cpu, destination(cpu, n, mask, false), n);
  alu.sub(cpu.ram.i32, shiftOf(n), readRegister(cpu, EAX, n), b);
  advance(cpu, EDI, stride(cpu, n), mask);
};

/** Copies or fills as many whole elements as lie within the current pages; returns how many, 0 when not simple. */
type Run = (cpu: Cpu, pc: number, n: number, count: number) => number;

/** Elements of `n` bytes from `linear` to the end of its page. */
const roomFor = (linear: number, n: number): number => Math.floor((PAGE_SIZE - (linear & PAGE_MASK)) / n);

const movsRun: Run = (cpu, pc, n, count) => {
  const m = cpu.ram.i32;
  const from = cpu.linear(segmentOf(cpu, pc), m[ESI]!, n, false);
  const to = cpu.linear(ES, m[EDI]!, n, true);
  const elements = Math.min(count, roomFor(from, n), roomFor(to, n));
  if (elements < 2) return 0;
  const bytes = elements * n;
  const hostFrom = cpu.hostRead(from);
  const hostTo = cpu.hostWrite(to, bytes);
  // A destination just above its source repeats what was copied before: only element by element gives that.
  if (hostTo > hostFrom && hostTo < hostFrom + bytes) return 0;
  cpu.ram.u8.copyWithin(hostTo, hostFrom, hostFrom + bytes);
  m[ESI] = m[ESI]! + bytes;
  m[EDI] = m[EDI]! + bytes;
  return elements;
};

const stosRun: Run = (cpu, _pc, n, count) => {
  const m = cpu.ram.i32;
  const to = cpu.linear(ES, m[EDI]!, n, true);
  const elements = Math.min(count, roomFor(to, n));
  if (elements < 2) return 0;
  const at = cpu.hostWrite(to, elements * n);
  fillElements(cpu, at, n, elements, m[EAX]!);
  m[EDI] = m[EDI]! + elements * n;
  return elements;
};

function fillElements(cpu: Cpu, at: number, n: number, elements: number, value: number): void {
  if (n === 1) {
    cpu.ram.u8.fill(value, at, at + elements);
    return;
  }
  if (n === 4 && (at & 3) === 0) {
    cpu.ram.i32.fill(value, at >>> 2, (at >>> 2) + elements);
    return;
  }
  const u8 = cpu.ram.u8;
  for (let i = 0; i < elements * n; i++) u8[at + i] = value >>> (((i % n) * 8) & 31);
}

/** Runs are only for flat segments, forward, 32-bit addresses, no alignment checks, no debug exceptions between. */
const simple = (cpu: Cpu, pc: number, mask: number): boolean =>
  mask === -1 &&
  !cpu.countsIterations &&
  !cpu.backward &&
  cpu.isFlat(segmentOf(cpu, pc)) &&
  cpu.isFlat(ES) &&
  !cpu.checksAlignment;

function repeated(step: Step, run: Run | null): Maker {
  return (form) => {
    const size = sizeOf(form);
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const mask = addressMask(cpu, pc);
      if (repOf(cpu, pc) === 0) {
        step(cpu, pc, n, mask);
        return NEXT;
      }
      const m = cpu.ram.i32;
      const runs = run !== null && simple(cpu, pc, mask);
      while ((m[ECX]! & mask) !== 0) {
        const done = runs ? run(cpu, pc, n, m[ECX]! >>> 0) : 0;
        if (done === 0) step(cpu, pc, n, mask);
        advance(cpu, ECX, done === 0 ? -1 : -done, mask);
        if (cpu.countsIterations && (m[ECX]! & mask) !== 0) cpu.iterated();
      }
      return NEXT;
    };
  };
}

/**
 * Until ECX is used up or ZF is `stopOn`. A fault restores the flags from before the instruction, while the registers
 * keep the progress (SDM vol. 2B, REP).
 */
function compareRepeatedly(cpu: Cpu, pc: number, n: number, mask: number, step: Step, stopOn: number): void {
  const m = cpu.ram.i32;
  const result = m[RESULT]!;
  const sign = m[SIGN]!;
  const carry = m[CARRY]!;
  let done = false;
  try {
    while ((m[ECX]! & mask) !== 0) {
      step(cpu, pc, n, mask);
      advance(cpu, ECX, -1, mask);
      if (zeroFlag(m) === stopOn) break;
      if (cpu.countsIterations && (m[ECX]! & mask) !== 0) {
        // What stops it here is no fault: the flags are those of the last comparison.
        done = true;
        cpu.iterated();
        done = false;
      }
    }
    done = true;
  } finally {
    if (!done) {
      m[RESULT] = result;
      m[SIGN] = sign;
      m[CARRY] = carry;
    }
  }
}

/** REPE and REPNE: the loop also ends on ZF. */
function compared(step: Step): Maker {
  return (form) => {
    const size = sizeOf(form);
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const mask = addressMask(cpu, pc);
      const rep = repOf(cpu, pc);
      if (rep === 0) {
        step(cpu, pc, n, mask);
        return NEXT;
      }
      compareRepeatedly(cpu, pc, n, mask, step, rep === REPNE ? 1 : 0);
      return NEXT;
    };
  };
}

export const stringHandlers: Readonly<Record<string, Maker>> = {
  movs: repeated(movs, movsRun),
  stos: repeated(stos, stosRun),
  lods: repeated(lods, null),
  cmps: compared(cmps),
  scas: compared(scas),
};
