/** Whether the emulated outcome of a case is the native one, and what differs when not. */
import type { Decoder } from '../../../src/cpu/decoder.ts';
import type { Row } from '../../../src/cpu/row.ts';
import { wideOffset } from './decode.ts';
import { openParts, type Part } from './exceptions.ts';
import { DATA, FX, FX_SIZE, type Outcome, type Start } from './layout.ts';
import { isTranscendental } from './state-x87.ts';

const FLAG_BITS: Readonly<Record<string, number>> = { O: 0x800, S: 0x80, Z: 0x40, A: 0x10, P: 4, C: 1 };
const COMPARED_FLAGS = 0x40cd5;
const PAGE_FAULT = 14;
/** P, W and U: hosts add the bit for instruction fetches. */
const PAGE_FAULT_CODE = 7;
/** Bits of the FPU's status word. */
const PE = 0x20;
const ES = 0x80;
const C1 = 0x200;

export const flagBits = (letters: string): number => [...letters].reduce((bits, it) => bits | (FLAG_BITS[it] ?? 0), 0);

/** EFLAGS bits whose value after an instruction of this row is defined. */
export const definedFlags = (row: Row): number => COMPARED_FLAGS & ~flagBits(row.undef);

const hex = (n: number): string => (n >>> 0).toString(16);

export interface Judged {
  /** The instruction, just decoded; of a sequence its last. */
  readonly it: Decoder;
  readonly start: Start;
  readonly native: Outcome;
  readonly ours: Outcome;
  /** Name of the processor that `native` comes from. */
  readonly processor: string;
  /** Of a sequence: EFLAGS bits that are defined. */
  readonly flags?: number;
}

/** The first difference in words, or null. What exceptions.ts lists, and undefined flags, are not compared. */
export function difference(judged: Judged): string | null {
  const { it, start, native, ours, processor } = judged;
  if (unchanged(native, ours)) return null;
  const open = openParts(it, start, native, ours, processor);
  if (open.has('all')) return null;
  const found = faultDifference(native, ours, open) ?? registerDifference(native, ours);
  if (found !== null) return found;
  const mask = open.has('flags')
    ? 0
    : native.vector >= 0
      ? (judged.flags ?? COMPARED_FLAGS)
      : (judged.flags ?? definedFlags(it.form.row));
  if (((native.eflags ^ ours.eflags) & mask) !== 0)
    return `flags ${hex(native.eflags & mask)}, ours ${hex(ours.eflags & mask)}`;
  return memoryDifference(judged) ?? fxDifference(judged, open);
}

/** The quick way out: nothing differs at all. */
function unchanged(native: Outcome, ours: Outcome): boolean {
  if (native.vector >= 0 || ours.vector >= 0 || native.eip !== ours.eip || native.eflags !== ours.eflags) return false;
  for (let i = 0; i < 8; i++) if (native.regs[i] !== ours.regs[i]) return false;
  return sameList(native.changes, ours.changes) && Buffer.compare(native.fx, ours.fx) === 0;
}

