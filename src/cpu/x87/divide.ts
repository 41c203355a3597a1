/** FDIV and FSQRT. Results in slot R, flags returned. Float estimates only guess digits; integers correct them. */
import { exponentOf, multiplyHigh } from './arithmetic.ts';
import { BIAS, DE, EXPONENT, INTEGER_BIT, R, SIGN, T, U, ZE } from './format.ts';
import type { Fpu } from './fpu.ts';
import {
  compareSignificands,
  DENORMAL,
  INFINITY,
  invalid,
  kindOf,
  leadingZeros,
  NORMAL,
  propagate,
  quiet,
  shiftLeftHi,
  shiftLeftLo,
  ZERO,
} from './operand.ts';
import { roundPack } from './round.ts';

const TWO_32 = 0x100000000;
/** Makes an estimated quotient digit err downwards only, and by at most one. */
const DOWNWARDS = 1 - 2 ** -50;

/** R = a / b. */
export function divide(f: Fpu, a: number, b: number): number {
  const sa = f.se[a]!;
  const sb = f.se[b]!;
  const ea = sa & EXPONENT;
  const eb = sb & EXPONENT;
  const ah = f.hi[a]!;
  const bh = f.hi[b]!;
  if (ea === 0 || ea === EXPONENT || eb === 0 || eb === EXPONENT || ah >= 0 || bh >= 0) return divideSpecial(f, a, b);
  return divideNormal(f, (sa ^ sb) & SIGN, ea - eb, ah, f.lo[a]!, bh, f.lo[b]!);
}

/** `exponent` is the difference of the operands' exponents. */
function divideNormal(f: Fpu, sign: number, exponent: number, ah: number, al: number, bh: number, bl: number): number {
  if (compareSignificands(ah, al, bh, bl) < 0) {
    const hi = quotientDigit(f, ah, al, 0, bh, bl);
    const lo = quotientDigit(f, f.hi[T]!, f.lo[T]!, 0, bh, bl);
    return roundPack(f, sign, exponent + BIAS - 1, hi, lo, remainderBits(f, bh, bl));
  }
  const hi = quotientDigit(f, ah >>> 1, (ah << 31) | (al >>> 1), al << 31, bh, bl);
  const lo = quotientDigit(f, f.hi[T]!, f.lo[T]!, 0, bh, bl);
  return roundPack(f, sign, exponent + BIAS, hi, lo, remainderBits(f, bh, bl));
}

/**
 * Quotient of (n2, n1, n0) by the normalised (d1, d0), one 32-bit digit; T = the remainder.
 * (n2, n1) must be below (d1, d0).
 */
function quotientDigit(f: Fpu, n2: number, n1: number, n0: number, d1: number, d0: number): number {
  const n = ((n2 >>> 0) * TWO_32 + (n1 >>> 0)) * TWO_32 + (n0 >>> 0);
  let q = Math.floor((n / ((d1 >>> 0) * TWO_32 + (d0 >>> 0))) * DOWNWARDS) | 0;
  const p0 = Math.imul(q, d0);
  const middle = (multiplyHigh(q, d0) >>> 0) + (Math.imul(q, d1) >>> 0);
  const p2 = (multiplyHigh(q, d1) + (middle >= TWO_32 ? 1 : 0)) | 0;
  const r0 = (n0 >>> 0) - (p0 >>> 0);
  const r1 = (n1 >>> 0) - ((middle | 0) >>> 0) - (r0 < 0 ? 1 : 0);
  const r2 = (n2 - p2 - (r1 < 0 ? 1 : 0)) | 0;
  let hi = r1 | 0;
  let lo = r0 | 0;
  if (r2 !== 0 || compareSignificands(hi, lo, d1, d0) >= 0) {
    q = (q + 1) | 0;
    const low = (lo >>> 0) - (d0 >>> 0);
    hi = (hi - d1 - (low < 0 ? 1 : 0)) | 0;
    lo = low | 0;
  }
  f.hi[T] = hi;
  f.lo[T] = lo;
  return q;
}

/** Rounding bits for the remainder in T: nothing, below half, half, above half of the divisor. */
function remainderBits(f: Fpu, bh: number, bl: number): number {
  const rh = f.hi[T]!;
  const rl = f.lo[T]!;
  if ((rh | rl) === 0) return 0;
  if (rh < 0) return INTEGER_BIT | 1;
  const order = compareSignificands((rh << 1) | (rl >>> 31), rl << 1, bh, bl);
  return order < 0 ? 1 : order === 0 ? INTEGER_BIT : INTEGER_BIT | 1;
}

function divideSpecial(f: Fpu, a: number, b: number): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  const sign = (f.se[a]! ^ f.se[b]!) & SIGN;
  if (ka > INFINITY || kb > INFINITY) return propagate(f, a, ka, b, kb);
  if (ka === kb && (ka === INFINITY || ka === ZERO)) return invalid(f);
  if (kb === ZERO && ka !== INFINITY) {
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return ZE;
  }
  const flags = ka === DENORMAL || kb === DENORMAL ? DE : 0;
  if ((flags & ~f.control) !== 0) return flags;
  if (ka === INFINITY) {
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  if (ka === ZERO || kb === INFINITY) {
    f.set(R, sign, 0, 0);
    return flags;
  }
  const na = leadingZeros(f.hi[a]!, f.lo[a]!);
  const nb = leadingZeros(f.hi[b]!, f.lo[b]!);
  const ah = shiftLeftHi(f.hi[a]!, f.lo[a]!, na);
  const bh = shiftLeftHi(f.hi[b]!, f.lo[b]!, nb);
  const exponent = exponentOf(f, a) - na - exponentOf(f, b) + nb;
  return flags | divideNormal(f, sign, exponent, ah, shiftLeftLo(f.lo[a]!, na), bh, shiftLeftLo(f.lo[b]!, nb));
}

