/** Registers into memory formats: the bits go to slot U (hi, lo), exception flags are returned. */
import {
  BIAS,
  C1,
  EXPONENT,
  IE,
  INTEGER_BIT,
  OE,
  PE,
  RC_DOWN,
  RC_MASK,
  RC_NEAREST,
  RC_UP,
  SIGN,
  T,
  U,
  UE,
} from './format.ts';
import type { Fpu } from './fpu.ts';
import {
  DENORMAL,
  INFINITY,
  kindOf,
  leadingZeros,
  NORMAL,
  SNAN,
  shiftLeftHi,
  shiftLeftLo,
  UNSUPPORTED,
  ZERO,
} from './operand.ts';
import { roundsUp, shiftRight } from './round.ts';

/** A binary interchange format: width of the fraction, exponent bias and the exponent of infinities. */
interface Format {
  readonly fraction: number;
  readonly bias: number;
  readonly max: number;
}
const SINGLE: Format = { fraction: 23, bias: 127, max: 255 };
const DOUBLE: Format = { fraction: 52, bias: 1023, max: 2047 };

/** U.lo = register `n` as a single. */
export function toSingle(f: Fpu, n: number): number {
  return convert(f, n, SINGLE);
}

/** U = register `n` as a double. Returned flags OE and UE, when unmasked, mean that nothing is to be stored. */
export function toDouble(f: Fpu, n: number): number {
  const se = f.se[n]!;
  const hi = f.hi[n]!;
  const lo = f.lo[n]!;
  const exponent = (se & EXPONENT) - (BIAS - DOUBLE.bias);
  // One below the largest exponent, rounding cannot overflow.
  if (exponent > 0 && exponent < DOUBLE.max - 1 && hi < 0) {
    let upper = (exponent << 20) | ((hi >>> 11) & 0xfffff);
    let lower = (hi << 21) | (lo >>> 11);
    let flags = 0;
    const rest = lo << 21;
    if (rest !== 0) {
      flags = PE;
      if (roundsUp(f, se & SIGN, lower & 1, rest)) {
        flags = PE | C1;
        lower = (lower + 1) | 0;
        if (lower === 0) upper = (upper + 1) | 0;
      }
    }
    f.hi[U] = ((se & SIGN) << 16) | upper;
    f.lo[U] = lower;
    return flags;
  }
  return convert(f, n, DOUBLE);
}

function convert(f: Fpu, n: number, format: Format): number {
  const kind = kindOf(f, n);
  const sign = f.se[n]! & SIGN;
  if (kind === NORMAL || kind === DENORMAL) {
    const zeros = leadingZeros(f.hi[n]!, f.lo[n]!);
    const exponent = (f.se[n]! & EXPONENT || 1) - zeros - BIAS + format.bias;
    const hi = shiftLeftHi(f.hi[n]!, f.lo[n]!, zeros);
    return round(f, format, sign, exponent, hi, shiftLeftLo(f.lo[n]!, zeros));
  }
  if (kind === ZERO) pack(f, format, sign, 0, 0, 0);
  else if (kind === UNSUPPORTED) pack(f, format, SIGN, format.max, INTEGER_BIT | (INTEGER_BIT >>> 1), 0);
  else if (kind === INFINITY) pack(f, format, sign, format.max, INTEGER_BIT, 0);
  else pack(f, format, sign, format.max, f.hi[n]! | (INTEGER_BIT >>> 1), f.lo[n]!);
  return kind === SNAN || kind === UNSUPPORTED ? IE : 0;
}

/** U = the format's bits of a significand with its integer bit at bit 63, which is left out. */
function pack(f: Fpu, format: Format, sign: number, exponent: number, hi: number, lo: number): void {
  if (format.fraction === 23) {
    f.lo[U] = (sign << 16) | (exponent << 23) | ((hi >>> 8) & 0x7fffff);
    return;
  }
  f.hi[U] = (sign << 16) | (exponent << 20) | ((hi >>> 11) & 0xfffff);
  f.lo[U] = (hi << 21) | (lo >>> 11);
}

/** Significand bits below the format's last, at the top of 32 bits, the lowest standing for all below. */
function bitsBelow(format: Format, hi: number, lo: number, ext: number): number {
  return format.fraction === 23 ? (hi << 24) | ((lo | ext) === 0 ? 0 : 1) : (lo << 21) | (ext === 0 ? 0 : 1);
}

function lastBit(format: Format, hi: number, lo: number): number {
  return format.fraction === 23 ? hi & 0x100 : lo & 0x800;
}