function sameList(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function faultDifference(native: Outcome, ours: Outcome, open: ReadonlySet<Part>): string | null {
  if (open.has('vector')) return native.vector >= 0 === ours.vector >= 0 ? null : `vector ${native.vector}`;
  if (native.vector !== ours.vector) return `vector ${native.vector}, ours ${ours.vector}`;
  if (native.vector < 0) return null;
  const mask = native.vector === PAGE_FAULT ? PAGE_FAULT_CODE : -1;
  if (((native.errorCode ^ ours.errorCode) & mask) !== 0) return `error ${native.errorCode}, ours ${ours.errorCode}`;
  if (native.vector !== PAGE_FAULT || open.has('cr2')) return null;
  return native.cr2 === ours.cr2 ? null : `cr2 ${hex(native.cr2)}, ours ${hex(ours.cr2)}`;
}

function registerDifference(native: Outcome, ours: Outcome): string | null {
  for (let i = 0; i < 8; i++) {
    if (native.regs[i] !== ours.regs[i]) return `reg ${i}: ${hex(native.regs[i]!)}, ours ${hex(ours.regs[i]!)}`;
  }
  return native.eip === ours.eip ? null : `eip ${hex(native.eip)}, ours ${hex(ours.eip)}`;
}

/**
 * Bytes of images that are a processor's own: the FPU's last instruction and operand, which many keep only while an
 * exception is pending, their selectors, which most no longer keep at all, and MXCSR's mask. SDM vol. 1, 8.1.8 and
 * 11.6.6; APM vol. 2, 11.4.4.
 */
function ownBytes({ form, operand16 }: Decoder): readonly [from: number, to: number] | null {
  const { name } = form.row;
  if (name === 'fxsave') return [FX.fop, FX.st];
  if (name !== 'fnstenv' && name !== 'fnsave') return null;
  return operand16 ? [6, 14] : [12, 28];
}

function memoryDifference({ it, start, native, ours }: Judged): string | null {
  if (sameList(native.changes, ours.changes)) return null;
  // ENTER leaves the slots it pushed before its last page faulted; here a fault commits nothing.
  if (native.vector >= 0 && it.form.row.op === 'enter') return null;
  const own = ownBytes(it);
  const at = own === null ? 0 : wideOffset(it, start.regs) - DATA;
  const compared = (change: number): boolean =>
    own === null || change >>> 8 < at + own[0] || change >>> 8 >= at + own[1];
  const [a, b] = [native, ours].map(({ changes }) => Array.from(changes).filter(compared));
  return sameList(a!, b!) ? null : `memory ${a!.map(hex)}, ours ${b!.map(hex)}`;
}

/** Fields of the FXSAVE image by name. MXCSR's mask is a processor's own. */
const FIELDS: readonly (readonly [name: string, from: number, to: number])[] = [
  ['fcw', FX.fcw, FX.fsw],
  ['fsw', FX.fsw, FX.ftw],
  ['tags', FX.ftw, FX.fop],
  ['fop', FX.fop, FX.fip],
  ['fip', FX.fip, FX.fip + 4],
  ['fdp', FX.fdp, FX.fdp + 4],
  ['mxcsr', FX.mxcsr, FX.mxcsrMask],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`st${i}`, FX.st + i * 16, FX.st + i * 16 + 10] as const),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`xmm${i}`, FX.xmm + i * 16, FX.xmm + i * 16 + 16] as const),
];
const POINTERS = new Set(['fop', 'fip', 'fdp']);

function fxDifference({ it, native, ours, flags }: Judged, open: ReadonlySet<Part>): string | null {
  if (native.fx.length < FX_SIZE) return null;
  const { row } = it.form;
  // In a sequence, and after FLDCW, what is pending may come from an instruction that the pointers have passed.
  const pending = (native.fx[FX.fsw]! & ES) !== 0 && flags === undefined && row.name !== 'fldcw';
  const transcendental = isTranscendental(row);
  for (const [name, from, to] of FIELDS) {
    const [a, b] = [native.fx.subarray(from, to), ours.fx.subarray(from, to)];
    if (Buffer.compare(a, b) === 0 || (!pending && POINTERS.has(name)) || (name === 'fdp' && !it.memory)) continue;
    if (transcendental && name.startsWith('st') && withinUlp(a, b)) continue;
    if (transcendental && name === 'fsw' && sameStatus(a, b)) continue;
    if (open.has('approximation') && name.startsWith('xmm') && approximate(a, b)) continue;
    return `${name} ${text(a)}, ours ${text(b)}`;
  }
  return null;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex');

/** Which way an inexact transcendental was rounded depends on bits beyond those that are compared. */
function sameStatus(a: Uint8Array, b: Uint8Array): boolean {
  const [x, y] = [a[0]! | (a[1]! << 8), b[0]! | (b[1]! << 8)];
  return ((x ^ y) & ~((x & PE) === 0 ? 0 : C1)) === 0;
}

/** Position of an extended number on the line of representable ones. */
function line(bytes: Uint8Array): bigint {
  const view = Buffer.from(bytes);
  const se = view.readUInt16LE(8);
  const magnitude = (BigInt(se & 0x7fff) << 63n) | (view.readBigUInt64LE(0) & ((1n << 63n) - 1n));
  return (se & 0x8000) === 0 ? magnitude : -magnitude;
}

function withinUlp(a: Uint8Array, b: Uint8Array): boolean {
  const distance = line(a) - line(b);
  return distance >= -1n && distance <= 1n;
}

const SMALLEST_NORMAL = 2 ** -126;

/** Both within 1.5 * 2^-12 of the true value, or about to be flushed to zero. */
function approximate(a: Uint8Array, b: Uint8Array): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return [0, 4, 8, 12].every((at) => {
    if (x.readInt32LE(at) === y.readInt32LE(at)) return true;
    const [p, q] = [x.readFloatLE(at), y.readFloatLE(at)];
    return Math.abs(p - q) <= 3 * 2 ** -12 * Math.abs(q) || Math.max(Math.abs(p), Math.abs(q)) <= SMALLEST_NORMAL;
  });
}
