/** FADD, FSUB and FMUL. Each takes two slots of the register file, leaves its result in slot R and returns flags. */
import { BIAS, DE, EXPONENT, INTEGER_BIT, R, SIGN, T } from './format.ts';
import type { Fpu } from './fpu.ts';
import {
  compareSignificands,
  DENORMAL,
  INFINITY,
  invalid,
  kindOf,
  leadingZeros,
  propagate,
  shiftLeftHi,
  shiftLeftLo,
  ZERO,
} from './operand.ts';
import { roundPack, shiftRight, signOfZero } from './round.ts';

/** R = a + b, with b's sign inverted when `negate` is SIGN. */
export function add(f: Fpu, a: number, b: number, negate: number): number {
  const sa = f.se[a]!;
  const sb = f.se[b]! ^ negate;
  const ea = sa & EXPONENT;
  const eb = sb & EXPONENT;
  const ah = f.hi[a]!;
  const bh = f.hi[b]!;
  if (ea === 0 || ea === EXPONENT || eb === 0 || eb === EXPONENT || ah >= 0 || bh >= 0) {
    return addSpecial(f, a, b, sb & SIGN);
  }
  return addSigned(f, sa & SIGN, ea, ah, f.lo[a]!, sb & SIGN, eb, bh, f.lo[b]!);
}

/** Operands of any exponent, normalised. */
function addSigned(
  f: Fpu,
  sa: number,
  ea: number,
  ah: number,
  al: number,
  sb: number,
  eb: number,
  bh: number,
  bl: number,
): number {
  if (sa === sb) {
    return ea >= eb
      ? addMagnitudes(f, sa, ea, ah, al, ea - eb, bh, bl)
      : addMagnitudes(f, sa, eb, bh, bl, eb - ea, ah, al);
  }
  const order = ea === eb ? compareSignificands(ah, al, bh, bl) : ea - eb;
  if (order === 0) {
    f.set(R, signOfZero(f), 0, 0);
    return 0;
  }
  return order > 0
    ? subtractMagnitudes(f, sa, ea, ah, al, ea - eb, bh, bl)
    : subtractMagnitudes(f, sb, eb, bh, bl, eb - ea, ah, al);
}

/** (bh, bl) is `shift` places below (ah, al), whose exponent is `exponent`. */
function addMagnitudes(
  f: Fpu,
  sign: number,
  exponent: number,
  ah: number,
  al: number,
  shift: number,
  bh: number,
  bl: number,
): number {
  let h = bh;
  let l = bl;
  let ext = 0;
  if (shift !== 0 && shift < 32) {
    ext = bl << (32 - shift);
    l = (bl >>> shift) | (bh << (32 - shift));
    h = bh >>> shift;
  } else if (shift !== 0) {
    ext = shiftRight(f, bh, bl, 0, shift);
    h = f.hi[T]!;
    l = f.lo[T]!;
  }
  l = (al + l) | 0;
  const sum = (ah >>> 0) + (h >>> 0) + (l >>> 0 < al >>> 0 ? 1 : 0);
  h = sum | 0;
  if (sum <= 0xffffffff) return roundPack(f, sign, exponent, h, l, ext);
  ext = (l << 31) | (ext >>> 1) | (ext & 1);
  return roundPack(f, sign, exponent + 1, INTEGER_BIT | (h >>> 1), (h << 31) | (l >>> 1), ext);
}

/** The same for a difference, the first operand being the larger. */
function subtractMagnitudes(
  f: Fpu,
  sign: number,
  exponent: number,
  ah: number,
  al: number,
  shift: number,
  bh: number,
  bl: number,
): number {
  let h = bh;
  let l = bl;
  let ext = 0;
  if (shift !== 0 && shift < 32) {
    ext = -(bl << (32 - shift)) | 0;
    l = (bl >>> shift) | (bh << (32 - shift));
    h = bh >>> shift;
  } else if (shift !== 0) {
    ext = -shiftRight(f, bh, bl, 0, shift) | 0;
    h = f.hi[T]!;
    l = f.lo[T]!;
  }
  const low = (al >>> 0) - (l >>> 0) - (ext === 0 ? 0 : 1);
  l = low | 0;
  h = (ah - h - (low < 0 ? 1 : 0)) | 0;
  if (h < 0) return roundPack(f, sign, exponent, h, l, ext);
  if ((h | l) === 0) return roundPack(f, sign, exponent - 64, ext, 0, 0);
  // With more than one leading zero the operands were at most one place apart, so `ext` is exact.
  const n = leadingZeros(h, l);
  if (n >= 32) {
    h = l;
    l = ext;
    ext = 0;
  }
  const places = n & 31;
  if (places === 0) return roundPack(f, sign, exponent - n, h, l, ext);
  const rest = 32 - places;
  return roundPack(f, sign, exponent - n, (h << places) | (l >>> rest), (l << places) | (ext >>> rest), ext << places);
}