/** Whether rounding the normalised significand up would carry out of it. */
function carries(f: Fpu, format: Format, sign: number, hi: number, lo: number): boolean {
  const all = format.fraction === 23 ? hi >>> 8 === 0xffffff : hi === -1 && lo >>> 11 === 0x1fffff;
  const rest = bitsBelow(format, hi, lo, 0);
  return all && rest !== 0 && roundsUp(f, sign, 1, rest);
}

/** `exponent` is biased for the format and of any size; the significand is normalised. */
function round(f: Fpu, format: Format, sign: number, exponent: number, hi: number, lo: number): number {
  const tiny = exponent < 0 || (exponent === 0 && !carries(f, format, sign, hi, lo));
  if (tiny && (f.control & UE) === 0) return UE;
  let h = hi;
  let l = lo;
  let rest = 0;
  let e = exponent;
  if (exponent <= 0) {
    rest = shiftRight(f, hi, lo, 0, 1 - exponent);
    h = f.hi[T]!;
    l = f.lo[T]!;
    e = 0;
  }
  rest = bitsBelow(format, h, l, rest);
  let flags = rest === 0 ? 0 : PE;
  if (rest !== 0 && roundsUp(f, sign, lastBit(format, h, l), rest)) {
    flags |= C1;
    l = format.fraction === 23 ? 0 : (l + 0x800) & ~0x7ff;
    if (format.fraction === 23) h = ((h & ~0xff) + 0x100) | 0;
    else if (l === 0) h = (h + 1) | 0;
    // Out of the top, or, from a denormal, into the place of the integer bit.
    if (e > 0 && h === 0) e++;
    else if (e === 0 && h < 0) e = 1;
  }
  if (e >= format.max) return overflow(f, format, sign);
  pack(f, format, sign, e, h, l);
  return flags | (tiny && (flags & PE) !== 0 ? UE : 0);
}

function overflow(f: Fpu, format: Format, sign: number): number {
  if ((f.control & OE) === 0) return OE;
  const rounding = f.control & RC_MASK;
  if (rounding === RC_NEAREST || rounding === (sign === 0 ? RC_UP : RC_DOWN)) {
    pack(f, format, sign, format.max, INTEGER_BIT, 0);
    return OE | PE | C1;
  }
  pack(f, format, sign, format.max - 1, -1, -1);
  return OE | PE;
}

/**
 * U = magnitude of register `n` rounded to an integer below 2^64. Returns PE and C1, or IE when it is no number or too
 * large. Pseudo-denormals and denormals count as numbers.
 */
export function toMagnitude(f: Fpu, n: number): number {
  const kind = kindOf(f, n);
  if (kind > DENORMAL) return IE;
  const power = (f.se[n]! & EXPONENT) - BIAS;
  if (power > 63) return IE;
  f.hi[U] = f.hi[n]!;
  f.lo[U] = f.lo[n]!;
  if (kind === ZERO || power === 63) return 0;
  const rest = shiftRight(f, f.hi[n]!, f.lo[n]!, 0, Math.min(63 - power, 128));
  const hi = f.hi[T]!;
  const lo = f.lo[T]!;
  f.hi[U] = hi;
  f.lo[U] = lo;
  if (rest === 0) return 0;
  if (!roundsUp(f, f.se[n]! & SIGN, lo & 1, rest)) return PE;
  f.lo[U] = lo + 1;
  if (f.lo[U] === 0) f.hi[U] = hi + 1;
  return PE | C1;
}

/** U = register `n` as a signed integer of `bits` (16, 32 or 64); the integer indefinite with IE when it does not fit. */
export function toInteger(f: Fpu, n: number, bits: number): number {
  const flags = toMagnitude(f, n);
  const negative = (f.se[n]! & SIGN) !== 0;
  const fits = bits === 64 ? fits64(f, negative) : fits32(f, negative, bits);
  if ((flags & IE) !== 0 || !fits) {
    f.hi[U] = INTEGER_BIT;
    f.lo[U] = bits === 64 ? 0 : INTEGER_BIT >> (32 - bits);
    return IE;
  }
  if (negative) negate(f);
  return flags;
}

/** Whether the magnitude in U fits a signed integer of 16 or 32 bits. */
function fits32(f: Fpu, negative: boolean, bits: number): boolean {
  const limit = INTEGER_BIT >>> (32 - bits);
  const magnitude = f.lo[U]! >>> 0;
  return f.hi[U] === 0 && (negative ? magnitude <= limit : magnitude < limit);
}

function fits64(f: Fpu, negative: boolean): boolean {
  return f.hi[U]! >= 0 || (negative && f.hi[U] === INTEGER_BIT && f.lo[U] === 0);
}

function negate(f: Fpu): void {
  const lo = f.lo[U]!;
  f.hi[U] = lo === 0 ? -f.hi[U]! : ~f.hi[U]!;
  f.lo[U] = -lo;
}
