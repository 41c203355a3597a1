/**
 * Arithmetic flags, lazily: three words of processor state (layout.ts) from which each flag is derived when asked.
 * Carries are kept as the vector of carries out of every bit, so that one formula serves additions and subtractions:
 * CF is the carry out of bit 31, OF is that xor the carry out of bit 30, AF the carry out of bit 3.
 */
import { CARRY, RESULT, SIGN } from './layout.ts';

export const CF = 1;
export const PF = 4;
export const AF = 0x10;
export const ZF = 0x40;
export const SF = 0x80;
export const TF = 0x100;
export const IF = 0x200;
export const DF = 0x400;
export const OF = 0x800;
export const NT = 0x4000;
export const RF = 0x10000;
export const AC = 0x40000;
export const ID = 0x200000;
export const ARITHMETIC = CF | PF | AF | ZF | SF | OF;

const BIT_31 = 0x80000000 | 0;
const BIT_30 = 0x40000000;
const CARRY_AF = 8;
/** Bit n is set when n (0..15) has an even number of ones. */
const EVEN_PARITY = 0x9669;

/** 1 when the low byte has an even number of ones. */
export function parity(value: number): number {
  return (EVEN_PARITY >>> ((value ^ (value >>> 4)) & 15)) & 1;
}

export function carryFlag(m: Int32Array): number {
  return m[CARRY]! >>> 31;
}

export function zeroFlag(m: Int32Array): number {
  return m[RESULT] === 0 ? 1 : 0;
}

/** The six arithmetic flags at their EFLAGS positions. */
export function arithmeticFlags(m: Int32Array): number {
  const carry = m[CARRY]!;
  const sign = m[SIGN]!;
  return (
    (carry < 0 ? CF : 0) |
    (parity(sign) << 2) |
    ((carry & CARRY_AF) << 1) |
    (m[RESULT] === 0 ? ZF : 0) |
    (sign < 0 ? SF : 0) |
    ((carry ^ (carry << 1)) < 0 ? OF : 0)
  );
}

/** Loads the six arithmetic flags from EFLAGS positions, in any combination. */
export function setArithmeticFlags(m: Int32Array, flags: number): void {
  m[RESULT] = (flags & ZF) === 0 ? 1 : 0;
  m[SIGN] = ((flags & SF) === 0 ? 0 : BIT_31) | ((flags & PF) === 0 ? 1 : 0);
  setCarryOverflow(m, flags & CF, (flags & OF) === 0 ? 0 : 1);
  m[CARRY] = (m[CARRY]! & ~CARRY_AF) | ((flags & AF) >>> 1);
}

/** Sets CF and OF (0 or 1 each), leaves the rest. */
export function setCarryOverflow(m: Int32Array, carry: number, overflow: number): void {
  m[CARRY] = (carry << 31) | ((carry ^ overflow) << 30) | (m[CARRY]! & CARRY_AF);
}

/** Sets CF and leaves the rest. */
export function setCarry(m: Int32Array, carry: number): void {
  const old = m[CARRY]!;
  setCarryOverflow(m, carry, (old ^ (old << 1)) >>> 31);
}

/** Sets ZF and leaves the rest. */
export function setZero(m: Int32Array, zero: boolean): void {
  m[RESULT] = zero ? 0 : 1;
}

/** Flags of a result aligned at bit 31 and its carry vector; returns the result sign-extended from its size. */
export function setResult(m: Int32Array, s: number, top: number, carries: number): number {
  const result = top >> s;
  m[RESULT] = result;
  m[SIGN] = result;
  m[CARRY] = (carries & (BIT_31 | BIT_30)) | ((carries >>> s) & CARRY_AF);
  return result;
}

/** The same for INC and DEC, which keep CF. */
export function setResultKeepCarry(m: Int32Array, s: number, top: number, carries: number): number {
  const old = m[CARRY]!;
  const overflow = carries ^ (carries << 1);
  const result = top >> s;
  m[RESULT] = result;
  m[SIGN] = result;
  m[CARRY] = (old & BIT_31) | (((old ^ overflow) >>> 1) & BIT_30) | ((carries >>> s) & CARRY_AF);
  return result;
}

/** Flags of a result with given CF and OF; AF is cleared. */
export function setShiftResult(m: Int32Array, s: number, top: number, carry: number, overflow: number): number {
  const result = top >> s;
  m[RESULT] = result;
  m[SIGN] = result;
  m[CARRY] = (carry << 31) | ((carry ^ overflow) << 30);
  return result;
}

/** Whether condition `cc` (0..15, SDM vol. 1, appendix B) holds. */
export function condition(m: Int32Array, cc: number): boolean {
  const carry = m[CARRY]!;
  let holds: boolean;
  switch (cc >> 1) {
    case 0:
      holds = (carry ^ (carry << 1)) < 0;
      break;
    case 1:
      holds = carry < 0;
      break;
    case 2:
      holds = m[RESULT] === 0;
      break;
    case 3:
      holds = carry < 0 || m[RESULT] === 0;
      break;
    case 4:
      holds = m[SIGN]! < 0;
      break;
    case 5:
      holds = parity(m[SIGN]!) === 1;
      break;
    case 6:
      holds = (m[SIGN]! ^ carry ^ (carry << 1)) < 0;
      break;
    default:
      holds = m[RESULT] === 0 || (m[SIGN]! ^ carry ^ (carry << 1)) < 0;
  }
  return (cc & 1) === 0 ? holds : !holds;
}