/** R = the square root of a. */
export function squareRoot(f: Fpu, a: number): number {
  const kind = kindOf(f, a);
  if (kind > INFINITY) return quiet(f, a, kind);
  if (kind === ZERO) {
    f.copy(R, a);
    return 0;
  }
  if ((f.se[a]! & SIGN) !== 0) return invalid(f);
  if (kind === INFINITY) {
    f.copy(R, a);
    return 0;
  }
  const flags = kind === NORMAL ? 0 : DE;
  if ((flags & ~f.control) !== 0) return flags;
  const n = leadingZeros(f.hi[a]!, f.lo[a]!);
  const hi = shiftLeftHi(f.hi[a]!, f.lo[a]!, n);
  const lo = shiftLeftLo(f.lo[a]!, n);
  const exponent = exponentOf(f, a) - n - BIAS;
  // An even exponent leaves the significand in 1..2, so that its root's lowest bit needs half the bits of 2^127.
  const rest = (exponent & 1) === 0 ? rootBits(f, hi >>> 1, (hi << 31) | (lo >>> 1), lo << 31) : rootBits(f, hi, lo, 0);
  return flags | roundPack(f, 0, (exponent >> 1) + BIAS, f.hi[U]!, f.lo[U]!, rest);
}

/**
 * U = floor of the root of the 128-bit number (n3, n2, n1, 0), n3 at least 2^30; returns the rounding bits.
 * P. Zimmermann, Karatsuba square root: the upper half by an estimate, the lower half by a division.
 */
function rootBits(f: Fpu, n3: number, n2: number, n1: number): number {
  let s = Math.min(Math.floor(Math.sqrt((n3 >>> 0) * TWO_32 + (n2 >>> 0))), 0xffffffff);
  // The remainder is at most 2s, so 64-bit arithmetic in two halves is exact after one correction.
  let remainder = topRemainder(n3, n2, s);
  if (remainder < 0) {
    s--;
    remainder += 2 * s + 1;
  } else if (remainder > 2 * s) {
    remainder -= 2 * s + 1;
    s++;
  }
  // Divide (remainder * 2^32 + n1) by 2s: first by s's digit routine on halved terms.
  const half = Math.floor(remainder / 2);
  const odd = remainder - half * 2;
  // remainder * 2^32 + n1 = 2 * (half * 2^32 + odd * 2^31 + n1 / 2) + (n1 & 1)
  let q = Math.floor(half / s) * TWO_32;
  let r = half % s;
  const low = odd * 0x80000000 + (n1 >>> 1);
  const whole = r * TWO_32 + low;
  let digit = Math.floor((whole / s) * DOWNWARDS);
  r = exactRemainder(r, low, digit, s);
  while (r >= s) {
    r -= s;
    digit++;
  }
  q += digit;
  // Root = s * 2^32 + q, what is left = u * 2^32 - q^2 with u = 2r + (n1 & 1).
  const u = 2 * r + (n1 & 1);
  return finishRoot(f, s, q, u);
}

/** (n3, n2) - s * s, a number of few bits more than s. */
function topRemainder(n3: number, n2: number, s: number): number {
  const low = (n2 >>> 0) - (Math.imul(s, s) >>> 0);
  return ((n3 >>> 0) - (multiplyHigh(s, s) >>> 0)) * TWO_32 + low;
}

/** r * 2^32 + low - digit * s, exactly; the result is small. */
function exactRemainder(r: number, low: number, digit: number, s: number): number {
  return (r - (multiplyHigh(digit, s) >>> 0)) * TWO_32 + low - (Math.imul(digit, s) >>> 0);
}

function finishRoot(f: Fpu, s: number, q: number, u: number): number {
  const digit = q >= TWO_32 ? TWO_32 - 1 : q;
  const left = q >= TWO_32 ? u + 2 * s * (q - digit) : u;
  let hi = left - (multiplyHigh(digit, digit) >>> 0);
  let lo = -(Math.imul(digit, digit) >>> 0);
  let rootLo = digit;
  let rootHi = s;
  if (lo < 0) {
    lo += TWO_32;
    hi -= 1;
  }
  while (hi < 0) {
    // One too large: root -= 1, remainder += 2 * root + 1.
    if (rootLo === 0) {
      rootLo = TWO_32;
      rootHi -= 1;
    }
    rootLo -= 1;
    lo += 2 * rootLo + 1;
    hi += 2 * rootHi;
    while (lo >= TWO_32) {
      lo -= TWO_32;
      hi += 1;
    }
  }
  f.hi[U] = rootHi | 0;
  f.lo[U] = rootLo | 0;
  if (hi === 0 && lo === 0) return 0;
  // Above half when the remainder exceeds the root; a tie cannot be.
  const above = hi > rootHi || (hi === rootHi && lo > rootLo);
  return above ? INTEGER_BIT | 1 : 1;
}
