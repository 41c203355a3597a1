/**
 * Rounding of exact intermediate results into the extended format. SDM vol. 1, 4.8.4 and 8.5.
 * An intermediate result is a 64-bit significand (hi, lo) followed by `ext`: 32 more bits, of which the lowest also
 * stands for anything non-zero below it.
 */
import {
  C1,
  EXPONENT,
  INTEGER_BIT,
  OE,
  PC_DOUBLE,
  PC_EXTENDED,
  PC_MASK,
  PC_SINGLE,
  PE,
  R,
  RC_DOWN,
  RC_MASK,
  RC_NEAREST,
  RC_UP,
  SIGN,
  T,
  UE,
  WRAP,
} from './format.ts';
import type { Fpu } from './fpu.ts';

/** Bits of the significand's halves that single and double precision leave out. */
const BELOW_SINGLE = 0xff;
const BELOW_DOUBLE = 0x7ff;

/** Whether a significand with lowest bit `odd` and the non-zero bits `ext` below it rounds away from zero. */
export function roundsUp(f: Fpu, sign: number, odd: number, ext: number): boolean {
  switch (f.control & RC_MASK) {
    case RC_NEAREST:
      return ext < 0 && ((ext & ~INTEGER_BIT) !== 0 || odd !== 0);
    case RC_UP:
      return sign === 0;
    case RC_DOWN:
      return sign !== 0;
    default:
      return false;
  }
}

/** T = (hi, lo, ext) >>> n, n > 0; returns the new ext, into whose lowest bit what falls out is gathered. */
export function shiftRight(f: Fpu, hi: number, lo: number, ext: number, n: number): number {
  let rest = ext;
  let h = hi;
  let l = lo;
  let left = n;
  while (left >= 32 && (h | l | rest) !== 0) {
    rest = l | (rest === 0 ? 0 : 1);
    l = h;
    h = 0;
    left -= 32;
  }
  if (left > 0 && left < 32) {
    const lost = rest << (32 - left);
    rest = (rest >>> left) | (l << (32 - left)) | (lost === 0 ? 0 : 1);
    l = (l >>> left) | (h << (32 - left));
    h >>>= left;
  }
  f.hi[T] = h;
  f.lo[T] = l;
  return rest;
}

/**
 * R = the intermediate result (significand normalised, exponent biased and of any size) rounded as the control word
 * says. Returns the exceptions OE, UE, PE with C1 when the magnitude was rounded up. `sign` is 0 or SIGN.
 */
export function roundPack(f: Fpu, sign: number, exponent: number, hi: number, lo: number, ext: number): number {
  if (exponent <= 0 || exponent >= EXPONENT - 1 || (f.control & PC_MASK) !== PC_EXTENDED) {
    return roundSlowly(f, f.control & PC_MASK, sign, exponent, hi, lo, ext);
  }
  if (ext === 0) {
    f.hi[R] = hi;
    f.lo[R] = lo;
    f.se[R] = sign | exponent;
    return 0;
  }
  let flags = PE;
  let h = hi;
  let l = lo;
  let e = exponent;
  if (roundsUp(f, sign, lo & 1, ext)) {
    flags = PE | C1;
    l = (l + 1) | 0;
    if (l === 0) {
      h = (h + 1) | 0;
      if (h === 0) {
        h = INTEGER_BIT;
        e++;
      }
    }
  }
  f.hi[R] = h;
  f.lo[R] = l;
  f.se[R] = sign | e;
  return flags;
}

/** The same for instructions that round to 64 bits whatever the precision control. */
export function roundExtended(f: Fpu, sign: number, exponent: number, hi: number, lo: number, ext: number): number {
  return roundSlowly(f, PC_EXTENDED, sign, exponent, hi, lo, ext);
}

