/** FLD1 and its kin: constants held to more than 64 bits and rounded as the control word says. SDM vol. 1, 8.3.5. */
import { INTEGER_BIT, M, RC_MASK, RC_NEAREST, RC_UP } from './format.ts';
import type { Fpu } from './fpu.ts';

interface Constant {
  readonly se: number;
  /** The significand cut to 64 bits. */
  readonly hi: number;
  readonly lo: number;
  /** What was cut off is zero, below half, or above half of the last place. */
  readonly rest: 'none' | 'below' | 'above';
}

export const ONE: Constant = { se: 0x3fff, hi: INTEGER_BIT, lo: 0, rest: 'none' };
export const LOG2_10: Constant = { se: 0x4000, hi: 0xd49a784b | 0, lo: 0xcd1b8afe | 0, rest: 'below' };
export const LOG2_E: Constant = { se: 0x3fff, hi: 0xb8aa3b29 | 0, lo: 0x5c17f0bb, rest: 'above' };
export const PI: Constant = { se: 0x4000, hi: 0xc90fdaa2 | 0, lo: 0x2168c234, rest: 'above' };
export const LOG10_2: Constant = { se: 0x3ffd, hi: 0x9a209a84 | 0, lo: 0xfbcff798 | 0, rest: 'above' };
export const LN_2: Constant = { se: 0x3ffe, hi: 0xb17217f7 | 0, lo: 0xd1cf79ab | 0, rest: 'above' };
export const POSITIVE_ZERO: Constant = { se: 0, hi: 0, lo: 0, rest: 'none' };

/** Pushes a constant. */
export function pushConstant(f: Fpu, constant: Constant): void {
  const rounding = f.control & RC_MASK;
  const up = rounding === RC_NEAREST ? constant.rest === 'above' : rounding === RC_UP && constant.rest !== 'none';
  f.set(M, constant.se, constant.hi, up ? constant.lo + 1 : constant.lo);
  f.push(0);
}
