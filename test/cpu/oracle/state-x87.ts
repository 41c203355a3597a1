/** The FPU's part of a start state, and operands of its instructions in memory. */
import type { Row } from '../../../src/cpu/row.ts';
import { FX } from './layout.ts';
import type { Random } from './random.ts';
import { double, type Extended, extended, int64, moderate, packed, partner, single, value } from './values.ts';

const ALL_MASKED = 0x3f;
const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
const PUSHES = /^(fld|fild|fbld|fptan|fsincos|fxtract)/;

export const isTranscendental = ({ name }: Row): boolean => TRANSCENDENTAL.test(name);

function setExtended(view: DataView, at: number, { se, mantissa }: Extended): void {
  view.setBigUint64(at, mantissa, true);
  view.setUint16(at + 8, se, true);
}

/** ST(0)..ST(7): the first two matter together; the others are what a register form may name. */
function registers(r: Random, row: Row): Extended[] {
  const some = (): Extended => (isTranscendental(row) && !r.one(4) ? moderate(r) : extended(r));
  const first = some();
  const second = isTranscendental(row) && !r.one(4) ? moderate(r) : partner(r, first);
  return [first, second, ...[2, 3, 4, 5, 6, 7].map((i) => (i < 5 ? partner(r, first) : extended(r)))];
}

/** Sets registers, control and status. With `full` the registers hold numbers, else MMX lanes and rarely anything pending. */
export function fillFpu(r: Random, view: DataView, row: Row, full: boolean): void {
  if (full) for (const [i, it] of registers(r, row).entries()) setExtended(view, FX.st + i * 16, it);
  else fillMmx(r, view);
  // Never precision control 01, which is reserved.
  const precision = r.one(3) ? r.pick([0, 0x200, 0x300]) : 0x300;
  const rounding = r.one(2) ? 0 : r.below(4) << 10;
  const masks = r.one(4) ? r.below(64) : ALL_MASKED;
  view.setUint16(FX.fcw, 0x40 | precision | rounding | masks, true);
  const flags = r.one(4) ? r.below(128) : 0;
  // Mostly nothing is pending, or every waiting instruction would only raise #MF.
  const shown = r.one(30) ? flags : flags & (masks | 0x40);
  const top = r.below(8);
  view.setUint16(FX.fsw, (top << 11) | shown | (r.int32() & 0x4700), true);
  view.setUint8(FX.ftw, tags(r, PUSHES.test(row.name) && !r.one(6), top));
  view.setUint16(FX.fop, r.one(2) ? 0 : r.below(2048), true);
  view.setUint32(FX.fip, 0x1111, true);
  view.setUint32(FX.fdp, 0x2222, true);
}

function tags(r: Random, pushes: boolean, top: number): number {
  if (r.one(12)) return r.below(256);
  return pushes ? 0xff & ~(1 << ((top - 1) & 7)) : 0xff;
}

function fillMmx(r: Random, view: DataView): void {
  for (let i = 0; i < 8; i++) {
    const at = FX.st + i * 16;
    view.setInt32(at, value(r), true);
    view.setInt32(at + 4, r.one(2) ? value(r) : r.int32(), true);
    view.setUint16(at + 8, r.one(2) ? 0xffff : r.int32() & 0xffff, true);
  }
}

const SIZES: Readonly<Record<string, number>> = { Mw: 2, Md: 4, Mq: 8, Mt: 10 };

/** Writes what an x87 instruction loads into the window at offset `at`; nothing when that is negative. */
export function fpuOperand(r: Random, { name, operands }: Row, fx: DataView, to: DataView, at: number): void {
  if (at < 0) return;
  const size = SIZES[operands];
  if (size === undefined) environment(r, to, at);
  else if (name === 'fbld') new Uint8Array(to.buffer, to.byteOffset + at).set(packed(r));
  else if (size === 10) setExtended(to, at, extended(r));
  else if (name === 'fldcw') to.setUint16(at, (r.int32() & 0xfcff) | r.pick([0, 0x200, 0x300]), true);
  else if (name.startsWith('fi')) to.setBigUint64(at, int64(r), true);
  else if (size === 4) to.setInt32(at, r.one(4) ? near32(top(fx)) : single(r), true);
  else to.setBigUint64(at, r.one(4) ? near64(top(fx)) : double(r), true);
}

const top = (fx: DataView): Extended => ({ se: fx.getUint16(FX.st + 8, true), mantissa: fx.getBigUint64(FX.st, true) });

/** A number cut to a single or a double, so that equal and cancelling operands occur. */
function near32({ se, mantissa }: Extended): number {
  const e = Math.max(0, Math.min(255, (se & 0x7fff) - 16383 + 127));
  return ((se & 0x8000) << 16) | (e << 23) | Number((mantissa >> 40n) & 0x7fffffn);
}

function near64({ se, mantissa }: Extended): bigint {
  const e = Math.max(0, Math.min(2047, (se & 0x7fff) - 16383 + 1023));
  return (BigInt(se >> 15) << 63n) | (BigInt(e) << 52n) | ((mantissa >> 11n) & 0xfffffffffffffn);
}

/** Control word of an environment to load, in the 16-bit and the 32-bit layout. */
function environment(r: Random, to: DataView, at: number): void {
  to.setUint16(at, (r.int32() & 0xfc7f) | r.pick([0x40, 0x240, 0x340]), true);
}
