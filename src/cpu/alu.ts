/**
 * Arithmetic of every operand size: pure functions of (state, s, a, b) where s = 32 - operand bits. Operands may carry
 * anything above their size; results are sign-extended. Only the flags in `m` change.
 */
import { carryFlag, setCarryOverflow, setResult, setResultKeepCarry, setShiftResult } from './flags.ts';

export type Alu = (m: Int32Array, s: number, a: number, b: number) => number;

const sumCarries = (x: number, y: number, z: number): number => (x & y) | ((x | y) & ~z);
const borrows = (x: number, y: number, z: number): number => (~x & y) | ((~x | y) & z);

function sum(m: Int32Array, s: number, a: number, b: number, carry: number): number {
  const x = a << s;
  const y = b << s;
  const z = (x + y + (carry << s)) | 0;
  return setResult(m, s, z, sumCarries(x, y, z));
}

function difference(m: Int32Array, s: number, a: number, b: number, borrow: number): number {
  const x = a << s;
  const y = b << s;
  const z = (x - y - (borrow << s)) | 0;
  return setResult(m, s, z, borrows(x, y, z));
}

export const add: Alu = (m, s, a, b) => sum(m, s, a, b, 0);
export const adc: Alu = (m, s, a, b) => sum(m, s, a, b, carryFlag(m));
export const sub: Alu = (m, s, a, b) => difference(m, s, a, b, 0);
export const sbb: Alu = (m, s, a, b) => difference(m, s, a, b, carryFlag(m));
export const neg: Alu = (m, s, a) => difference(m, s, 0, a, 0);
export const and: Alu = (m, s, a, b) => setResult(m, s, (a & b) << s, 0);
export const or: Alu = (m, s, a, b) => setResult(m, s, (a | b) << s, 0);
export const xor: Alu = (m, s, a, b) => setResult(m, s, (a ^ b) << s, 0);
export const not: Alu = (_m, _s, a) => ~a;

export const inc: Alu = (m, s, a) => {
  const x = a << s;
  const y = 1 << s;
  const z = (x + y) | 0;
  return setResultKeepCarry(m, s, z, sumCarries(x, y, z));
};

export const dec: Alu = (m, s, a) => {
  const x = a << s;
  const y = 1 << s;
  const z = (x - y) | 0;
  return setResultKeepCarry(m, s, z, borrows(x, y, z));
};

/** Counts of shifts and rotates are taken modulo 32 (SDM vol. 2B, SAL/SAR/SHL/SHR). */
const COUNT_MASK = 31;

export const shl: Alu = (m, s, a, b) => {
  const count = b & COUNT_MASK;
  if (count === 0) return a;
  const last = (a << s) << (count - 1);
  const top = last << 1;
  return setShiftResult(m, s, top, last >>> 31, (top ^ last) >>> 31);
};

export const shr: Alu = (m, s, a, b) => {
  const count = b & COUNT_MASK;
  if (count === 0) return a;
  const last = ((a << s) >>> s) >>> (count - 1);
  const top = (last >>> 1) << s;
  return setShiftResult(m, s, top, last & 1, (top ^ (top << 1)) >>> 31);
};

export const sar: Alu = (m, s, a, b) => {
  const count = b & COUNT_MASK;
  if (count === 0) return a;
  const last = ((a << s) >> s) >> (count - 1);
  return setShiftResult(m, s, (last >> 1) << s, last & 1, 0);
};

export const rol: Alu = (m, s, a, b) => {
  if ((b & COUNT_MASK) === 0) return a;
  const bits = 32 - s;
  const n = b & (bits - 1);
  const value = (a << s) >>> s;
  const result = n === 0 ? value : (value << n) | (value >>> (bits - n));
  const carry = result & 1;
  setCarryOverflow(m, carry, ((result >>> (bits - 1)) & 1) ^ carry);
  return result;
};

export const ror: Alu = (m, s, a, b) => {
  if ((b & COUNT_MASK) === 0) return a;
  const bits = 32 - s;
  const n = b & (bits - 1);
  const value = (a << s) >>> s;
  const result = n === 0 ? value : (value >>> n) | (value << (bits - n));
  const carry = (result >>> (bits - 1)) & 1;
  setCarryOverflow(m, carry, ((result >>> (bits - 2)) & 1) ^ carry);
  return result;
};

