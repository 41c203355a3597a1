/**
 * RCPPS and RSQRTPS. Processors look them up in tables of their own and promise a relative error of at most
 * 1.5 * 2^-12; results differ between makers. Here they are computed in double precision and rounded, which keeps
 * that promise, needs no table, and is the same on every host. No exceptions; MXCSR does not matter; a denormal operand is zero, a
 * result that would be one becomes zero. SDM vol. 2B, RCPPS and RSQRTPS.
 */
import type { Ram } from '../ram.ts';
import { MIN_SINGLE } from './format.ts';

const SIGN = 0x80000000 | 0;
const QUIET_BIT = 0x00400000;
const INFINITY = 0x7f800000;
const DEFAULT_NAN = 0xffc00000 | 0;

/** The single at byte offset `to` = 1 / x, or 1 / sqrt(x) for a root, x being the single at `from`. */
export function approximate(ram: Ram, root: boolean, to: number, from: number): void {
  const m = ram.i32;
  const word = m[from >>> 2]!;
  const x = ram.f32[from >>> 2]!;
  const size = Math.abs(x);
  if (size < MIN_SINGLE) m[to >>> 2] = (word & SIGN) | INFINITY;
  else if (!(size <= Number.POSITIVE_INFINITY)) m[to >>> 2] = word | QUIET_BIT;
  else if (root && x < 0) m[to >>> 2] = DEFAULT_NAN;
  else {
    const r = Math.fround(1 / (root ? Math.sqrt(x) : x));
    if (Math.abs(r) < MIN_SINGLE) m[to >>> 2] = word & SIGN;
    else ram.f32[to >>> 2] = r;
  }
}
