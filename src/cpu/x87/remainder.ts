/** FPREM, FPREM1, FSCALE, FXTRACT and FRNDINT. Results in slot R (FXTRACT: also M), flags returned. */
import { exponentOf } from './arithmetic.ts';
import { BIAS, C0, C1, C2, C3, DE, EXPONENT, INTEGER_BIT, M, R, SIGN, U, ZE } from './format.ts';
import type { Fpu } from './fpu.ts';
import {
  compareSignificands,
  DENORMAL,
  INFINITY,
  invalid,
  kindOf,
  leadingZeros,
  propagate,
  quiet,
  shiftLeftHi,
  shiftLeftLo,
  ZERO,
} from './operand.ts';
import { roundExtended } from './round.ts';
import { toMagnitude } from './store.ts';

/** The most quotient bits that one FPREM produces. */
const PARTIAL_BITS = 64;

/**
 * R = a - b * Q with Q the quotient rounded towards zero (FPREM) or to nearest (FPREM1). Besides exceptions returns
 * C2 when only part of the reduction was done, else the quotient's low bits in C0 C3 C1. SDM vol. 2A, FPREM.
 */
export function partialRemainder(f: Fpu, a: number, b: number, nearest: boolean): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  if (ka > INFINITY || kb > INFINITY) return propagate(f, a, ka, b, kb);
  if (ka === INFINITY || kb === ZERO) return invalid(f);
  const flags = ka === DENORMAL || kb === DENORMAL ? DE : 0;
  if ((flags & ~f.control) !== 0) return flags;
  if (ka === ZERO || (kb === INFINITY && ka !== DENORMAL)) {
    same(f, a);
    return flags;
  }
  return flags | (kb === INFINITY ? scaled(f, a, 0) : reduce(f, a, b, nearest));
}

function reduce(f: Fpu, a: number, b: number, nearest: boolean): number {
  const sign = f.se[a]! & SIGN;
  const na = leadingZeros(f.hi[a]!, f.lo[a]!);
  const nb = leadingZeros(f.hi[b]!, f.lo[b]!);
  const bh = shiftLeftHi(f.hi[b]!, f.lo[b]!, nb);
  const bl = shiftLeftLo(f.lo[b]!, nb);
  const ea = exponentOf(f, a) - na;
  const eb = exponentOf(f, b) - nb;
  f.hi[U] = shiftLeftHi(f.hi[a]!, f.lo[a]!, na);
  f.lo[U] = shiftLeftLo(f.lo[a]!, na);
  const distance = ea - eb;
  if (distance < -1 || (distance === -1 && !nearest)) return exactNumber(f, sign, a);
  if (distance === -1) return nearestBelow(f, sign, a, eb, bh, bl);
  const partial = distance >= PARTIAL_BITS;
  const steps = partial ? (distance & 31) | 32 : distance;
  const quotient = divideSteps(f, bh, bl, steps);
  const exponent = ea - steps;
  if (partial) return packRemainder(f, sign, exponent) | C2;
  if (!nearest || !closerToNext(f, bh, bl, quotient)) return packRemainder(f, sign, exponent) | quotientBits(quotient);
  differenceFrom(f, bh, bl);
  return packRemainder(f, sign ^ SIGN, exponent) | quotientBits(quotient + 1);
}

/** FPREM1 when a is below b but its exponent is one less: the quotient is 0 or 1. U holds a's significand. */
function nearestBelow(f: Fpu, sign: number, a: number, eb: number, bh: number, bl: number): number {
  // a > b / 2 when its significand is larger; equal means a tie, which goes to the even quotient 0.
  if (compareSignificands(f.hi[U]!, f.lo[U]!, bh, bl) <= 0) return exactNumber(f, sign, a);
  // b - a = (2 * b' - a') / 2 with significands b', a' at a's exponent; it is below b', so 64 bits hold it.
  const low = ((bl << 1) >>> 0) - (f.lo[U]! >>> 0);
  f.hi[U] = ((bh << 1) | (bl >>> 31)) - f.hi[U]! - (low < 0 ? 1 : 0);
  f.lo[U] = low;
  return packRemainder(f, sign ^ SIGN, eb - 1) | quotientBits(1);
}

/** U = U - q * b, where b's significand slides `steps` places; returns the quotient's low bits. */
function divideSteps(f: Fpu, bh: number, bl: number, steps: number): number {
  let hi = f.hi[U]!;
  let lo = f.lo[U]!;
  let quotient = 0;
  let out = false;
  for (let i = steps; ; i--) {
    quotient <<= 1;
    if (out || compareSignificands(hi, lo, bh, bl) >= 0) {
      const low = (lo >>> 0) - (bl >>> 0);
      hi = (hi - bh - (low < 0 ? 1 : 0)) | 0;
      lo = low | 0;
      quotient |= 1;
    }
    if (i === 0) break;
    out = hi < 0;
    hi = (hi << 1) | (lo >>> 31);
    lo <<= 1;
  }
  f.hi[U] = hi;
  f.lo[U] = lo;
  return quotient;
}

/** Whether the remainder in U is above half of b, or just half with an odd quotient. */
function closerToNext(f: Fpu, bh: number, bl: number, quotient: number): boolean {
  const hi = f.hi[U]!;
  const lo = f.lo[U]!;
  if (hi < 0) return true;
  const order = compareSignificands((hi << 1) | (lo >>> 31), lo << 1, bh, bl);
  return order > 0 || (order === 0 && (quotient & 1) !== 0);
}

