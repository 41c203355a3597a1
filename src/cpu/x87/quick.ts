/**
 * Sums and products of ordinary numbers, rounded to nearest at extended precision: in one function each, for that is
 * where floating-point programs spend their time. Anything else is arithmetic.ts's.
 */
import { multiplyHigh } from './arithmetic.ts';
import { BIAS, EXPONENT, INTEGER_BIT, PE, SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';

/** Not quick: nothing was done. */
export const NOT_QUICK = -1;
/** Position of C1 in the status word. */
const C1_SHIFT = 9;

/** Exponents within which no sum overflows or underflows; for products the sum of both must be within the second pair. */
const LOWEST = 128;
const HIGHEST = EXPONENT - LOWEST;
const LOWEST_PRODUCT = BIAS + LOWEST;
const HIGHEST_PRODUCT = BIAS + HIGHEST;

/** 1 when the addition of two words, which gave `sum`, carried. No branch: a processor could not predict it. */
function carryOf(a: number, b: number, sum: number): number {
  return ((a & b) | ((a | b) & ~sum)) >>> 31;
}

/** 1 when the subtraction of two words, which gave `difference`, borrowed. */
function borrowOf(a: number, b: number, difference: number): number {
  return ((~a & b) | ((~a | b) & difference)) >>> 31;
}

/** 1 when the first of two significands is below the second. */
function isBelow(ah: number, al: number, bh: number, bl: number): number {
  return ah >>> 0 < bh >>> 0 || (ah === bh && al >>> 0 < bl >>> 0) ? 1 : 0;
}

/** Register `to` = the significand followed by `ext` (see round.ts), rounded to nearest. Returns PE and C1. */
function keep(f: Fpu, to: number, se: number, hi: number, lo: number, ext: number): number {
  const up = ext === INTEGER_BIT ? lo & 1 : ext >>> 31;
  const low = (lo + up) | 0;
  f.lo[to] = low;
  if (low === 0 && up !== 0) {
    const high = (hi + 1) | 0;
    f.hi[to] = high | INTEGER_BIT;
    f.se[to] = high === 0 ? se + 1 : se;
  } else {
    f.hi[to] = hi;
    f.se[to] = se;
  }
  return ext === 0 ? 0 : PE | (up << C1_SHIFT);
}

/** Register `to` = a + b, with b's sign inverted when `negate` is SIGN. Returns flags, or NOT_QUICK. */
export function quickAdd(f: Fpu, to: number, a: number, b: number, negate: number): number {
  const { hi, lo, se } = f;
  let s = se[a]!;
  const sb = se[b]! ^ negate;
  const difference = ((s ^ sb) & SIGN) !== 0;
  const e = s & EXPONENT;
  const eb = sb & EXPONENT;
  let ah = hi[a]!;
  let al = lo[a]!;
  let h = hi[b]!;
  let l = lo[b]!;
  let shift = e - eb;
  if (e < LOWEST || eb < LOWEST || e > HIGHEST || eb > HIGHEST || ah >= 0 || h >= 0) return NOT_QUICK;
  // The larger becomes the first, again without a branch.
  const swap = shift === 0 ? -isBelow(ah, al, h, l) : shift >> 31;
  const exchangedHigh = (ah ^ h) & swap;
  const exchangedLow = (al ^ l) & swap;
  s ^= (s ^ sb) & swap;
  ah ^= exchangedHigh;
  h ^= exchangedHigh;
  al ^= exchangedLow;
  l ^= exchangedLow;
  shift = (shift ^ swap) - swap;
  let ext = 0;
  if (shift >= 32) {
    if (shift > 63) return NOT_QUICK;
    const places = shift & 31;
    ext = places === 0 ? l : (l >>> places) | (h << (32 - places)) | (l << (32 - places) === 0 ? 0 : 1);
    l = h >>> places;
    h = 0;
  } else {
    ext = (l << 1) << (31 - shift);
    l = (l >>> shift) | ((h << 1) << (31 - shift));
    h >>>= shift;
  }
  if (difference) return keepDifference(f, to, s, ah, al, h, l, ext);
  const low = (al + l) | 0;
  const high = (ah + h + carryOf(al, l, low)) | 0;
  // The sum's carry is shifted in.
  const n = carryOf(ah, h, high);
  const below = ((low << 31) & -n) | (ext >>> n) | (ext & 1);
  return keep(f, to, s + n, (n << 31) | (high >>> n), ((high << 31) & -n) | (low >>> n), below);
}

/** The same for a difference, the first operand being the larger and the second shifted down to it. */
function keepDifference(
  f: Fpu,
  to: number,
  se: number,
  ah: number,
  al: number,
  bh: number,
  bl: number,
  below: number,
): number {
  const ext = -below | 0;
  const borrow = (below | ext) >>> 31;
  const low = (al - bl) | 0;
  const lo = (low - borrow) | 0;
  const hi = (ah - bh - borrowOf(al, bl, low) - borrowOf(low, borrow, lo)) | 0;
  if (hi === 0) return NOT_QUICK;
  const n = Math.clz32(hi);
  const rest = 31 - n;
  return keep(f, to, se - n, (hi << n) | ((lo >>> 1) >>> rest), (lo << n) | ((ext >>> 1) >>> rest), ext << n);
}

/** Register `to` = a * b. Returns flags, or NOT_QUICK. */
export function quickMultiply(f: Fpu, to: number, a: number, b: number): number {
  const { hi, lo, se } = f;
  const sa = se[a]!;
  const sb = se[b]!;
  const exponents = (sa & EXPONENT) + (sb & EXPONENT);
  const ah = hi[a]!;
  const al = lo[a]!;
  const bh = hi[b]!;
  const bl = lo[b]!;
  if (exponents < LOWEST_PRODUCT || exponents > HIGHEST_PRODUCT || ah >= 0 || bh >= 0) return NOT_QUICK;
  // Operands that are no numbers: NaNs and infinities, and those with the integer bit but no exponent.
  if (((sa + 1) & EXPONENT) < 2 || ((sb + 1) & EXPONENT) < 2) return NOT_QUICK;
  const s = ((sa ^ sb) & SIGN) | (exponents - BIAS + 1);
  let h = multiplyHigh(ah, bh);
  let l = Math.imul(ah, bh);
  let ext = 0;
  if ((al | bl) !== 0) {
    const crossA = Math.imul(ah, bl);
    const crossB = Math.imul(al, bh);
    const crossAHigh = multiplyHigh(ah, bl);
    const crossBHigh = multiplyHigh(al, bh);
    const lowest = multiplyHigh(al, bl);
    const withA = (lowest + crossA) | 0;
    ext = (withA + crossB) | 0;
    const carry = carryOf(lowest, crossA, withA) + carryOf(withA, crossB, ext);
    const highs = (crossAHigh + crossBHigh) | 0;
    const withHighs = (l + highs) | 0;
    const sum = (withHighs + carry) | 0;
    h =
      (h + carryOf(crossAHigh, crossBHigh, highs) + carryOf(l, highs, withHighs) + carryOf(withHighs, carry, sum)) | 0;
    l = sum;
    if (Math.imul(al, bl) !== 0) ext |= 1;
  }
  const n = ~h >>> 31;
  // The bit that stands for what lies below keeps its place.
  return keep(f, to, s - n, (h << n) | ((l >>> 31) & n), (l << n) | ((ext >>> 31) & n), (ext << n) | (ext & 1));
}
