/**
 * Numbers taken apart, for exact arithmetic in integers: sign, exponent, and a significand of 64 bits whose top bit is
 * set (a finite number is significand / 2^63 * 2^exponent). SDM vol. 1, 4.2.2 and 4.8.3.
 */
import { DOUBLE, type Format } from '../format.ts';
import { DAZ, DE, IE } from '../mxcsr.ts';

/** Kinds, ordered so that `kind >= QNAN` is a NaN. */
export const ZERO = 0;
export const FINITE = 1;
export const INFINITY = 2;
export const QNAN = 3;
export const SNAN = 4;

export const TOP_BIT = 0x80000000 | 0;
const QUIET_BIT = 0x40000000;
const DOUBLE_EXPONENT = 0x7ff;
const DOUBLE_FRACTION = 0xfffff;
const DOUBLE_BIAS = 1023;
const SINGLE_EXPONENT = 0xff;
const SINGLE_FRACTION = 0x7fffff;
const SINGLE_BIAS = 127;

export class SoftNumber {
  kind = ZERO;
  /** 1 when negative. */
  sign = 0;
  exponent = 0;
  /** Significand; of a NaN its payload, with the quiet bit next to the top. Rounded results have more in lo's lowest bit. */
  hi = 0;
  lo = 0;
  /** It was denormal in memory, and not taken for zero. */
  denormal = false;

  /** Takes the number at word index `at` apart; with DAZ a denormal is a zero of its sign. */
  load(m: Int32Array, mxcsr: number, format: Format, at: number): void {
    const word = m[format === DOUBLE ? at + 1 : at]!;
    this.sign = word >>> 31;
    this.denormal = false;
    if (format === DOUBLE) {
      const low = m[at]!;
      this.hi = ((word & DOUBLE_FRACTION) << 11) | (low >>> 21);
      this.lo = low << 11;
      this.classify(mxcsr, (word >>> 20) & DOUBLE_EXPONENT, DOUBLE_EXPONENT, DOUBLE_BIAS);
    } else {
      this.hi = (word & SINGLE_FRACTION) << 8;
      this.lo = 0;
      this.classify(mxcsr, (word >>> 23) & SINGLE_EXPONENT, SINGLE_EXPONENT, SINGLE_BIAS);
    }
  }

  private classify(mxcsr: number, biased: number, all: number, bias: number): void {
    if (biased === all) {
      this.kind = (this.hi | this.lo) === 0 ? INFINITY : (this.hi & QUIET_BIT) !== 0 ? QNAN : SNAN;
    } else if (biased !== 0) {
      this.kind = FINITE;
      this.exponent = biased - bias;
      this.hi |= TOP_BIT;
    } else if ((this.hi | this.lo) === 0 || (mxcsr & DAZ) !== 0) {
      this.kind = ZERO;
    } else {
      this.kind = FINITE;
      this.denormal = true;
      this.exponent = 1 - bias;
      this.normalise();
    }
  }

  /** An integer, exactly. */
  loadInteger(value: number): void {
    this.kind = value === 0 ? ZERO : FINITE;
    this.sign = value < 0 ? 1 : 0;
    this.denormal = false;
    this.exponent = 31;
    this.hi = value < 0 ? -value | 0 : value;
    this.lo = 0;
    if (value !== 0) this.normalise();
  }

  copy(from: SoftNumber): void {
    this.kind = from.kind;
    this.sign = from.sign;
    this.exponent = from.exponent;
    this.hi = from.hi;
    this.lo = from.lo;
  }

  /** Shifts a significand that is not zero until its top bit is set. */
  normalise(): void {
    const n = this.hi !== 0 ? Math.clz32(this.hi) : 32 + Math.clz32(this.lo);
    if (n === 0) return;
    this.hi = n < 32 ? (this.hi << n) | (this.lo >>> (32 - n)) : this.lo << (n - 32);
    this.lo = n < 32 ? this.lo << n : 0;
    this.exponent -= n;
  }

  /** The default NaN ("QNaN floating-point indefinite"); returns IE. */
  setInvalid(): number {
    this.kind = QNAN;
    this.sign = 1;
    this.hi = QUIET_BIT;
    this.lo = 0;
    return IE;
  }

  /** Becomes a NaN, quiet; returns IE when it was signalling. */
  setQuiet(from: SoftNumber): number {
    const flags = from.kind === SNAN ? IE : 0;
    this.copy(from);
    this.kind = QNAN;
    this.hi |= QUIET_BIT;
    return flags;
  }
}

/** Operands and result of the operation at hand. */
export const A = new SoftNumber();
export const B = new SoftNumber();
export const R = new SoftNumber();

/** DE when an operand is denormal. */
export const denormalFlag = (): number => (A.denormal || B.denormal ? DE : 0);
