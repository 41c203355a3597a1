/** CVT instructions: from where to where, and how many. */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { MXCSR, OPERAND_AT, RESULT_AT } from '../layout.ts';
import { type Handler, isMemory, readE, writeG } from '../operands.ts';
import type { Ram } from '../ram.ts';
import { NEXT } from '../words.ts';
import { doubleToSingle, integerToDouble, integerToSingle, singleToDouble, toInteger } from './convert.ts';
import { DOUBLE, type Format, SINGLE } from './format.ts';
import { raisePacked } from './lanes.ts';
import { checkMmx, enterMmx, sourceQ, writeP } from './mmx.ts';
import { raise } from './mxcsr.ts';
import { copyV, registerV, sourceV, XMM_SIZE } from './operands.ts';

type Maker = (form: Form) => Handler;

/** One conversion of a packed one: the number at byte offset `to` from that at `from`; returns exceptions. */
type Conversion = (ram: Ram, mxcsr: number, to: number, from: number) => number;

const INT = 4;
const HALF = 8;

const singleToInt: Conversion = (ram, mxcsr, to, from) => toInteger(ram, mxcsr, false, SINGLE, to, from);
const singleToIntTruncated: Conversion = (ram, mxcsr, to, from) => toInteger(ram, mxcsr, true, SINGLE, to, from);
const doubleToInt: Conversion = (ram, mxcsr, to, from) => toInteger(ram, mxcsr, false, DOUBLE, to, from);
const doubleToIntTruncated: Conversion = (ram, mxcsr, to, from) => toInteger(ram, mxcsr, true, DOUBLE, to, from);
const intToDouble: Conversion = (ram, _mxcsr, to, from) => {
  integerToDouble(ram, to, from);
  return 0;
};

/** How many numbers, and their sizes in source and destination. */
interface Lanes {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}
const FOUR: Lanes = { count: 4, from: 4, to: 4 };
const WIDEN: Lanes = { count: 2, from: 4, to: 8 };
const NARROW: Lanes = { count: 2, from: 8, to: 4 };
const TWO: Lanes = { count: 2, from: 4, to: 4 };

/** Converts all lanes into RESULT_AT and raises what came of it. */
function convertAll(cpu: Cpu, convert: Conversion, lanes: Lanes, from: number): void {
  const { ram } = cpu;
  const mxcsr = ram.i32[MXCSR]!;
  let flags = 0;
  for (let i = 0; i < lanes.count; i++) flags |= convert(ram, mxcsr, RESULT_AT + i * lanes.to, from + i * lanes.from);
  if (flags !== 0) raisePacked(cpu, flags);
}

/** XMM to XMM; what is left of the destination becomes zero. */
const packed =
  (convert: Conversion, lanes: Lanes): Maker =>
  () =>
  (cpu, pc) => {
    const m = cpu.ram.i32;
    convertAll(cpu, convert, lanes, sourceV(cpu, pc, lanes.count * lanes.from));
    for (let i = lanes.count * lanes.to; i < XMM_SIZE; i += INT) m[(RESULT_AT + i) >>> 2] = 0;
    copyV(m, registerV(cpu, pc), RESULT_AT);
    return NEXT;
  };

/** XMM or memory to an MMX register. An unmasked exception leaves the register alone, but in MMX mode. */
const toMmx =
  (convert: Conversion, lanes: Lanes): Maker =>
  () =>
  (cpu, pc) => {
    checkMmx(cpu);
    const from = sourceV(cpu, pc, lanes.count * lanes.from);
    enterMmx(cpu);
    convertAll(cpu, convert, lanes, from);
    writeP(cpu, pc, RESULT_AT);
    return NEXT;
  };

