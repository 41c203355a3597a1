/** The transcendental instructions on registers: special operands, exceptions, rounding. SDM vol. 1, 8.3.8 to 8.3.12. */
import { arctangent } from './elementary/arctangent.ts';
import { exp2MinusOne } from './elementary/exponential.ts';
import { fromFixed, PI, type Real, realOf, roundReal, times } from './elementary/fixed.ts';
import { log2, log2OnePlus } from './elementary/logarithm.ts';
import { cosine, sine, tangent } from './elementary/trigonometry.ts';
import { BIAS, C2, DE, EXPONENT, INTEGER_BIT, M, PE, R, SIGN, UE, ZE } from './format.ts';
import type { Fpu } from './fpu.ts';
import { DENORMAL, INFINITY, invalid, kindOf, propagate, quiet, ZERO } from './operand.ts';

/** Exponent from which on trigonometric arguments are refused. */
const TOO_LARGE = BIAS + 63;

/** What a trigonometric instruction does with an operand that needs no computation; null for the others. */
function trigonometricSpecial(f: Fpu, a: number, ofZero: (f: Fpu, a: number) => void): number | null {
  const kind = kindOf(f, a);
  if (kind > INFINITY) return quiet(f, a, kind);
  if (kind === INFINITY) return invalid(f);
  if (kind === ZERO) {
    ofZero(f, a);
    return 0;
  }
  if ((f.se[a]! & EXPONENT) >= TOO_LARGE) return C2;
  return kind === DENORMAL && (f.control & DE) === 0 ? DE : null;
}

const denormal = (f: Fpu, a: number): number => ((f.se[a]! & EXPONENT) === 0 ? DE : 0);
const same = (f: Fpu, a: number): void => f.copy(R, a);
const one = (f: Fpu): void => f.set(R, BIAS, INTEGER_BIT, 0);

/** Arguments below 2^-68 are their own sine and tangent, and have the cosine 1, whatever the rounding. */
const TINY = BIAS - 68;
const isTiny = (f: Fpu, a: number): boolean => (f.se[a]! & EXPONENT) < TINY;

/** R = a, reported as inexact, and as an underflow where it is denormal. */
function asItself(f: Fpu, a: number): number {
  return reportInexact(f, roundReal(f, realOf(f, a), true));
}

function reportInexact(f: Fpu, flags: number): number {
  return flags | PE | ((f.se[R]! & EXPONENT) === 0 ? UE : 0);
}

/** R = sin(a). Returns C2 alone, and no result, when the operand is out of range. */
export function fsin(f: Fpu, a: number): number {
  const special = trigonometricSpecial(f, a, same);
  if (special !== null) return special;
  return denormal(f, a) | (isTiny(f, a) ? asItself(f, a) : roundReal(f, sine(realOf(f, a)), false));
}

export function fcos(f: Fpu, a: number): number {
  const special = trigonometricSpecial(f, a, one);
  if (special !== null) return special;
  if (!isTiny(f, a)) return roundReal(f, cosine(realOf(f, a)), false);
  one(f);
  return denormal(f, a) | PE;
}

/** R = tan(a), M = 1 (or the same NaN), which is pushed. */
export function fptan(f: Fpu, a: number): number {
  const special = trigonometricSpecial(f, a, same);
  if (special !== null) {
    if (kindOf(f, R) > INFINITY) f.copy(M, R);
    else f.set(M, BIAS, INTEGER_BIT, 0);
    return special;
  }
  f.set(M, BIAS, INTEGER_BIT, 0);
  return denormal(f, a) | (isTiny(f, a) ? asItself(f, a) : roundReal(f, tangent(realOf(f, a)), false));
}

/** R = sin(a), M = cos(a), which is pushed. */
export function fsincos(f: Fpu, a: number): number {
  const ofCosine = fcos(f, a);
  f.copy(M, R);
  return ofCosine | fsin(f, a);
}

/** R = 2^a - 1. Outside of -1..1 the operand is left, which the manual leaves undefined. */
export function f2xm1(f: Fpu, a: number): number {
  const kind = kindOf(f, a);
  const negative = (f.se[a]! & SIGN) !== 0;
  if (kind > INFINITY) return quiet(f, a, kind);
  f.copy(R, a);
  if (kind === INFINITY) {
    if (negative) f.set(R, SIGN | BIAS, INTEGER_BIT, 0);
    return 0;
  }
  if (kind === ZERO) return 0;
  if (kind === DENORMAL && (f.control & DE) === 0) return DE;
  if ((f.se[a]! & EXPONENT) >= BIAS) return atBound(f, a, negative);
  return denormal(f, a) | roundReal(f, exp2MinusOne(realOf(f, a)), false);
}

