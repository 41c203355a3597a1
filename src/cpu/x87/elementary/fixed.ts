/**
 * Fixed-point arithmetic for the transcendental instructions: bigints with 128 fraction bits, the same on every host.
 * Results carry about 100 correct bits, so that rounding them to 64 is as good as always correct.
 */
import { BIAS, EXPONENT, SIGN } from '../format.ts';
import type { Fpu } from '../fpu.ts';
import { leadingZeros } from '../operand.ts';
import { roundExtended } from '../round.ts';

export const FRACTION = 128n;
export const ONE = 1n << FRACTION;
/** Fraction bits in the making of constants and tables. */
const GUARD = 32n;

/** A number that is not zero: (-1)^negative * magnitude * 2^exponent. */
export interface Real {
  readonly negative: boolean;
  readonly magnitude: bigint;
  readonly exponent: number;
}

export const multiply = (a: bigint, b: bigint): bigint => (a * b) >> FRACTION;

export const abs = (a: bigint): bigint => (a < 0n ? -a : a);

/** A finite number of the register file that is not zero, significand normalised to 64 bits. */
export function realOf(f: Fpu, slot: number): Real {
  const hi = f.hi[slot]!;
  const lo = f.lo[slot]!;
  const se = f.se[slot]!;
  const n = leadingZeros(hi, lo);
  const magnitude = ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)) << BigInt(n);
  return { negative: (se & SIGN) !== 0, magnitude, exponent: (se & EXPONENT || 1) - BIAS - 63 - n };
}

/** A signed fixed-point number that is not zero. */
export const fromFixed = (value: bigint): Real => ({
  negative: value < 0n,
  magnitude: abs(value),
  exponent: -Number(FRACTION),
});

/** The nearest fixed-point number not above the magnitude, with its sign. */
export function toFixed({ negative, magnitude, exponent }: Real): bigint {
  const shift = BigInt(exponent) + FRACTION;
  const value = shift >= 0n ? magnitude << shift : -shift > 512n ? 0n : magnitude >> -shift;
  return negative ? -value : value;
}

export const times = (a: Real, b: Real): Real => ({
  negative: a.negative !== b.negative,
  magnitude: a.magnitude * b.magnitude,
  exponent: a.exponent + b.exponent,
});

/** a / b, with at least 128 significant bits. */
export function quotient(a: Real, b: Real): Real {
  const shift = Math.max(0, bitLength(b.magnitude) - bitLength(a.magnitude) + 160);
  return {
    negative: a.negative !== b.negative,
    magnitude: (a.magnitude << BigInt(shift)) / b.magnitude,
    exponent: a.exponent - b.exponent - shift,
  };
}

const scratch = new DataView(new ArrayBuffer(8));

/** Bits of a positive number below 2^1000. */
export function bitLength(value: bigint): number {
  scratch.setFloat64(0, Number(value));
  const length = (scratch.getUint16(0) >> 4) - 1022;
  // The conversion may have rounded up to the next power of two.
  return value >> BigInt(length - 1) === 0n ? length - 1 : length;
}

const LOW_32 = 0xffffffffn;

/** R = the number rounded to 64 bits. `exact` tells that nothing was cut off below the magnitude. Returns flags. */
export function roundReal(f: Fpu, { negative, magnitude, exponent }: Real, exact: boolean): number {
  const length = bitLength(magnitude);
  const shift = length - 96;
  const top = shift >= 0 ? magnitude >> BigInt(shift) : magnitude << BigInt(-shift);
  const cut = !exact || (shift > 0 && top << BigInt(shift) !== magnitude);
  const hi = Number(top >> 64n) | 0;
  const lo = Number((top >> 32n) & LOW_32) | 0;
  const ext = Number(top & LOW_32) | (cut ? 1 : 0);
  return roundExtended(f, negative ? SIGN : 0, exponent + length - 1 + BIAS, hi, lo, ext);
}

/** Horner's rule: c[0] + x * (c[1] + x * (c[2] + ...)). */
export function polynomial(coefficients: readonly bigint[], x: bigint): bigint {
  let sum = 0n;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = coefficients[i]! + ((x * sum) >> FRACTION);
  return sum;
}

/** Coefficients ONE / divisor(k), k = 0..count-1, signs alternating when asked to. */
export function series(count: number, divisor: (k: number) => bigint, alternating: boolean): bigint[] {
  return Array.from({ length: count }, (_, k) => (alternating && k % 2 === 1 ? -ONE : ONE) / divisor(k));
}

export function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}

/** Sum of (a/b)^(2k+1) / (2k+1): atanh(a/b), or atan(a/b) when signs alternate. For |a/b| below 1. */
export function arc(a: bigint, b: bigint, alternating: boolean): bigint {
  let power = ((ONE << GUARD) * a) / b;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += alternating && k % 4n === 3n ? -power / k : power / k;
    power = (power * a * a) / (b * b);
  }
  return sum >> GUARD;
}

/** e^x of a fixed-point number by its series. */
export function exponential(x: bigint): bigint {
  let term = ONE << GUARD;
  let sum = 0n;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = ((term * x) >> FRACTION) / k;
  }
  return sum >> GUARD;
}

/** J. Machin: pi / 4 = 4 atan(1/5) - atan(1/239). */
export const PI = 16n * arc(1n, 5n, true) - 4n * arc(1n, 239n, true);
/** ln 2 = 2 atanh(1/3). */
export const LN_2 = 2n * arc(1n, 3n, false);
export const LOG2_E = (ONE * ONE) / LN_2;
