/** Rounding into single and double precision. SDM vol. 1, 4.8.4, 4.9.1 and 10.2.3. */
import { DOUBLE, type Format, SINGLE } from '../format.ts';
import { FTZ, OE, OM, PE, RC, RC_DOWN, RC_NEAREST, RC_UP, UE, UM } from '../mxcsr.ts';
import { INFINITY, type SoftNumber, TOP_BIT, ZERO } from './number.ts';

/** Of a 64-bit significand, the bits that a format leaves out. */
const DROPPED_DOUBLE = 11;
const DROPPED_SINGLE = 40;
const LEAST_EXPONENT_DOUBLE = -1022;
const LEAST_EXPONENT_SINGLE = -126;
/** The words, without sign, from which a result is infinite; of a double the upper. */
const INFINITE_DOUBLE = 0x7ff00000;
const INFINITE_SINGLE = 0x7f800000;
const INTEGER_DOUBLE = 1 << 20;
const INTEGER_SINGLE = 1 << 23;

/** A significand after `shiftAndRound`. */
let keptHi = 0;
let keptLo = 0;

function roundsUp(mxcsr: number, sign: number, half: number, rest: number): boolean {
  switch (mxcsr & RC) {
    case RC_NEAREST:
      return half !== 0 && (rest !== 0 || (keptLo & 1) !== 0);
    case RC_UP:
      return sign === 0;
    case RC_DOWN:
      return sign !== 0;
    default:
      return false;
  }
}

/** kept = (hi, lo) >> n, rounded, n > 0. Returns whether that is inexact. */
function shiftAndRound(mxcsr: number, sign: number, hi: number, lo: number, n: number): boolean {
  let half = 0;
  let rest = 1;
  keptHi = 0;
  keptLo = 0;
  if (n < 32) {
    keptHi = hi >>> n;
    keptLo = (lo >>> n) | (hi << (32 - n));
    half = (lo >>> (n - 1)) & 1;
    rest = n === 1 ? 0 : lo << (33 - n);
  } else if (n === 32) {
    keptLo = hi;
    half = lo >>> 31;
    rest = lo << 1;
  } else if (n < 64) {
    keptLo = hi >>> (n - 32);
    half = (hi >>> (n - 33)) & 1;
    rest = lo | (n === 33 ? 0 : hi << (65 - n));
  } else if (n === 64) {
    half = hi >>> 31;
    rest = lo | (hi << 1);
  }
  if ((half | rest) === 0) return false;
  if (roundsUp(mxcsr, sign, half, rest)) {
    keptLo = (keptLo + 1) | 0;
    if (keptLo === 0) keptHi++;
  }
  return true;
}

/** Stores sign and magnitude; of a single `lo` is left out. */
function put(m: Int32Array, format: Format, to: number, sign: number, hi: number, lo: number): void {
  if (format === SINGLE) m[to] = (sign << 31) | hi;
  else {
    m[to] = lo;
    m[to + 1] = (sign << 31) | hi;
  }
}

/** Stores a zero, an infinity or a NaN. */
export function packSpecial(m: Int32Array, format: Format, to: number, n: SoftNumber): void {
  const infinite = format === DOUBLE ? INFINITE_DOUBLE : INFINITE_SINGLE;
  if (n.kind === ZERO) put(m, format, to, n.sign, 0, 0);
  else if (n.kind === INFINITY) put(m, format, to, n.sign, infinite, 0);
  else if (format === SINGLE) put(m, format, to, n.sign, infinite | ((n.hi & ~TOP_BIT) >>> 8), 0);
  else put(m, format, to, n.sign, infinite | ((n.hi & ~TOP_BIT) >>> 11), (n.hi << 21) | (n.lo >>> 11));
}

/** Stores a finite number, rounded, at word index `to`. Returns OE, UE, PE. */
export function roundPack(m: Int32Array, mxcsr: number, format: Format, to: number, n: SoftNumber): number {
  const double = format === DOUBLE;
  const dropped = double ? DROPPED_DOUBLE : DROPPED_SINGLE;
  const least = double ? LEAST_EXPONENT_DOUBLE : LEAST_EXPONENT_SINGLE;
  if (n.exponent < least) return roundTiny(m, mxcsr, format, to, n, dropped, least);
  const inexact = shiftAndRound(mxcsr, n.sign, n.hi, n.lo, dropped);
  // The integer bit adds one to the exponent field, a carry out of the significand another one.
  const biased = n.exponent - least;
  const word = double ? biased * INTEGER_DOUBLE + keptHi : biased * INTEGER_SINGLE + keptLo;
  if (word >= (double ? INFINITE_DOUBLE : INFINITE_SINGLE)) {
    return overflow(m, mxcsr, format, to, n.sign) | (inexact || (mxcsr & OM) !== 0 ? PE : 0);
  }
  put(m, format, to, n.sign, word, keptLo);
  return inexact ? PE : 0;
}

/**
 * The number is below the smallest normal one. It is tiny unless rounding, with an exponent of any size, brings it there.
 * An unmasked underflow is inexact when that rounding is: nothing is stored then. SDM vol. 1, 4.9.1.5.
 */
function roundTiny(
  m: Int32Array,
  mxcsr: number,
  format: Format,
  to: number,
  n: SoftNumber,
  dropped: number,
  least: number,
): number {
  const inexactAnyhow = shiftAndRound(mxcsr, n.sign, n.hi, n.lo, dropped);
  const carried = format === DOUBLE ? keptHi >= INTEGER_DOUBLE * 2 : keptLo >= INTEGER_SINGLE * 2;
  const tiny = !carried || n.exponent < least - 1;
  if (tiny && (mxcsr & UM) === 0) return UE | (inexactAnyhow ? PE : 0);
  if (tiny && (mxcsr & FTZ) !== 0) {
    put(m, format, to, n.sign, 0, 0);
    return UE | PE;
  }
  const inexact = shiftAndRound(mxcsr, n.sign, n.hi, n.lo, dropped + least - n.exponent);
  put(m, format, to, n.sign, format === DOUBLE ? keptHi : keptLo, keptLo);
  return inexact ? (tiny ? UE | PE : PE) : 0;
}

/** OE. The result is infinity, or the largest finite number where rounding goes towards zero. SDM vol. 1, table 4-11. */
function overflow(m: Int32Array, mxcsr: number, format: Format, to: number, sign: number): number {
  const rc = mxcsr & RC;
  const infinite = rc === RC_NEAREST || rc === (sign === 0 ? RC_UP : RC_DOWN);
  const word = format === DOUBLE ? INFINITE_DOUBLE : INFINITE_SINGLE;
  put(m, format, to, sign, infinite ? word : word - 1, infinite ? 0 : -1);
  return OE;
}