/** 2^1 - 1 = 1, 2^-1 - 1 = -1/2; even these are reported as inexact. */
function atBound(f: Fpu, a: number, negative: boolean): number {
  const unit = (f.se[a]! & EXPONENT) === BIAS && f.hi[a] === INTEGER_BIT && f.lo[a] === 0;
  if (unit && negative) f.set(R, SIGN | (BIAS - 1), INTEGER_BIT, 0);
  return PE;
}

/** R = y * log2(x). SDM vol. 2A, FYL2X, table 3-38. */
export function fyl2x(f: Fpu, x: number, y: number): number {
  const kx = kindOf(f, x);
  const ky = kindOf(f, y);
  if (kx > INFINITY || ky > INFINITY) return propagate(f, x, kx, y, ky);
  const sign = f.se[y]! & SIGN;
  if (kx === ZERO) {
    if (ky === ZERO) return invalid(f);
    f.set(R, (sign ^ SIGN) | EXPONENT, INTEGER_BIT, 0);
    return ky === INFINITY ? 0 : ZE;
  }
  if ((f.se[x]! & SIGN) !== 0) return invalid(f);
  const flags = kx === DENORMAL || ky === DENORMAL ? DE : 0;
  if (kx === INFINITY) {
    if (ky === ZERO) return invalid(f);
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  const { value, exact } = log2(realOf(f, x));
  return logarithmTimes(f, value, exact, y, ky, flags);
}

/** R = y * log2(1 + x). From -1 down the result is x; the manual defines nothing there. */
export function fyl2xp1(f: Fpu, x: number, y: number): number {
  const kx = kindOf(f, x);
  const ky = kindOf(f, y);
  if (kx > INFINITY || ky > INFINITY) return propagate(f, x, kx, y, ky);
  const sign = f.se[y]! & SIGN;
  const flags = kx === DENORMAL || ky === DENORMAL ? DE : 0;
  if (kx === ZERO) {
    if (ky === INFINITY) return invalid(f);
    if ((flags & ~f.control) === 0) f.set(R, sign ^ (f.se[x]! & SIGN), 0, 0);
    return flags;
  }
  const negative = (f.se[x]! & SIGN) !== 0;
  if (negative && kx === INFINITY) return invalid(f);
  if (kx === INFINITY) {
    if (ky === ZERO) return invalid(f);
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  const beyond = negative && (f.se[x]! & EXPONENT) >= BIAS;
  const result = logarithmTimes(f, beyond ? MINUS_ONE : log2OnePlus(realOf(f, x)), false, y, ky, flags);
  if (beyond && (result & PE) !== 0) {
    f.copy(R, x);
    return flags | PE;
  }
  return result;
}

const MINUS_ONE: Real = { negative: true, magnitude: 1n, exponent: 0 };

/** R = logarithm (null: zero) * y. Even whole logarithms are reported as inexact. */
function logarithmTimes(f: Fpu, log: Real | null, exact: boolean, y: number, ky: number, flags: number): number {
  const sign = (f.se[y]! & SIGN) ^ (log?.negative ? SIGN : 0);
  if (ky === INFINITY && log === null) return invalid(f);
  if ((flags & ~f.control) !== 0) return flags;
  if (ky === INFINITY) {
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  if (ky === ZERO || log === null) {
    f.set(R, sign, 0, 0);
    return flags;
  }
  return flags | reportInexact(f, roundReal(f, times(log, realOf(f, y)), exact));
}

/** R = the angle of (x, y). SDM vol. 2A, FPATAN, table 3-30. */
export function fpatan(f: Fpu, x: number, y: number): number {
  const kx = kindOf(f, x);
  const ky = kindOf(f, y);
  if (kx > INFINITY || ky > INFINITY) return propagate(f, x, kx, y, ky);
  const flags = kx === DENORMAL || ky === DENORMAL ? DE : 0;
  if ((flags & ~f.control) !== 0) return flags;
  const sign = f.se[y]! & SIGN;
  const left = (f.se[x]! & SIGN) !== 0;
  if (ky === ZERO || (kx === INFINITY && ky !== INFINITY)) {
    if (left) return flags | angle(f, sign, PI);
    f.set(R, sign, 0, 0);
    return flags;
  }
  if (kx === ZERO || ky === INFINITY) {
    const eighths = kx !== INFINITY ? 4n : left ? 6n : 2n;
    return flags | angle(f, sign, (PI * eighths) / 8n);
  }
  return flags | roundReal(f, arctangent(realOf(f, y), realOf(f, x)), false);
}

/** R = an angle of the axes or diagonals. */
function angle(f: Fpu, sign: number, fixed: bigint): number {
  return roundReal(f, { ...fromFixed(fixed), negative: sign !== 0 }, false);
}
