/** What kind of number a register holds, and how NaNs go through. SDM vol. 1, 4.8 and 8.2.2. */
import { EXPONENT, IE, INTEGER_BIT, QUIET_BIT, R, SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';

/** Kinds, ordered so that `kind > INFINITY` is a NaN or an unsupported encoding. */
export const ZERO = 0;
export const NORMAL = 1;
/** Denormals and pseudo-denormals (exponent 0 with the integer bit set). */
export const DENORMAL = 2;
export const INFINITY = 3;
export const QNAN = 4;
export const SNAN = 5;
/** Pseudo-NaNs, pseudo-infinities and unnormals. */
export const UNSUPPORTED = 6;

export function kindOf(f: Fpu, slot: number): number {
  const exponent = f.se[slot]! & EXPONENT;
  const hi = f.hi[slot]!;
  if (exponent === 0) return (hi | f.lo[slot]!) === 0 ? ZERO : DENORMAL;
  if (hi >= 0) return UNSUPPORTED;
  if (exponent !== EXPONENT) return NORMAL;
  if ((hi | INTEGER_BIT) === INTEGER_BIT && f.lo[slot] === 0) return INFINITY;
  return (hi & QUIET_BIT) !== 0 ? QNAN : SNAN;
}

/** Invalid operation: R becomes the real indefinite. */
export function invalid(f: Fpu): number {
  f.setIndefinite(R);
  return IE;
}

/** R = NaN operand, quieted. Returns IE when it was signalling. */
export function quiet(f: Fpu, slot: number, kind: number): number {
  if (kind === UNSUPPORTED) return invalid(f);
  f.copy(R, slot);
  f.hi[R] = f.hi[R]! | QUIET_BIT;
  return kind === SNAN ? IE : 0;
}

/**
 * R = the NaN that a two-operand instruction delivers, at least one operand being a NaN or unsupported.
 * SDM vol. 1, table 4-7: of two NaNs of one kind the larger significand, a quiet one before a signalling one.
 */
export function propagate(f: Fpu, a: number, kindA: number, b: number, kindB: number): number {
  if (kindA === UNSUPPORTED || kindB === UNSUPPORTED) return invalid(f);
  const signalling = kindA === SNAN || kindB === SNAN ? IE : 0;
  const chosen = kindB < QNAN ? a : kindA < QNAN ? b : kindA !== kindB ? (kindA === QNAN ? a : b) : larger(f, a, b);
  f.copy(R, chosen);
  f.hi[R] = f.hi[R]! | QUIET_BIT;
  return signalling;
}

/** The NaN with the larger significand; of equal ones the positive. */
function larger(f: Fpu, a: number, b: number): number {
  const order = compareSignificands(f.hi[a]!, f.lo[a]!, f.hi[b]!, f.lo[b]!);
  if (order !== 0) return order > 0 ? a : b;
  return (f.se[a]! & SIGN) === 0 ? a : b;
}

/** -1, 0 or 1 as a < b, a = b, a > b, unsigned 64-bit. */
export function compareSignificands(ah: number, al: number, bh: number, bl: number): number {
  if (ah !== bh) return ah >>> 0 < bh >>> 0 ? -1 : 1;
  if (al !== bl) return al >>> 0 < bl >>> 0 ? -1 : 1;
  return 0;
}

/** Left shift that brings the top bit of a significand that is not zero to bit 63. */
export function leadingZeros(hi: number, lo: number): number {
  return hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo);
}

/** Upper half of a 64-bit left shift by n, 0..63. */
export function shiftLeftHi(hi: number, lo: number, n: number): number {
  if (n === 0) return hi;
  return n < 32 ? (hi << n) | (lo >>> (32 - n)) : lo << (n - 32);
}

/** Lower half of the same. */
export function shiftLeftLo(lo: number, n: number): number {
  return n < 32 ? lo << n : 0;
}