/** U = b - U. */
function differenceFrom(f: Fpu, bh: number, bl: number): void {
  const low = (bl >>> 0) - (f.lo[U]! >>> 0);
  f.hi[U] = bh - f.hi[U]! - (low < 0 ? 1 : 0);
  f.lo[U] = low;
}

/** R = U with this exponent. A remainder of zero takes the dividend's sign. */
function packRemainder(f: Fpu, sign: number, exponent: number): number {
  const hi = f.hi[U]!;
  const lo = f.lo[U]!;
  if ((hi | lo) === 0) {
    f.set(R, sign, 0, 0);
    return 0;
  }
  const n = leadingZeros(hi, lo);
  return roundExtended(f, sign, exponent - n, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n), 0);
}

/** R = a, a pseudo-denormal in its normal encoding. Does not underflow. */
function same(f: Fpu, a: number): void {
  f.copy(R, a);
  if (f.hi[R]! < 0 && (f.se[R]! & EXPONENT) === 0) f.se[R] = f.se[R]! | 1;
}

/** R = a finite number that is not zero, with this sign. */
function exactNumber(f: Fpu, sign: number, slot: number): number {
  f.hi[U] = f.hi[slot]!;
  f.lo[U] = f.lo[slot]!;
  return packRemainder(f, sign, exponentOf(f, slot));
}

/** Bits 2, 1, 0 of the quotient go to C0, C3, C1. */
function quotientBits(quotient: number): number {
  return ((quotient & 4) === 0 ? 0 : C0) | ((quotient & 2) === 0 ? 0 : C3) | ((quotient & 1) === 0 ? 0 : C1);
}

/** R = a * 2^trunc(b). SDM vol. 2A, FSCALE. */
export function scale(f: Fpu, a: number, b: number): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  const sign = f.se[a]! & SIGN;
  const down = (f.se[b]! & SIGN) !== 0;
  if (ka > INFINITY || kb > INFINITY) return propagate(f, a, ka, b, kb);
  if (kb === INFINITY && (down ? ka === INFINITY : ka === ZERO)) return invalid(f);
  const flags = ka === DENORMAL || kb === DENORMAL ? DE : 0;
  if ((flags & ~f.control) !== 0) return flags;
  if (ka === ZERO || ka === INFINITY || kb === ZERO) {
    same(f, a);
    return flags;
  }
  if (kb === INFINITY) {
    f.set(R, down ? sign : sign | EXPONENT, down ? 0 : INTEGER_BIT, 0);
    return flags;
  }
  return flags | scaled(f, a, truncated(f, b));
}

/** R = a * 2^power: what is too small is an underflow also when it is exact, if that is unmasked. */
function scaled(f: Fpu, a: number, power: number): number {
  const n = leadingZeros(f.hi[a]!, f.lo[a]!);
  const exponent = exponentOf(f, a) - n + power;
  return roundExtended(f, f.se[a]! & SIGN, exponent, shiftLeftHi(f.hi[a]!, f.lo[a]!, n), shiftLeftLo(f.lo[a]!, n), 0);
}

/** Beyond every possible change of an exponent. */
const FAR = 0x10000;

/** A number cut to an integer, not beyond FAR. */
function truncated(f: Fpu, slot: number): number {
  const power = (f.se[slot]! & EXPONENT) - BIAS;
  if (power < 0) return 0;
  const magnitude = power >= 16 ? FAR : f.hi[slot]! >>> (31 - power);
  return (f.se[slot]! & SIGN) === 0 ? magnitude : -magnitude;
}

/** M = the significand of `a` in 1..2, R = its exponent as a number. */
export function extract(f: Fpu, a: number): number {
  const kind = kindOf(f, a);
  if (kind > INFINITY) {
    const flags = quiet(f, a, kind);
    f.copy(M, R);
    return flags;
  }
  f.copy(M, a);
  if (kind === ZERO) {
    f.set(R, SIGN | EXPONENT, INTEGER_BIT, 0);
    return ZE;
  }
  if (kind === INFINITY) {
    f.set(R, EXPONENT, INTEGER_BIT, 0);
    return 0;
  }
  const n = leadingZeros(f.hi[a]!, f.lo[a]!);
  f.set(M, (f.se[a]! & SIGN) | BIAS, shiftLeftHi(f.hi[a]!, f.lo[a]!, n), shiftLeftLo(f.lo[a]!, n));
  const exponent = exponentOf(f, a) - n - BIAS;
  const size = Math.abs(exponent);
  const zeros = Math.clz32(size);
  if (exponent === 0) f.set(R, 0, 0, 0);
  else f.set(R, (exponent < 0 ? SIGN : 0) | (BIAS + 31 - zeros), size << zeros, 0);
  return kind === DENORMAL ? DE : 0;
}

/** R = a rounded to an integer as the control word says. */
export function roundToInteger(f: Fpu, a: number): number {
  const kind = kindOf(f, a);
  if (kind > INFINITY) return quiet(f, a, kind);
  f.copy(R, a);
  if (kind === ZERO || kind === INFINITY || (f.se[a]! & EXPONENT) >= BIAS + 63) return 0;
  const denormal = kind === DENORMAL ? DE : 0;
  if ((denormal & ~f.control) !== 0) return denormal;
  const flags = denormal | toMagnitude(f, a);
  const sign = f.se[a]! & SIGN;
  const hi = f.hi[U]!;
  const lo = f.lo[U]!;
  if ((hi | lo) === 0) {
    f.set(R, sign, 0, 0);
    return flags;
  }
  const n = leadingZeros(hi, lo);
  f.set(R, sign | (BIAS + 63 - n), shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
  return flags;
}