/** MMX or memory to the lower half (CVTPI2PS) or all of an XMM register. From memory it is no MMX instruction. */
const fromMmx =
  (convert: Conversion, lanes: Lanes): Maker =>
  () =>
  (cpu, pc) => {
    const m = cpu.ram.i32;
    const mmx = !isMemory(cpu, pc);
    if (mmx) checkMmx(cpu);
    const from = sourceQ(cpu, pc);
    if (mmx) enterMmx(cpu);
    convertAll(cpu, convert, lanes, from);
    const to = registerV(cpu, pc) >>> 2;
    for (let i = 0; i < (lanes.count * lanes.to) / INT; i++) m[to + i] = m[(RESULT_AT >>> 2) + i]!;
    return NEXT;
  };

/** A single number to a register. */
const scalarToInt =
  (truncate: boolean, format: Format): Maker =>
  () =>
  (cpu, pc) => {
    const { ram } = cpu;
    const from = sourceV(cpu, pc, format);
    const flags = toInteger(ram, ram.i32[MXCSR]!, truncate, format, RESULT_AT, from);
    if (flags !== 0) raise(cpu, flags);
    writeG(cpu, pc, INT, ram.i32[RESULT_AT >>> 2]!);
    return NEXT;
  };

const cvtsi2sd: Handler = (cpu, pc) => {
  const value = readE(cpu, pc, INT);
  cpu.ram.f64[registerV(cpu, pc) >>> 3] = value;
  return NEXT;
};

const cvtsi2ss: Handler = (cpu, pc) => {
  const { ram } = cpu;
  const m = ram.i32;
  m[OPERAND_AT >>> 2] = readE(cpu, pc, INT);
  const flags = integerToSingle(ram, m[MXCSR]!, RESULT_AT, OPERAND_AT);
  if (flags !== 0) raise(cpu, flags);
  m[registerV(cpu, pc) >>> 2] = m[RESULT_AT >>> 2]!;
  return NEXT;
};

const scalar =
  (convert: Conversion, from: number, to: number): Maker =>
  () =>
  (cpu, pc) => {
    const { ram } = cpu;
    const m = ram.i32;
    const flags = convert(ram, m[MXCSR]!, RESULT_AT, sourceV(cpu, pc, from));
    if (flags !== 0) raise(cpu, flags);
    const t = registerV(cpu, pc) >>> 2;
    m[t] = m[RESULT_AT >>> 2]!;
    if (to === HALF) m[t + 1] = m[(RESULT_AT + INT) >>> 2]!;
    return NEXT;
  };

export const conversionHandlers: Readonly<Record<string, Maker>> = {
  cvtpi2ps: fromMmx(integerToSingle, TWO),
  cvtpi2pd: fromMmx(intToDouble, WIDEN),
  cvtsi2ss: () => cvtsi2ss,
  cvtsi2sd: () => cvtsi2sd,
  cvttps2pi: toMmx(singleToIntTruncated, TWO),
  cvttpd2pi: toMmx(doubleToIntTruncated, NARROW),
  cvttss2si: scalarToInt(true, SINGLE),
  cvttsd2si: scalarToInt(true, DOUBLE),
  cvtps2pi: toMmx(singleToInt, TWO),
  cvtpd2pi: toMmx(doubleToInt, NARROW),
  cvtss2si: scalarToInt(false, SINGLE),
  cvtsd2si: scalarToInt(false, DOUBLE),
  cvtps2pd: packed(singleToDouble, WIDEN),
  cvtpd2ps: packed(doubleToSingle, NARROW),
  cvtss2sd: scalar(singleToDouble, SINGLE, DOUBLE),
  cvtsd2ss: scalar(doubleToSingle, DOUBLE, SINGLE),
  cvtdq2ps: packed(integerToSingle, FOUR),
  cvtps2dq: packed(singleToInt, FOUR),
  cvttps2dq: packed(singleToIntTruncated, FOUR),
  cvttpd2dq: packed(doubleToIntTruncated, NARROW),
  cvtdq2pd: packed(intToDouble, WIDEN),
  cvtpd2dq: packed(doubleToInt, NARROW),
};
