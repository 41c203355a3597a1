/** FCOM, FUCOM, FTST and their kin, and FXAM. */
import { C0, C1, C2, C3, DE, EXPONENT, IE, SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';
import { compareSignificands, DENORMAL, INFINITY, kindOf, NORMAL, QNAN, SNAN, UNSUPPORTED, ZERO } from './operand.ts';

/** Condition codes of a comparison. SDM vol. 1, table 8-5. */
export const GREATER = 0;
export const LESS = C0;
export const EQUAL = C3;
export const UNORDERED = C0 | C2 | C3;
export const CONDITION = C0 | C2 | C3;

/**
 * Compares a with b. Returns GREATER, LESS, EQUAL or UNORDERED together with exception flags: IE for a signalling NaN
 * or an unsupported encoding, and for a quiet NaN unless `unordered` (FUCOM); DE for a denormal.
 */
export function compare(f: Fpu, a: number, b: number, unordered: boolean): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  if (ka > INFINITY || kb > INFINITY) {
    return ka > QNAN || kb > QNAN || !unordered ? UNORDERED | IE : UNORDERED;
  }
  return order(f, a, ka, b, kb) | (ka === DENORMAL || kb === DENORMAL ? DE : 0);
}

function order(f: Fpu, a: number, ka: number, b: number, kb: number): number {
  if (ka === ZERO && kb === ZERO) return EQUAL;
  const sa = f.se[a]!;
  const sb = f.se[b]!;
  if (ka === ZERO) return (sb & SIGN) === 0 ? LESS : GREATER;
  if (kb === ZERO || ((sa ^ sb) & SIGN) !== 0) return (sa & SIGN) === 0 ? GREATER : LESS;
  const ea = sa & EXPONENT || 1;
  const eb = sb & EXPONENT || 1;
  const difference = ea !== eb ? ea - eb : compareSignificands(f.hi[a]!, f.lo[a]!, f.hi[b]!, f.lo[b]!);
  if (difference === 0) return EQUAL;
  return difference > 0 === ((sa & SIGN) === 0) ? GREATER : LESS;
}

const CLASSES: Readonly<Record<number, number>> = {
  [UNSUPPORTED]: 0,
  [QNAN]: C0,
  [SNAN]: C0,
  [NORMAL]: C2,
  [INFINITY]: C2 | C0,
  [ZERO]: C3,
  [DENORMAL]: C3 | C2,
};

/** Condition codes of FXAM for physical register `n`. SDM vol. 2A, FXAM. */
export function examine(f: Fpu, n: number): number {
  const sign = (f.se[n]! & SIGN) === 0 ? 0 : C1;
  return sign | (f.isEmpty(n) ? C3 | C0 : CLASSES[kindOf(f, n)]!);
}
