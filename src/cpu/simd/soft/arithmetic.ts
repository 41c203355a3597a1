/** Addition, multiplication, division and square root in integers, with every mode and exception. SDM vol. 1, 11.5. */
import { ADD, DIV, type Format, MUL, type Operation, SQRT, SUB } from '../format.ts';
import { IE, RC, RC_DOWN, unmasked, ZE } from '../mxcsr.ts';
import { A, B, denormalFlag, FINITE, INFINITY, QNAN, R, SNAN, type SoftNumber, ZERO } from './number.ts';
import { packSpecial, roundPack } from './round.ts';

/**
 * The number at word index `to` = that at `a` op that at `b`. Returns all its exceptions; when one of them is unmasked
 * the result means nothing.
 */
export function softArithmetic(
  m: Int32Array,
  mxcsr: number,
  op: Operation,
  format: Format,
  to: number,
  a: number,
  b: number,
): number {
  A.load(m, mxcsr, format, op === SQRT ? b : a);
  B.load(m, mxcsr, format, b);
  if (op === SUB && B.kind < QNAN) B.sign ^= 1;
  const flags = special(op);
  if (flags !== NOT_SPECIAL) {
    packSpecial(m, format, to, R);
    return flags;
  }
  const before = denormalFlag();
  if (unmasked(mxcsr, before) !== 0) return before;
  compute(op, mxcsr);
  if (R.kind === FINITE) return before | roundPack(m, mxcsr, format, to, R);
  packSpecial(m, format, to, R);
  return before;
}

const NOT_SPECIAL = -1;

/** R and the exceptions when an operand is a NaN, or the result is infinite or invalid for what the operands are. */
function special(op: Operation): number {
  // SDM vol. 1, table 4-7: the first operand's NaN goes before the second's.
  if (A.kind >= QNAN || B.kind >= QNAN) {
    R.setQuiet(A.kind >= QNAN ? A : B);
    return A.kind === SNAN || B.kind === SNAN ? IE : 0;
  }
  switch (op) {
    case SQRT:
      if (B.sign === 1 && B.kind !== ZERO) return R.setInvalid();
      if (B.kind === FINITE) return NOT_SPECIAL;
      R.copy(B);
      return 0;
    case MUL:
      return specialProduct();
    case DIV:
      return specialQuotient();
    default:
      return specialSum();
  }
}

function specialSum(): number {
  if (A.kind !== INFINITY && B.kind !== INFINITY) return NOT_SPECIAL;
  if (A.kind === B.kind && A.sign !== B.sign) return R.setInvalid();
  R.copy(A.kind === INFINITY ? A : B);
  return denormalFlag();
}

function specialProduct(): number {
  if (A.kind !== INFINITY && B.kind !== INFINITY) return NOT_SPECIAL;
  if (A.kind === ZERO || B.kind === ZERO) return R.setInvalid();
  setSigned(INFINITY);
  return denormalFlag();
}

function specialQuotient(): number {
  if (A.kind === B.kind && A.kind !== FINITE) return R.setInvalid();
  if (A.kind === INFINITY || B.kind === INFINITY) {
    setSigned(A.kind === INFINITY ? INFINITY : ZERO);
    return denormalFlag();
  }
  if (B.kind !== ZERO) return NOT_SPECIAL;
  // SDM vol. 1, 4.9.2: a division by zero goes before a denormal operand.
  setSigned(INFINITY);
  return ZE;
}

/** R = zero or infinity with the sign of a product or quotient. */
function setSigned(kind: number): void {
  R.kind = kind;
  R.sign = A.sign ^ B.sign;
}

/** R = A op B, finite numbers. */
function compute(op: Operation, mxcsr: number): void {
  R.kind = FINITE;
  if (op === ADD || op === SUB) add(mxcsr);
  else if (op === SQRT) squareRoot();
  else if (A.kind === ZERO || B.kind === ZERO) setSigned(ZERO);
  else {
    R.sign = A.sign ^ B.sign;
    if (op === MUL) multiply();
    else divide();
  }
}

/** A zero sum of numbers that are not both zeros of one sign: negative only when rounding down. SDM vol. 1, 4.8.3.1. */
function setZeroSum(mxcsr: number): void {
  R.kind = ZERO;
  R.sign = (mxcsr & RC) === RC_DOWN ? 1 : 0;
}

function add(mxcsr: number): void {
  if (A.kind === ZERO || B.kind === ZERO) {
    R.copy(A.kind === ZERO ? B : A);
    if (R.kind === ZERO && A.sign !== B.sign) setZeroSum(mxcsr);
    return;
  }
  const aFirst = A.exponent !== B.exponent ? A.exponent > B.exponent : !below(A.hi, A.lo, B.hi, B.lo);
  addOrdered(aFirst ? A : B, aFirst ? B : A, mxcsr);
}

