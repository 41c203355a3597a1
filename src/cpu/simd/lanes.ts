/**
 * Arithmetic on the numbers of XMM registers: quickly where that is right, exactly else. Results of packed instructions
 * are collected apart, so that an unmasked exception in any of them leaves the destination alone.
 */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { MXCSR, RESULT_AT } from '../layout.ts';
import type { Handler } from '../operands.ts';
import type { Ram } from '../ram.ts';
import { NEXT } from '../words.ts';
import { extremeLane } from './compare.ts';
import { ADD, DIV, DOUBLE, type Format, MAX, MIN, MUL, type Operation, SINGLE, SQRT, SUB } from './format.ts';
import { DE, EXCEPTIONS, IE, raise, unmasked, ZE } from './mxcsr.ts';
import { copyV, registerV, sourceV, XMM_SIZE } from './operands.ts';
import { NOT_QUICK, quickDouble, quickSingle } from './quick.ts';
import { softArithmetic } from './soft/arithmetic.ts';

type Maker = (form: Form) => Handler;

/** Exceptions that are found before a result is computed. SDM vol. 1, 11.5.2. */
const PRE_COMPUTATION = IE | DE | ZE;

/** The number at byte offset `to` = that at `a` op that at `b`; returns exceptions. */
function lane(ram: Ram, mxcsr: number, op: Operation, format: Format, to: number, a: number, b: number): number {
  if (op >= MIN) return extremeLane(ram, mxcsr, op, format, to, a, b);
  const flags =
    format === DOUBLE
      ? quickDouble(ram, mxcsr, op, to >>> 3, a >>> 3, b >>> 3)
      : quickSingle(ram, mxcsr, op, to >>> 2, a >>> 2, b >>> 2);
  if (flags !== NOT_QUICK) return flags;
  return softArithmetic(ram.i32, mxcsr, op, format, to >>> 2, a >>> 2, b >>> 2);
}

/** Raises what the lanes of a packed instruction raised: of unmasked exceptions, those before the computation first. */
export function raisePacked(cpu: Cpu, flags: number): void {
  const before = flags & PRE_COMPUTATION;
  raise(cpu, unmasked(cpu.ram.i32[MXCSR]!, before) !== 0 ? before : flags & EXCEPTIONS);
}

const packed =
  (op: Operation, format: Format): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, XMM_SIZE);
    const mxcsr = ram.i32[MXCSR]!;
    let flags = 0;
    for (let i = 0; i < XMM_SIZE; i += format) {
      flags |= lane(ram, mxcsr, op, format, RESULT_AT + i, to + i, from + i);
    }
    if (flags !== 0) raisePacked(cpu, flags);
    copyV(ram.i32, to, RESULT_AT);
    return NEXT;
  };

/** The second half of a scalar instruction that was not quick. */
function scalarSlow(cpu: Cpu, op: Operation, format: Format, to: number, from: number): number {
  const { ram } = cpu;
  const m = ram.i32;
  const flags = lane(ram, m[MXCSR]!, op, format, RESULT_AT, to, from);
  if (flags !== 0) raise(cpu, flags);
  m[to >>> 2] = m[RESULT_AT >>> 2]!;
  if (format === DOUBLE) m[(to + 4) >>> 2] = m[(RESULT_AT + 4) >>> 2]!;
  return NEXT;
}

const scalarDouble =
  (op: Operation): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, DOUBLE);
    const mxcsr = ram.i32[MXCSR]!;
    const flags = quickDouble(ram, mxcsr, op, to >>> 3, to >>> 3, from >>> 3);
    if (flags === 0) return NEXT;
    if (flags === NOT_QUICK) return scalarSlow(cpu, op, DOUBLE, to, from);
    ram.i32[MXCSR] = mxcsr | flags;
    return NEXT;
  };

const scalarSingle =
  (op: Operation): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, SINGLE);
    const mxcsr = ram.i32[MXCSR]!;
    const flags = quickSingle(ram, mxcsr, op, to >>> 2, to >>> 2, from >>> 2);
    if (flags === 0) return NEXT;
    if (flags === NOT_QUICK) return scalarSlow(cpu, op, SINGLE, to, from);
    ram.i32[MXCSR] = mxcsr | flags;
    return NEXT;
  };

const scalarExtreme =
  (op: Operation, format: Format): Handler =>
  (cpu, pc) =>
    scalarSlow(cpu, op, format, registerV(cpu, pc), sourceV(cpu, pc, format));

/** HADD and HSUB: neighbours of the destination give the lower half of the result, those of the source the upper. */
const horizontal =
  (op: Operation, format: Format): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, XMM_SIZE);
    const mxcsr = ram.i32[MXCSR]!;
    const half = XMM_SIZE / 2;
    let flags = 0;
    for (let i = 0; i < half; i += format) {
      flags |= lane(ram, mxcsr, op, format, RESULT_AT + i, to + 2 * i, to + 2 * i + format);
      flags |= lane(ram, mxcsr, op, format, RESULT_AT + half + i, from + 2 * i, from + 2 * i + format);
    }
    if (flags !== 0) raisePacked(cpu, flags);
    copyV(ram.i32, to, RESULT_AT);
    return NEXT;
  };

/** ADDSUB subtracts even numbers and adds odd ones. */
const alternating =
  (format: Format): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, XMM_SIZE);
    const mxcsr = ram.i32[MXCSR]!;
    let flags = 0;
    for (let i = 0; i < XMM_SIZE; i += format) {
      flags |= lane(ram, mxcsr, (i & format) === 0 ? SUB : ADD, format, RESULT_AT + i, to + i, from + i);
    }
    if (flags !== 0) raisePacked(cpu, flags);
    copyV(ram.i32, to, RESULT_AT);
    return NEXT;
  };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  add: ADD,
  sub: SUB,
  mul: MUL,
  div: DIV,
  sqrt: SQRT,
  min: MIN,
  max: MAX,
};

function handlersOf(name: string, op: Operation): [string, Maker][] {
  const double = op < MIN ? scalarDouble(op) : scalarExtreme(op, DOUBLE);
  const single = op < MIN ? scalarSingle(op) : scalarExtreme(op, SINGLE);
  return [
    [`${name}ps`, () => packed(op, SINGLE)],
    [`${name}pd`, () => packed(op, DOUBLE)],
    [`${name}ss`, () => single],
    [`${name}sd`, () => double],
  ];
}

export const laneHandlers: Readonly<Record<string, Maker>> = {
  ...Object.fromEntries(Object.entries(OPERATIONS).flatMap(([name, op]) => handlersOf(name, op))),
  haddps: () => horizontal(ADD, SINGLE),
  haddpd: () => horizontal(ADD, DOUBLE),
  hsubps: () => horizontal(SUB, SINGLE),
  hsubpd: () => horizontal(SUB, DOUBLE),
  addsubps: () => alternating(SINGLE),
  addsubpd: () => alternating(DOUBLE),
};
