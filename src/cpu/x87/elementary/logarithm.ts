/** Logarithms to base 2 for FYL2X and FYL2XP1. */
import {
  abs,
  arc,
  bitLength,
  fromFixed,
  LOG2_E,
  multiply,
  ONE,
  polynomial,
  quotient,
  type Real,
  series,
  times,
  toFixed,
} from './fixed.ts';

const STEPS = 64n;
/** 2 atanh(w) = ln((1 + w) / (1 - w)). */
const SERIES = series(13, (k) => BigInt(2 * k + 1), false);
/** This close to 1 the table is no help: the result is as small as the distance. */
const SMALL = ONE / 64n;
/** sqrt(2) with 63 bits below the point: significands above are halved. */
const ROOT_2 = 0xb504f333f9de6484n;
const LOWEST = 44;
const HIGHEST = 92;

/** Natural logarithms of k / 64. */
const TABLE: readonly bigint[] = Array.from({ length: HIGHEST + 1 }, (_, k) =>
  k < LOWEST ? 0n : 2n * arc(BigInt(k) - STEPS, BigInt(k) + STEPS, false),
);

/** log2(x) of a positive number with a 64-bit magnitude; null when it is 0, that is for 1. `exact` for powers of two. */
export function log2(x: Real): { value: Real | null; exact: boolean } {
  const halve = x.magnitude > ROOT_2;
  const whole = BigInt(x.exponent + (halve ? 64 : 63));
  const m = x.magnitude << (halve ? 64n : 65n);
  const distance = m - ONE;
  if (distance === 0n) return { value: whole === 0n ? null : fromFixed(whole * ONE), exact: true };
  if (whole === 0n && abs(distance) < SMALL) return { value: ofDistance(fromFixed(distance)), exact: false };
  return { value: fromFixed(whole * ONE + multiply(lnOf(m), LOG2_E)), exact: false };
}

/** log2(1 + x) for x above -1. */
export function log2OnePlus(x: Real): Real {
  // Beyond all precision of the sum.
  if (x.exponent > 128) return log2(x).value ?? x;
  const distance = toFixed(x);
  if (abs(distance) < SMALL) return ofDistance(x);
  const sum = ONE + distance;
  const length = bitLength(sum);
  // Into 64 bits and more: split off the power of two as log2 does, keeping all bits.
  const whole = BigInt(length - 129);
  const m = whole >= 0n ? sum >> whole : sum << -whole;
  const high = m > ROOT_2 << 65n;
  const value = (whole + (high ? 1n : 0n)) * ONE + multiply(lnOf(high ? m >> 1n : m), LOG2_E);
  return fromFixed(value);
}

/** log2(1 + d) of a small distance, with all its relative precision. */
function ofDistance(d: Real): Real {
  const fixed = toFixed(d);
  const w = quotient(d, fromFixed(2n * ONE + fixed));
  const square = toFixed(w);
  const factor = polynomial(SERIES, multiply(square, square));
  const product = times(w, fromFixed(multiply(factor, LOG2_E)));
  return { ...product, exponent: product.exponent + 1 };
}

/** Natural logarithm of 0.7..1.42. */
function lnOf(m: bigint): bigint {
  const k = (m * STEPS + ONE / 2n) / ONE;
  const near = (k * ONE) / STEPS;
  const w = ((m - near) * ONE) / (m + near);
  return TABLE[Number(k)]! + 2n * multiply(w, polynomial(SERIES, multiply(w, w)));
}
