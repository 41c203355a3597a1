/** F2XM1: 2^x - 1. */
import {
  abs,
  exponential,
  factorial,
  fromFixed,
  LN_2,
  multiply,
  ONE,
  polynomial,
  type Real,
  series,
  times,
  toFixed,
} from './fixed.ts';

const STEPS = 32;
/** (e^z - 1) / z. */
const SERIES = series(16, (k) => factorial(k + 1), false);
const SMALL = ONE / 64n;

/** 2^(k / 32), k = -32..32. */
const TABLE: readonly bigint[] = Array.from({ length: 2 * STEPS + 1 }, (_, i) =>
  exponential((LN_2 * BigInt(i - STEPS)) / BigInt(STEPS)),
);

/** 2^x - 1 for x that is not zero, within -1..1. */
export function exp2MinusOne(x: Real): Real {
  const fixed = toFixed(x);
  if (abs(fixed) < SMALL) return times(times(x, fromFixed(LN_2)), fromFixed(polynomial(SERIES, multiply(fixed, LN_2))));
  const k = Math.round(Number((fixed * BigInt(STEPS * 16)) / ONE) / 16);
  const z = multiply(fixed - (BigInt(k) * ONE) / BigInt(STEPS), LN_2);
  const power = TABLE[k + STEPS]!;
  return fromFixed(multiply(power, multiply(z, polynomial(SERIES, z))) + power - ONE);
}
