/** FPATAN of two finite numbers that are not zero. */
import { arc, fromFixed, multiply, ONE, PI, polynomial, quotient, type Real, series, times, toFixed } from './fixed.ts';

const STEPS = 32;
const SERIES = series(14, (k) => BigInt(2 * k + 1), true);
/** Below this the series converges without help of the table. */
const SMALL = ONE / 64n;

/** Arctangents of k / 32, by adding up those of the differences. */
const TABLE: readonly bigint[] = Array.from({ length: STEPS }).reduce<bigint[]>(
  (table, _, i) => {
    const k = BigInt(i + 1);
    table.push(table[i]! + arc(32n, 1024n + k * (k - 1n), true));
    return table;
  },
  [0n],
);

/** The angle of the point (x, y), -pi..pi. */
export function arctangent(y: Real, x: Real): Real {
  const positive = { ...y, negative: false };
  const across = { ...x, negative: false };
  const steep = toOrder(positive, across) > 0;
  const ratio = steep ? quotient(across, positive) : quotient(positive, across);
  const small = ofRatio(ratio);
  if (!steep && !x.negative) return { ...small, negative: y.negative };
  // Never zero: the angle is close to, but not, a multiple of pi / 2.
  const fixed = toFixed(small) || 1n;
  const angle = steep ? PI / 2n + (x.negative ? fixed : -fixed) : PI - fixed;
  return { ...fromFixed(angle), negative: y.negative };
}

/** Sign of a - b for positive numbers with 64-bit magnitudes. */
function toOrder(a: Real, b: Real): number {
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  return a.magnitude > b.magnitude ? 1 : a.magnitude < b.magnitude ? -1 : 0;
}

/** Arctangent of 0..1. */
function ofRatio(ratio: Real): Real {
  const z = toFixed(ratio);
  if (z < SMALL) {
    const factor = polynomial(SERIES, multiply(z, z));
    return times(ratio, fromFixed(factor < ONE ? factor : ONE - 1n));
  }
  const k = Number((z * BigInt(STEPS) + ONE / 2n) / ONE);
  const near = (BigInt(k) * ONE) / BigInt(STEPS);
  const rest = ((z - near) * ONE) / (ONE + multiply(z, near));
  return fromFixed(TABLE[k]! + multiply(rest, polynomial(SERIES, multiply(rest, rest))));
}
