/** Conversions of single numbers. SDM vol. 1, 4.9.1 and 11.4.1.6; vol. 2A, CVTSD2SI, CVTSD2SS. */
import type { Ram } from '../ram.ts';
import { DOUBLE, type Format, MIN_DOUBLE, MIN_SINGLE, SINGLE } from './format.ts';
import { DAZ, DE, IE, PE, RC, RC_DOWN, RC_NEAREST, RC_UP, unmasked } from './mxcsr.ts';
import { A, FINITE, QNAN, R } from './soft/number.ts';
import { packSpecial, roundPack } from './soft/round.ts';

/** Result of a conversion to an integer that has none. */
const INDEFINITE = 0x80000000 | 0;
const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);
/** Adding and subtracting it rounds what is smaller than 2^51 in magnitude to an integer, to nearest even. */
const INTEGER_MAGIC = 1.5 * 2 ** 52;

function roundToInteger(rc: number, x: number): number {
  switch (rc) {
    case RC_NEAREST:
      return x + INTEGER_MAGIC - INTEGER_MAGIC;
    case RC_DOWN:
      return Math.floor(x);
    case RC_UP:
      return Math.ceil(x);
    default:
      return Math.trunc(x);
  }
}

/** i32[to] = the number at byte offset `from` as an int32, by MXCSR's rounding or towards zero. Returns IE or PE. */
export function toInteger(
  ram: Ram,
  mxcsr: number,
  truncate: boolean,
  format: Format,
  to: number,
  from: number,
): number {
  let x = format === DOUBLE ? ram.f64[from >>> 3]! : ram.f32[from >>> 2]!;
  const size = Math.abs(x);
  // Not where infinite or a NaN.
  if (!(size < 2 ** 32)) {
    ram.i32[to >>> 2] = INDEFINITE;
    return IE;
  }
  if ((mxcsr & DAZ) !== 0 && size < (format === DOUBLE ? MIN_DOUBLE : MIN_SINGLE)) x = 0;
  const r = truncate ? Math.trunc(x) : roundToInteger(mxcsr & RC, x);
  if (r > MAX_INT || r < MIN_INT) {
    ram.i32[to >>> 2] = INDEFINITE;
    return IE;
  }
  ram.i32[to >>> 2] = r;
  return r === x ? 0 : PE;
}

/** The single at byte offset `to` = the int32 at `from`. Returns PE or 0. */
export function integerToSingle(ram: Ram, mxcsr: number, to: number, from: number): number {
  const value = ram.i32[from >>> 2]!;
  if ((mxcsr & RC) === 0) {
    const r = Math.fround(value);
    ram.f32[to >>> 2] = r;
    return r === value ? 0 : PE;
  }
  A.loadInteger(value);
  if (A.kind === FINITE) return roundPack(ram.i32, mxcsr, SINGLE, to >>> 2, A);
  packSpecial(ram.i32, SINGLE, to >>> 2, A);
  return 0;
}

/** The double at byte offset `to` = the int32 at `from`, which is exact. */
export function integerToDouble(ram: Ram, to: number, from: number): void {
  ram.f64[to >>> 3] = ram.i32[from >>> 2]!;
}

/** The double at byte offset `to` = the single at `from`. Returns IE or DE. */
export function singleToDouble(ram: Ram, mxcsr: number, to: number, from: number): number {
  const x = ram.f32[from >>> 2]!;
  const size = Math.abs(x);
  if (size < Number.POSITIVE_INFINITY && (size >= MIN_SINGLE || size === 0)) {
    ram.f64[to >>> 3] = x;
    return 0;
  }
  return convertSlowly(ram, mxcsr, SINGLE, DOUBLE, to, from);
}

/** The single at byte offset `to` = the double at `from`. Returns any exceptions but ZE. */
export function doubleToSingle(ram: Ram, mxcsr: number, to: number, from: number): number {
  const x = ram.f64[from >>> 3]!;
  const r = Math.fround(x);
  const size = Math.abs(r);
  if ((mxcsr & RC) === 0 && size < Number.POSITIVE_INFINITY && (size > MIN_SINGLE || x === 0)) {
    ram.f32[to >>> 2] = r;
    return r === x ? 0 : PE;
  }
  return convertSlowly(ram, mxcsr, DOUBLE, SINGLE, to, from);
}

function convertSlowly(ram: Ram, mxcsr: number, source: Format, destination: Format, to: number, from: number): number {
  const m = ram.i32;
  A.load(m, mxcsr, source, from >>> 2);
  if (A.kind >= QNAN) {
    const flags = R.setQuiet(A);
    packSpecial(m, destination, to >>> 2, R);
    return flags;
  }
  if (A.kind !== FINITE) {
    packSpecial(m, destination, to >>> 2, A);
    return 0;
  }
  const before = A.denormal ? DE : 0;
  return unmasked(mxcsr, before) !== 0 ? before : before | roundPack(m, mxcsr, destination, to >>> 2, A);
}