function roundSlowly(
  f: Fpu,
  precision: number,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  ext: number,
): number {
  if (exponent > 0) return roundNormal(f, precision, sign, exponent, hi, lo, ext, 0);
  const carried = roundSignificand(f, precision, sign, hi, lo, ext) & CARRIED;
  const tiny = exponent < 0 || carried === 0;
  if (tiny && (f.control & UE) === 0) {
    if (exponent + WRAP <= 0) return zero(f, sign);
    return roundNormal(f, precision, sign, exponent + WRAP, hi, lo, ext, UE);
  }
  const rest = shiftRight(f, hi, lo, ext, 1 - exponent);
  const rounded = roundSignificand(f, precision, sign, f.hi[T]!, f.lo[T]!, rest);
  // A significand that grew its integer bit is the smallest normal number.
  f.se[R] = sign | (f.hi[R]! < 0 ? 1 : 0);
  return (rounded & ~CARRIED) | (tiny && (rounded & PE) !== 0 ? UE : 0);
}

/** A result too small even for the wrapped exponent. */
function zero(f: Fpu, sign: number): number {
  f.set(R, sign, 0, 0);
  return UE | PE;
}

/** Returned by roundSignificand when the significand became a power of two beyond its width. */
const CARRIED = 0x10000;

/** R's significand = (hi, lo, ext) at a precision as the control word spells it. Returns PE, C1, CARRIED. */
function roundSignificand(f: Fpu, precision: number, sign: number, hi: number, lo: number, ext: number): number {
  let h = hi;
  let l = lo;
  let rest = ext;
  let ulp = 1;
  switch (precision) {
    case PC_SINGLE:
      rest = (hi << 24) | ((lo | ext) === 0 ? 0 : 1);
      h = hi & ~BELOW_SINGLE;
      l = 0;
      ulp = BELOW_SINGLE + 1;
      break;
    case PC_DOUBLE:
      rest = (lo << 21) | (ext === 0 ? 0 : 1);
      l = lo & ~BELOW_DOUBLE;
      ulp = BELOW_DOUBLE + 1;
  }
  const single = precision === PC_SINGLE;
  let flags = rest === 0 ? 0 : PE;
  if (rest !== 0 && roundsUp(f, sign, (single ? h : l) & ulp, rest)) {
    flags |= C1;
    if (!single) l = (l + ulp) | 0;
    if (single || l === 0) {
      h = (h + (single ? ulp : 1)) | 0;
      if (h === 0) {
        h = INTEGER_BIT;
        flags |= CARRIED;
      }
    }
  }
  f.hi[R] = h;
  f.lo[R] = l;
  return flags;
}

function roundNormal(
  f: Fpu,
  precision: number,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  ext: number,
  raised: number,
): number {
  const rounded = roundSignificand(f, precision, sign, hi, lo, ext);
  const flags = (rounded & ~CARRIED) | raised;
  let e = (rounded & CARRIED) === 0 ? exponent : exponent + 1;
  if (e >= EXPONENT) {
    if ((f.control & OE) !== 0) return overflow(f, precision, sign);
    e -= WRAP;
    if (e >= EXPONENT) {
      f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
      return OE | PE | C1;
    }
    f.se[R] = sign | e;
    return flags | OE;
  }
  f.se[R] = sign | e;
  return flags;
}

/** Masked overflow: infinity, or the largest finite number of the precision in force. SDM vol. 1, table 4-11. */
function overflow(f: Fpu, precision: number, sign: number): number {
  const rounding = f.control & RC_MASK;
  if (rounding === RC_NEAREST || rounding === (sign === 0 ? RC_UP : RC_DOWN)) {
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return OE | PE | C1;
  }
  const hi = precision === PC_SINGLE ? ~BELOW_SINGLE : -1;
  const lo = precision === PC_SINGLE ? 0 : precision === PC_DOUBLE ? ~BELOW_DOUBLE : -1;
  f.set(R, sign | (EXPONENT - 1), hi, lo);
  return OE | PE;
}

/** Sign of a sum that is exactly zero though its operands are not both negative or both positive. */
export function signOfZero(f: Fpu): number {
  return (f.control & RC_MASK) === RC_DOWN ? SIGN : 0;
}