/** RCL and RCR rotate through CF: the count is taken modulo operand bits + 1 for bytes and words. */
function throughCount(s: number, b: number): number {
  const count = b & COUNT_MASK;
  return s === 0 ? count : count % (33 - s);
}

export const rcl: Alu = (m, s, a, b) => {
  const bits = 32 - s;
  let value = (a << s) >>> s;
  let carry = carryFlag(m);
  const count = throughCount(s, b);
  if (count === 0) return a;
  for (let i = 0; i < count; i++) {
    const out = (value >>> (bits - 1)) & 1;
    value = (((value << 1) | carry) << s) >>> s;
    carry = out;
  }
  setCarryOverflow(m, carry, ((value >>> (bits - 1)) & 1) ^ carry);
  return value;
};

export const rcr: Alu = (m, s, a, b) => {
  const bits = 32 - s;
  let value = (a << s) >>> s;
  let carry = carryFlag(m);
  const count = throughCount(s, b);
  if (count === 0) return a;
  for (let i = 0; i < count; i++) {
    const out = value & 1;
    value = ((value >>> 1) | (carry << (bits - 1))) >>> 0;
    carry = out;
  }
  setCarryOverflow(m, carry, ((value >>> (bits - 1)) ^ (value >>> (bits - 2))) & 1);
  return value;
};

/** SHLD: `a` takes the high bits of `fill`. A count above 16 with 16-bit operands shifts a:fill:a, as Intel's do. */
export function shld(m: Int32Array, s: number, a: number, fill: number, b: number): number {
  const count = b & COUNT_MASK;
  if (count === 0) return a;
  const before = wide(s, a, fill, count - 1);
  const after = wide(s, a, fill, count);
  return setShiftResult(m, s, after << s, (before >>> (31 - s)) & 1, ((before ^ after) >>> (31 - s)) & 1);
}

/** The high operand-size bits of a:fill(:a) shifted left by n (0..31). */
function wide(s: number, a: number, fill: number, n: number): number {
  if (s === 0) return n === 0 ? a : (a << n) | (fill >>> (32 - n));
  const joined = ((a & 0xffff) << 16) | (fill & 0xffff);
  return (
    (n <= 16 ? (n === 16 ? joined : joined >>> (16 - n)) : (joined << (n - 16)) | ((a & 0xffff) >>> (32 - n))) & 0xffff
  );
}

/** SHRD: `a` takes the low bits of `fill`. */
export function shrd(m: Int32Array, s: number, a: number, fill: number, b: number): number {
  const count = b & COUNT_MASK;
  if (count === 0) return a;
  const before = wideRight(s, a, fill, count - 1);
  const after = wideRight(s, a, fill, count);
  return setShiftResult(m, s, after << s, before & 1, ((before ^ after) >>> (31 - s)) & 1);
}

function wideRight(s: number, a: number, fill: number, n: number): number {
  if (s === 0) return n === 0 ? a : (a >>> n) | (fill << (32 - n));
  const joined = ((fill & 0xffff) << 16) | (a & 0xffff);
  const high = n <= 16 ? 0 : (a & 0xffff) << (32 - n);
  return ((joined >>> n) | high) & 0xffff;
}

/** High half of the unsigned 64-bit product. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + (middle2 >>> 16)) | 0;
}

/** High half of the signed 64-bit product. */
export function multiplyHighSigned(a: number, b: number): number {
  return (multiplyHigh(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** Unsigned quotient of high:low by `divisor` where high < divisor, all uint32. */
export function divideWide(high: number, low: number, divisor: number): number {
  if (high === 0) return Math.floor(low / divisor);
  // Rounding costs less than one unit of a quotient below 2^32: correct the estimate by the exact product.
  let q = Math.min(0xffffffff, Math.floor((high * 0x100000000 + low) / divisor));
  if (isAbove(multiplyHigh(q | 0, divisor | 0) >>> 0, Math.imul(q, divisor) >>> 0, high, low)) q--;
  const restHigh = high - (multiplyHigh(q | 0, divisor | 0) >>> 0);
  const restLow = low - (Math.imul(q, divisor) >>> 0);
  return restHigh * 0x100000000 + restLow >= divisor ? q + 1 : q;
}

const isAbove = (aHigh: number, aLow: number, bHigh: number, bLow: number): boolean =>
  aHigh > bHigh || (aHigh === bHigh && aLow > bLow);
