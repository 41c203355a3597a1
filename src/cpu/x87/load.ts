/** Memory formats into slot M. Every one converts exactly. */
import { BIAS, DE, EXPONENT, IE, INTEGER_BIT, M, QUIET_BIT, SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';
import { leadingZeros, shiftLeftHi, shiftLeftLo } from './operand.ts';

const DOUBLE_BIAS = 1023;
const DOUBLE_MAX = 2047;
const SINGLE_BIAS = 127;
const SINGLE_MAX = 255;

/** M = a double. Returns DE for a denormal. A NaN keeps its payload and stays signalling. */
export function fromDouble(f: Fpu, hi: number, lo: number): number {
  const sign = (hi >>> 16) & SIGN;
  const exponent = (hi >>> 20) & DOUBLE_MAX;
  const h = (hi << 11) | (lo >>> 21);
  if (exponent !== 0 && exponent !== DOUBLE_MAX) {
    f.hi[M] = h | INTEGER_BIT;
    f.lo[M] = lo << 11;
    f.se[M] = sign | (exponent + (BIAS - DOUBLE_BIAS));
    return 0;
  }
  if (exponent === DOUBLE_MAX) {
    f.set(M, sign | EXPONENT, h | INTEGER_BIT, lo << 11);
    return 0;
  }
  return fromDenormal(f, sign, BIAS - DOUBLE_BIAS + 1, h & ~INTEGER_BIT, lo << 11);
}

/** M = a single, given as 32 bits. Returns as fromDouble. */
export function fromSingle(f: Fpu, bits: number): number {
  const sign = (bits >>> 16) & SIGN;
  const exponent = (bits >>> 23) & SINGLE_MAX;
  const h = bits << 8;
  if (exponent !== 0 && exponent !== SINGLE_MAX) {
    f.hi[M] = h | INTEGER_BIT;
    f.lo[M] = 0;
    f.se[M] = sign | (exponent + (BIAS - SINGLE_BIAS));
    return 0;
  }
  if (exponent === SINGLE_MAX) {
    f.set(M, sign | EXPONENT, h | INTEGER_BIT, 0);
    return 0;
  }
  return fromDenormal(f, sign, BIAS - SINGLE_BIAS + 1, h & ~INTEGER_BIT, 0);
}

function fromDenormal(f: Fpu, sign: number, exponent: number, hi: number, lo: number): number {
  if ((hi | lo) === 0) {
    f.set(M, sign, 0, 0);
    return 0;
  }
  const n = leadingZeros(hi, lo);
  f.set(M, sign | (exponent - n), shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
  return DE;
}

/** What FLD does to a NaN beyond converting it: M is quieted; returns IE when it was signalling. */
export function quietLoaded(f: Fpu): number {
  const hi = f.hi[M]!;
  if ((f.se[M]! & EXPONENT) !== EXPONENT || (hi & QUIET_BIT) !== 0) return 0;
  if (hi === INTEGER_BIT && f.lo[M] === 0) return 0;
  f.hi[M] = hi | QUIET_BIT;
  return IE;
}

/** M = a signed integer of 32 bits. */
export function fromInt32(f: Fpu, value: number): void {
  if (value === 0) {
    f.set(M, 0, 0, 0);
    return;
  }
  const magnitude = value < 0 ? -value | 0 : value;
  const n = Math.clz32(magnitude);
  f.hi[M] = magnitude << n;
  f.lo[M] = 0;
  f.se[M] = (value < 0 ? SIGN : 0) | (BIAS + 31 - n);
}

/** M = a signed integer of 64 bits. */
export function fromInt64(f: Fpu, hi: number, lo: number): void {
  if (hi >= 0) fromMagnitude(f, 0, hi, lo);
  else fromMagnitude(f, SIGN, lo === 0 ? -hi | 0 : ~hi, -lo | 0);
}

/** M = an unsigned integer of 64 bits with a sign. */
export function fromMagnitude(f: Fpu, sign: number, hi: number, lo: number): void {
  if ((hi | lo) === 0) {
    f.set(M, sign, 0, 0);
    return;
  }
  const n = leadingZeros(hi, lo);
  f.set(M, sign | (BIAS + 63 - n), shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
}