/** Addition when an operand is no normal number. `sb` is b's sign as it enters the sum. */
function addSpecial(f: Fpu, a: number, b: number, sb: number): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  const sa = f.se[a]! & SIGN;
  if (ka > INFINITY || kb > INFINITY) return propagate(f, a, ka, b, kb);
  const flags = ka === DENORMAL || kb === DENORMAL ? DE : 0;
  if (ka === INFINITY && kb === INFINITY && sa !== sb) return invalid(f);
  if ((flags & ~f.control) !== 0) return flags;
  if (ka === INFINITY || kb === INFINITY) {
    f.set(R, (ka === INFINITY ? sa : sb) | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  if (ka === ZERO && kb === ZERO) {
    f.set(R, sa === sb ? sa : signOfZero(f), 0, 0);
    return 0;
  }
  if (ka === ZERO) return flags | roundNumber(f, sb, b);
  if (kb === ZERO) return flags | roundNumber(f, sa, a);
  const na = leadingZeros(f.hi[a]!, f.lo[a]!);
  const nb = leadingZeros(f.hi[b]!, f.lo[b]!);
  const ah = shiftLeftHi(f.hi[a]!, f.lo[a]!, na);
  const al = shiftLeftLo(f.lo[a]!, na);
  const bh = shiftLeftHi(f.hi[b]!, f.lo[b]!, nb);
  const bl = shiftLeftLo(f.lo[b]!, nb);
  return flags | addSigned(f, sa, exponentOf(f, a) - na, ah, al, sb, exponentOf(f, b) - nb, bh, bl);
}

/** Biased exponent of a finite number's significand: denormals have that of the smallest normal. */
export function exponentOf(f: Fpu, slot: number): number {
  const exponent = f.se[slot]! & EXPONENT;
  return exponent === 0 ? 1 : exponent;
}

/** R = a finite number that is not zero, with this sign, rounded to the precision in force. */
export function roundNumber(f: Fpu, sign: number, slot: number): number {
  const hi = f.hi[slot]!;
  const lo = f.lo[slot]!;
  const n = leadingZeros(hi, lo);
  return roundPack(f, sign, exponentOf(f, slot) - n, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n), 0);
}

/** Upper half of the product of two unsigned 32-bit numbers. */
export function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const cross = (Math.imul(a0, b1) + (middle & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** R = a * b. */
export function multiply(f: Fpu, a: number, b: number): number {
  const sa = f.se[a]!;
  const sb = f.se[b]!;
  const ea = sa & EXPONENT;
  const eb = sb & EXPONENT;
  const ah = f.hi[a]!;
  const bh = f.hi[b]!;
  if (ea === 0 || ea === EXPONENT || eb === 0 || eb === EXPONENT || ah >= 0 || bh >= 0) {
    return multiplySpecial(f, a, b);
  }
  return multiplyNormal(f, (sa ^ sb) & SIGN, ea + eb, ah, f.lo[a]!, bh, f.lo[b]!);
}

/** `exponents` is the sum of both biased exponents. */
function multiplyNormal(
  f: Fpu,
  sign: number,
  exponents: number,
  ah: number,
  al: number,
  bh: number,
  bl: number,
): number {
  const exponent = exponents - BIAS + 1;
  let h = multiplyHigh(ah, bh);
  let l = Math.imul(ah, bh);
  let ext = 0;
  if ((al | bl) !== 0) {
    const crossA = Math.imul(ah, bl);
    const crossB = Math.imul(al, bh);
    const crossAHigh = multiplyHigh(ah, bl);
    const crossBHigh = multiplyHigh(al, bh);
    ext = (multiplyHigh(al, bl) + crossA) | 0;
    let carry = ext >>> 0 < crossA >>> 0 ? 1 : 0;
    ext = (ext + crossB) | 0;
    if (ext >>> 0 < crossB >>> 0) carry++;
    l = (l + carry) | 0;
    carry = l >>> 0 < carry ? 1 : 0;
    l = (l + crossAHigh) | 0;
    if (l >>> 0 < crossAHigh >>> 0) carry++;
    l = (l + crossBHigh) | 0;
    if (l >>> 0 < crossBHigh >>> 0) carry++;
    h = (h + carry) | 0;
    if (Math.imul(al, bl) !== 0) ext |= 1;
  }
  if (h < 0) return roundPack(f, sign, exponent, h, l, ext);
  // The bit that stands for what lies below keeps its place.
  return roundPack(f, sign, exponent - 1, (h << 1) | (l >>> 31), (l << 1) | (ext >>> 31), (ext << 1) | (ext & 1));
}

function multiplySpecial(f: Fpu, a: number, b: number): number {
  const ka = kindOf(f, a);
  const kb = kindOf(f, b);
  const sign = (f.se[a]! ^ f.se[b]!) & SIGN;
  if (ka > INFINITY || kb > INFINITY) return propagate(f, a, ka, b, kb);
  if ((ka === INFINITY && kb === ZERO) || (ka === ZERO && kb === INFINITY)) return invalid(f);
  const flags = ka === DENORMAL || kb === DENORMAL ? DE : 0;
  if ((flags & ~f.control) !== 0) return flags;
  if (ka === INFINITY || kb === INFINITY) {
    f.set(R, sign | EXPONENT, INTEGER_BIT, 0);
    return flags;
  }
  if (ka === ZERO || kb === ZERO) {
    f.set(R, sign, 0, 0);
    return flags;
  }
  const na = leadingZeros(f.hi[a]!, f.lo[a]!);
  const nb = leadingZeros(f.hi[b]!, f.lo[b]!);
  const ah = shiftLeftHi(f.hi[a]!, f.lo[a]!, na);
  const bh = shiftLeftHi(f.hi[b]!, f.lo[b]!, nb);
  const exponents = exponentOf(f, a) - na + exponentOf(f, b) - nb;
  return flags | multiplyNormal(f, sign, exponents, ah, shiftLeftLo(f.lo[a]!, na), bh, shiftLeftLo(f.lo[b]!, nb));
}
