/** Whether the emulated outcome of a case is the native one, and what differs when not. */
import type { Row } from '../../../src/cpu/row.ts';
import { FX, FX_SIZE, type Outcome } from './layout.ts';
import { isTranscendental } from './state-x87.ts';

const FLAG_BITS: Readonly<Record<string, number>> = { O: 0x800, S: 0x80, Z: 0x40, A: 0x10, P: 4, C: 1 };
const COMPARED_FLAGS = 0x40cd5;
const PAGE_FAULT = 14;
/** P, W and U: hosts add the bit for instruction fetches. */
const PAGE_FAULT_CODE = 7;
/** Exception flag PE and condition bit C1 of the FPU's status word. */
const PE = 0x20;
const C1 = 0x200;

export const flagBits = (letters: string): number => [...letters].reduce((bits, it) => bits | (FLAG_BITS[it] ?? 0), 0);

/** EFLAGS bits whose value after an instruction of this row is defined. */
export const definedFlags = (row: Row): number => COMPARED_FLAGS & ~flagBits(row.undef);

const hex = (n: number): string => (n >>> 0).toString(16);

/** The first difference in words, or null. Undefined flags are not compared, nor the last place of transcendentals. */
export function difference(row: Row, native: Outcome, ours: Outcome, flagMask = definedFlags(row)): string | null {
  if (native.vector !== ours.vector) return `vector ${native.vector}, ours ${ours.vector}`;
  if (native.vector >= 0) {
    const mask = native.vector === PAGE_FAULT ? PAGE_FAULT_CODE : -1;
    if (((native.errorCode ^ ours.errorCode) & mask) !== 0) return `error ${native.errorCode}, ours ${ours.errorCode}`;
    if (native.vector === PAGE_FAULT && native.cr2 !== ours.cr2) return `cr2 ${hex(native.cr2)}, ours ${hex(ours.cr2)}`;
  }
  for (let i = 0; i < 8; i++) {
    if (native.regs[i] !== ours.regs[i]) return `reg ${i}: ${hex(native.regs[i]!)}, ours ${hex(ours.regs[i]!)}`;
  }
  if (native.eip !== ours.eip) return `eip ${hex(native.eip)}, ours ${hex(ours.eip)}`;
  const mask = native.vector >= 0 ? COMPARED_FLAGS : flagMask;
  if (((native.eflags ^ ours.eflags) & mask) !== 0)
    return `flags ${hex(native.eflags & mask)}, ours ${hex(ours.eflags & mask)}`;
  return memoryDifference(row, native, ours) ?? fxDifference(row, native.fx, ours.fx);
}

function memoryDifference({ op }: Row, native: Outcome, ours: Outcome): string | null {
  // ENTER leaves the slots it pushed before its last page faulted; here a fault commits nothing.
  if (native.vector >= 0 && op === 'enter') return null;
  const { length } = native.changes;
  let same = length === ours.changes.length;
  for (let i = 0; same && i < length; i++) same = native.changes[i] === ours.changes[i];
  return same ? null : `memory ${Array.from(native.changes, hex)}, ours ${Array.from(ours.changes, hex)}`;
}

/** Fields of the FXSAVE image by name. MXCSR's mask is a processor's own. */
const FIELDS: readonly (readonly [name: string, from: number, to: number])[] = [
  ['fcw', FX.fcw, FX.fsw],
  ['fsw', FX.fsw, FX.ftw],
  ['tags', FX.ftw, FX.fop],
  ['pointers', FX.fop, FX.mxcsr],
  ['mxcsr', FX.mxcsr, FX.mxcsrMask],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`st${i}`, FX.st + i * 16, FX.st + i * 16 + 10] as const),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`xmm${i}`, FX.xmm + i * 16, FX.xmm + i * 16 + 16] as const),
];

function fxDifference(row: Row, native: Uint8Array, ours: Uint8Array): string | null {
  if (Buffer.compare(native.subarray(0, FX.mxcsrMask), ours.subarray(0, FX.mxcsrMask)) === 0) {
    if (Buffer.compare(native.subarray(FX.st, FX_SIZE), ours.subarray(FX.st, FX_SIZE)) === 0) return null;
  }
  const open = isTranscendental(row);
  for (const [name, from, to] of FIELDS) {
    const [a, b] = [native.subarray(from, to), ours.subarray(from, to)];
    if (Buffer.compare(a, b) === 0) continue;
    if (open && name.startsWith('st') && withinUlp(a, b)) continue;
    if (open && name === 'fsw' && sameStatus(a, b)) continue;
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

export function withinUlp(a: Uint8Array, b: Uint8Array): boolean {
  const distance = line(a) - line(b);
  return distance >= -1n && distance <= 1n;
}
