/** FSIN, FCOS, FSINCOS and FPTAN of a finite number that is not zero and below 2^63. SDM vol. 1, 8.3.8 and 8.3.10. */
import {
  factorial,
  fromFixed,
  multiply,
  ONE,
  polynomial,
  quotient,
  type Real,
  series,
  times,
  toFixed,
} from './fixed.ts';

/**
 * pi / 2 as the processor has it for argument reduction: 66 significant bits, here with 67 below the point.
 * SDM vol. 1, 8.3.8.
 */
const HALF_PI = 0xc90fdaa22168c234cn;
const HALF_PI_SCALE = 67;

const SINE = series(14, (k) => factorial(2 * k + 1), true);
const COSINE = series(15, (k) => factorial(2 * k), true);

/** An angle of at most pi / 4 and the number of quarter turns taken off. */
interface Reduced {
  readonly angle: Real;
  readonly quarter: number;
}

function reduce(x: Real): Reduced {
  // Below one half there is nothing to take off.
  if (x.exponent < -64) return { angle: x, quarter: 0 };
  const scaled = x.magnitude << BigInt(x.exponent + HALF_PI_SCALE);
  const turns = (2n * scaled + HALF_PI) / (2n * HALF_PI);
  const rest = scaled - turns * HALF_PI;
  const magnitude = rest < 0n ? -rest : rest;
  const quarter = Number(turns & 3n);
  return {
    angle: { negative: rest < 0n !== x.negative, magnitude, exponent: -HALF_PI_SCALE },
    quarter: x.negative ? (4 - quarter) & 3 : quarter,
  };
}

/** Sine and cosine of an angle of at most pi / 4; strictly within their bounds, so that they round as inexact. */
function sineOf(angle: Real): Real {
  const r = toFixed(angle);
  const factor = polynomial(SINE, multiply(r, r));
  return times(angle, fromFixed(factor < ONE ? factor : ONE - 1n));
}

function cosineOf(angle: Real): Real {
  const r = toFixed(angle);
  const value = polynomial(COSINE, multiply(r, r));
  return fromFixed(value < ONE ? value : ONE - 1n);
}

const negated = (x: Real): Real => ({ ...x, negative: !x.negative });

export function sine(x: Real): Real {
  const { angle, quarter } = reduce(x);
  const value = (quarter & 1) === 0 ? sineOf(angle) : cosineOf(angle);
  return quarter < 2 ? value : negated(value);
}

export function cosine(x: Real): Real {
  const { angle, quarter } = reduce(x);
  const value = (quarter & 1) === 0 ? cosineOf(angle) : sineOf(angle);
  return quarter === 1 || quarter === 2 ? negated(value) : value;
}

export function tangent(x: Real): Real {
  const { angle, quarter } = reduce(x);
  const s = sineOf(angle);
  const c = cosineOf(angle);
  return (quarter & 1) === 0 ? quotient(s, c) : negated(quotient(c, s));
}
