/** Comparisons: CMPcc, COMI, UCOMI, MIN, MAX. SDM vol. 1, 11.5.2; vol. 2A, CMPPD, COMISD; vol. 2B, MAXPD, MINPD. */
import type { Ram } from '../ram.ts';
import { DOUBLE, type Format, MIN, MIN_DOUBLE, MIN_SINGLE, type Operation } from './format.ts';
import { DAZ, DE, IE } from './mxcsr.ts';

/** Predicates of CMPcc, without their negation (bit 2). */
const EQ = 0;
const LT = 1;
const LE = 2;
const NEGATED = 4;

const DOUBLE_QUIET = 0x00080000;
const SINGLE_QUIET = 0x00400000;
const SIGN = 0x80000000 | 0;

/** The value at byte offset `at`; exceptions go to `flags`. A denormal is zero with DAZ. */
function read(ram: Ram, mxcsr: number, format: Format, at: number): number {
  const x = format === DOUBLE ? ram.f64[at >>> 3]! : ram.f32[at >>> 2]!;
  const size = Math.abs(x);
  if (size >= (format === DOUBLE ? MIN_DOUBLE : MIN_SINGLE) || size === 0) return x;
  // biome-ignore lint/suspicious/noSelfCompare: a NaN
  if (x !== x) {
    const quiet = format === DOUBLE ? ram.i32[(at >>> 2) + 1]! & DOUBLE_QUIET : ram.i32[at >>> 2]! & SINGLE_QUIET;
    nan = true;
    if (quiet === 0) invalid = IE;
    return x;
  }
  if ((mxcsr & DAZ) !== 0) return 0;
  denormal = DE;
  return x;
}

/** Of the operands that were read since `begin`. */
let nan = false;
let invalid = 0;
let denormal = 0;

function begin(): void {
  nan = false;
  invalid = 0;
  denormal = 0;
}

/** Exceptions of a comparison, for which quiet NaNs are as good as numbers or not. An invalid operand goes first. */
function exceptions(quietIsInvalid: boolean): number {
  if (nan) return quietIsInvalid ? IE : invalid;
  return denormal;
}

/** i32 words at `to` = all ones where the predicate holds of the numbers at `a` and `b`, else zeros. Returns exceptions. */
export function compareLane(
  ram: Ram,
  mxcsr: number,
  predicate: number,
  format: Format,
  to: number,
  a: number,
  b: number,
): number {
  begin();
  const x = read(ram, mxcsr, format, a);
  const y = read(ram, mxcsr, format, b);
  const kind = predicate & ~NEGATED;
  const holds = kind === EQ ? x === y : kind === LT ? x < y : kind === LE ? x <= y : nan;
  const mask = holds === ((predicate & NEGATED) === 0) ? -1 : 0;
  ram.i32[to >>> 2] = mask;
  if (format === DOUBLE) ram.i32[(to >>> 2) + 1] = mask;
  return exceptions(kind === LT || kind === LE);
}

/** Results of `order`. */
export const LESS = 0;
export const EQUAL = 1;
export const GREATER = 2;
export const UNORDERED = 3;

/** What `order` found besides: exceptions of COMI and UCOMI. */
export const orderExceptions = (quietIsInvalid: boolean): number => exceptions(quietIsInvalid);

export function order(ram: Ram, mxcsr: number, format: Format, a: number, b: number): number {
  begin();
  const x = read(ram, mxcsr, format, a);
  const y = read(ram, mxcsr, format, b);
  if (nan) return UNORDERED;
  return x < y ? LESS : x > y ? GREATER : EQUAL;
}

/**
 * The number at `to` = the smaller (larger) of those at `a` and `b`. With a NaN, or two zeros, it is the second as it
 * is, and any NaN is invalid. Returns exceptions.
 */
export function extremeLane(
  ram: Ram,
  mxcsr: number,
  op: Operation,
  format: Format,
  to: number,
  a: number,
  b: number,
): number {
  begin();
  const x = read(ram, mxcsr, format, a);
  const y = read(ram, mxcsr, format, b);
  const first = op === MIN ? x < y : x > y;
  const from = (first ? a : b) >>> 2;
  const t = to >>> 2;
  const m = ram.i32;
  const flushed = (first ? x : y) === 0;
  // A denormal that DAZ made a zero keeps its sign only.
  if (format === DOUBLE) {
    const high = m[from + 1]!;
    m[t] = flushed ? 0 : m[from]!;
    m[t + 1] = flushed ? high & SIGN : high;
  } else m[t] = flushed ? m[from]! & SIGN : m[from]!;
  return exceptions(true);
}
