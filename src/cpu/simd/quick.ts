/**
 * Arithmetic by the host's, where nothing is out of the ordinary: rounding to nearest, no NaNs, infinities or denormal
 * numbers, no overflow or underflow in sight. Then the one exception that can come of it is PE, and whether a result is
 * exact is known from its error, which is itself a number: Knuth's two-sum, Dekker's product with Veltkamp's splitting
 * (Handbook of Floating-Point Arithmetic, 4.3 and 4.4). All else is soft.ts's.
 */
import type { Ram } from '../ram.ts';
import { ADD, DIV, MIN_SINGLE, MUL, type Operation, SUB } from './format.ts';
import { PE, PM, RC } from './mxcsr.ts';

/** Not quick: nothing was done. */
export const NOT_QUICK = -1;

/** Above (below) these a double's sum, or the parts of a product, might overflow (underflow). */
const HUGE = 2 ** 996;
const SMALL = 2 ** -968;
/** Above this a single precision result would be rounded to infinity. */
const MAX_SINGLE = 2 ** 128 - 2 ** 104;
const SPLITTER = 2 ** 27 + 1;

/** PE need not be found out: it is set, and masked. */
const INEXACT_KNOWN = PE | PM;

/** x * y - p, for p = x * y rounded, exactly. */
function productError(x: number, y: number, p: number): number {
  const cx = SPLITTER * x;
  const xh = cx - (cx - x);
  const xl = x - xh;
  const cy = SPLITTER * y;
  const yh = cy - (cy - y);
  const yl = y - yh;
  return xl * yl - (p - xh * yh - xl * yh - xh * yl);
}

/** Whether r, which is x op y rounded to nearest, is inexact. */
function isInexact(op: Operation, x: number, y: number, r: number): boolean {
  if (op === MUL) return productError(x, y, r) !== 0;
  if (op === DIV) {
    const p = r * y;
    return p !== x || productError(r, y, p) !== 0;
  }
  if (op > DIV) {
    const p = r * r;
    return p !== y || productError(r, r, p) !== 0;
  }
  const b = op === SUB ? -y : y;
  const part = r - x;
  return x - (r - part) + (b - part) !== 0;
}

/** The flags to set for r; NOT_QUICK when PE would be unmasked. */
function flagsOf(mxcsr: number, inexact: boolean): number {
  if (!inexact) return 0;
  return (mxcsr & PM) === 0 ? NOT_QUICK : PE;
}

/** f64[to] = f64[a] op f64[b], indices of doubles. Returns PE, 0, or NOT_QUICK. ADD, SUB, MUL, DIV, SQRT. */
export function quickDouble(ram: Ram, mxcsr: number, op: Operation, to: number, a: number, b: number): number {
  if ((mxcsr & RC) !== 0) return NOT_QUICK;
  const f = ram.f64;
  const x = f[a]!;
  const y = f[b]!;
  const r = op === ADD ? x + y : op === SUB ? x - y : op === MUL ? x * y : op === DIV ? x / y : Math.sqrt(y);
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const ar = Math.abs(r);
  // Where x does not matter (SQRT) it may be anything, and is not looked at.
  if (!(ar < HUGE && ay < HUGE && (ay >= SMALL || (ay === 0 && op !== DIV)))) return NOT_QUICK;
  if (op <= DIV && !(ax < HUGE && (ax >= SMALL || ax === 0))) return NOT_QUICK;
  if (ar < SMALL && (ar !== 0 || (op >= MUL && ax !== 0 && ay !== 0))) return NOT_QUICK;
  if ((mxcsr & INEXACT_KNOWN) === INEXACT_KNOWN) {
    f[to] = r;
    return 0;
  }
  const flags = flagsOf(mxcsr, ar !== 0 && isInexact(op, x, y, r));
  if (flags >= 0) f[to] = r;
  return flags;
}

/** The same for single precision: a double has more than twice its digits, so rounding twice does no harm. */
export function quickSingle(ram: Ram, mxcsr: number, op: Operation, to: number, a: number, b: number): number {
  if ((mxcsr & RC) !== 0) return NOT_QUICK;
  const f = ram.f32;
  const x = f[a]!;
  const y = f[b]!;
  const d = op === ADD ? x + y : op === SUB ? x - y : op === MUL ? x * y : op === DIV ? x / y : Math.sqrt(y);
  const r = Math.fround(d);
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const ar = Math.abs(r);
  if (!(ar <= MAX_SINGLE && ay <= MAX_SINGLE && (ay >= MIN_SINGLE || (ay === 0 && op !== DIV)))) return NOT_QUICK;
  if (op <= DIV && !(ax <= MAX_SINGLE && (ax >= MIN_SINGLE || ax === 0))) return NOT_QUICK;
  if (ar <= MIN_SINGLE && (ar !== 0 || (op >= MUL && ax !== 0 && ay !== 0))) return NOT_QUICK;
  if ((mxcsr & INEXACT_KNOWN) === INEXACT_KNOWN) {
    f[to] = r;
    return 0;
  }
  const flags = flagsOf(mxcsr, r !== d || (ar !== 0 && isInexact(op, x, y, d)));
  if (flags >= 0) f[to] = r;
  return flags;
}