/** R = x + y, where x is not the smaller in magnitude. One bit of headroom; what y loses is gathered in the lowest. */
function addOrdered(x: SoftNumber, y: SoftNumber, mxcsr: number): void {
  const n = x.exponent - y.exponent + 1;
  const xh = x.hi >>> 1;
  const xl = (x.lo >>> 1) | (x.hi << 31);
  const yh = n < 32 ? y.hi >>> n : 0;
  let yl = n < 32 ? (y.lo >>> n) | (y.hi << (32 - n)) : n === 32 ? y.hi : n < 64 ? y.hi >>> (n - 32) : 0;
  const lost = n < 32 ? y.lo << (32 - n) : n === 32 ? y.lo : n < 64 ? y.lo | (y.hi << (64 - n)) : 1;
  if (lost !== 0) yl |= 1;
  R.sign = x.sign;
  R.exponent = x.exponent + 1;
  if (x.sign === y.sign) {
    R.lo = (xl + yl) | 0;
    R.hi = (xh + yh + (R.lo >>> 0 < xl >>> 0 ? 1 : 0)) | 0;
  } else {
    R.lo = (xl - yl) | 0;
    R.hi = (xh - yh - (xl >>> 0 < yl >>> 0 ? 1 : 0)) | 0;
    if ((R.hi | R.lo) === 0) {
      setZeroSum(mxcsr);
      return;
    }
  }
  R.normalise();
}

const LIMBS = 4;
const LIMB_BITS = 16;
const LIMB_MASK = 0xffff;
const limbsA = new Uint16Array(LIMBS);
const limbsB = new Uint16Array(LIMBS);
const product = new Uint16Array(2 * LIMBS);

function split(limbs: Uint16Array, n: SoftNumber): void {
  limbs[0] = n.lo;
  limbs[1] = n.lo >>> LIMB_BITS;
  limbs[2] = n.hi;
  limbs[3] = n.hi >>> LIMB_BITS;
}

/** R = the upper half of the 128-bit product, with what is below gathered in the lowest bit. */
function multiply(): void {
  split(limbsA, A);
  split(limbsB, B);
  product.fill(0);
  for (let i = 0; i < LIMBS; i++) {
    let carry = 0;
    for (let j = 0; j < LIMBS; j++) {
      const sum = limbsA[i]! * limbsB[j]! + product[i + j]! + carry;
      product[i + j] = sum & LIMB_MASK;
      carry = sum >>> LIMB_BITS;
    }
    product[i + LIMBS] = carry;
  }
  const below = product[0]! | product[1]! | product[2]! | product[3]!;
  R.hi = (product[7]! << LIMB_BITS) | product[6]!;
  R.lo = (product[5]! << LIMB_BITS) | product[4]! | (below === 0 ? 0 : 1);
  R.exponent = A.exponent + B.exponent + 1;
  R.normalise();
}

/** Whether (ah, al) < (bh, bl), unsigned. */
function below(ah: number, al: number, bh: number, bl: number): boolean {
  return ah === bh ? al >>> 0 < bl >>> 0 : ah >>> 0 < bh >>> 0;
}

/** R = A / B by long division: 64 bits, and a lowest one for a remainder. */
function divide(): void {
  let rh = A.hi;
  let rl = A.lo;
  // A bit of the remainder beyond its 64.
  let carry = false;
  R.exponent = A.exponent - B.exponent;
  R.hi = 0;
  R.lo = 0;
  for (let i = 0; i < 64; i++) {
    R.hi = (R.hi << 1) | (R.lo >>> 31);
    R.lo <<= 1;
    if (carry || !below(rh, rl, B.hi, B.lo)) {
      rh = (rh - B.hi - (rl >>> 0 < B.lo >>> 0 ? 1 : 0)) | 0;
      rl = (rl - B.lo) | 0;
      R.lo |= 1;
    }
    carry = rh < 0;
    rh = (rh << 1) | (rl >>> 31);
    rl <<= 1;
  }
  R.normalise();
  if (carry || (rh | rl) !== 0) R.lo |= 1;
}

/** Digits of a root: more than double precision needs. */
const ROOT_BITS = 56;

/** R = the square root of B, a bit at a time from two of its bits; the lowest for a remainder. */
function squareRoot(): void {
  const odd = (B.exponent & 1) !== 0;
  let xh = odd ? B.hi : B.hi >>> 1;
  let xl = odd ? B.lo : (B.lo >>> 1) | (B.hi << 31);
  let rh = 0;
  let rl = 0;
  R.hi = 0;
  R.lo = 0;
  for (let i = 0; i < ROOT_BITS; i++) {
    rh = (rh << 2) | (rl >>> 30);
    rl = (rl << 2) | (xh >>> 30);
    xh = (xh << 2) | (xl >>> 30);
    xl <<= 2;
    const th = (R.hi << 2) | (R.lo >>> 30);
    const tl = (R.lo << 2) | 1;
    R.hi = (R.hi << 1) | (R.lo >>> 31);
    R.lo <<= 1;
    if (!below(rh, rl, th, tl)) {
      rh = (rh - th - (rl >>> 0 < tl >>> 0 ? 1 : 0)) | 0;
      rl = (rl - tl) | 0;
      R.lo |= 1;
    }
  }
  R.sign = 0;
  R.exponent = ((B.exponent - (odd ? 1 : 0)) >> 1) + 64 - ROOT_BITS;
  R.normalise();
  if ((rh | rl) !== 0) R.lo |= 1;
}
