/**
 * Sums and products of ordinary numbers, rounded to nearest at extended precision: in one function each, for that is
 * where floating-point programs spend their time. Anything else is arithmetic.ts's.
 */
import { multiplyHigh } from './arithmetic.ts';
import { BIAS, C1, EXPONENT, INTEGER_BIT, PE, SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';

/** Not quick: nothing was done. */
export const NOT_QUICK = -1;

/** Exponents within which no sum overflows or underflows; for products the sum of both must be within the second pair. */
const LOWEST = 128;
const HIGHEST = EXPONENT - LOWEST;
const LOWEST_PRODUCT = BIAS + LOWEST;
const HIGHEST_PRODUCT = BIAS + HIGHEST;

/** Register `to` = the significand followed by `ext` (see round.ts), rounded to nearest. Returns PE and C1. */
function keep(f: Fpu, to: number, se: number, hi: number, lo: number, ext: number): number {
  f.lo[to] = lo;
  f.hi[to] = hi;
  f.se[to] = se;
  if (ext === 0) return 0;
  if (ext > 0 || (ext === INTEGER_BIT && (lo & 1) === 0)) return PE;
  if (lo !== -1) f.lo[to] = lo + 1;
  else {
    f.lo[to] = 0;
    f.hi[to] = hi === -1 ? INTEGER_BIT : hi + 1;
    if (hi === -1) f.se[to] = se + 1;
  }
  return PE | C1;
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
  if (shift < 0 || (shift === 0 && (ah >>> 0 < h >>> 0 || (ah === h && al >>> 0 < l >>> 0)))) {
    s = sb;
    shift = -shift;
    ah = h;
    al = l;
    h = hi[a]!;
    l = lo[a]!;
  }
  let ext = 0;
  if (shift >= 32) {
    if (shift > 63) return NOT_QUICK;
    const places = shift & 31;
    ext = places === 0 ? l : (l >>> places) | (h << (32 - places)) | (l << (32 - places) === 0 ? 0 : 1);
    l = h >>> places;
    h = 0;
  } else if (shift !== 0) {
    ext = l << (32 - shift);
    l = (l >>> shift) | (h << (32 - shift));
    h >>>= shift;
  }
  if (difference) return keepDifference(f, to, s, ah, al, h, l, ext);
  const low = (al + l) | 0;
  const carry = low >>> 0 < al >>> 0 ? 1 : 0;
  const high = (ah + h + carry) | 0;
  const carried = high >>> 0 < ah >>> 0 || (high === ah && h !== 0);
  if (!carried) return keep(f, to, s, high, low, ext);
  ext = (low << 31) | (ext >>> 1) | (ext & 1);
  return keep(f, to, s + 1, INTEGER_BIT | (high >>> 1), (high << 31) | (low >>> 1), ext);
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
  const borrow = below === 0 ? 0 : 1;
  const lo = (al - bl - borrow) | 0;
  const hi = (ah - bh - (al >>> 0 < bl >>> 0 || (borrow !== 0 && al === bl) ? 1 : 0)) | 0;
  if (hi < 0) return keep(f, to, se, hi, lo, ext);
  if (hi === 0) return NOT_QUICK;
  const n = Math.clz32(hi);
  const rest = 32 - n;
  return keep(f, to, se - n, (hi << n) | (lo >>> rest), (lo << n) | (ext >>> rest), ext << n);
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
    ext = (multiplyHigh(al, bl) + crossA) | 0;
    let carry = ext >>> 0 < crossA >>> 0 ? 1 : 0;
    ext = (ext + crossB) | 0;
    if (ext >>> 0 < crossB >>> 0) carry++;
    l = (l + carry) | 0;
    carry = l >>> 0 < carry ? 1 : 0;
    l = (l + crossAHigh) | 0;
    if (l >>> 0 < crossAHigh >>> 0) carry++;
    l = (l + crossBHigh) | 0;
    if (l >>> 0 < crossBHigh >>> 0) carry++;
    h = (h + carry) | 0;
    if (Math.imul(al, bl) !== 0) ext |= 1;
  }
  if (h < 0) return keep(f, to, s, h, l, ext);
  // The bit that stands for what lies below keeps its place.
  return keep(f, to, s - 1, (h << 1) | (l >>> 31), (l << 1) | (ext >>> 31), (ext << 1) | (ext & 1));
}
