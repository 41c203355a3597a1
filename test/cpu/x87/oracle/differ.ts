/** Compares replies. What the manual leaves open, and the last place of transcendentals, is excused here and only here. */

import { C1, PE } from '../../../../src/cpu/x87/format.ts';
import { isTranscendental, type Subject } from './cases.ts';
import { MEMORY_SIZE, REPLY, STATE, X87_SIZE } from './record.ts';

const EFLAGS_MASK = 0x8d5;

/** What differs between two replies, or '' when nothing does. */
export function difference(it: Subject, native: Buffer, ours: Buffer): string {
  if (native.readUInt32LE(REPLY.trap) !== ours.readUInt32LE(REPLY.trap)) return 'trap';
  const state = (reply: Buffer): Buffer => reply.subarray(REPLY.state, REPLY.state + X87_SIZE);
  if (native.readUInt32LE(REPLY.trap) !== 0) return '';
  if (native.readUInt32LE(REPLY.eax) !== ours.readUInt32LE(REPLY.eax)) return 'eax';
  if (((native.readUInt32LE(REPLY.eflags) ^ ours.readUInt32LE(REPLY.eflags)) & EFLAGS_MASK) !== 0) return 'eflags';
  const memory = (reply: Buffer): Buffer => reply.subarray(REPLY.memory, REPLY.memory + MEMORY_SIZE);
  if (!memory(native).equals(memory(ours))) return 'memory';
  return stateDifference(it, state(native), state(ours));
}

function stateDifference(it: Subject, native: Buffer, ours: Buffer): string {
  const found: string[] = [];
  if (!native.subarray(STATE.st).equals(ours.subarray(STATE.st))) {
    const ulps = isTranscendental(it.form) ? distance(native, ours) : Number.POSITIVE_INFINITY;
    if (ulps > 1) found.push('registers');
    else found.push('1 ulp');
  }
  // Which way a transcendental was rounded depends on bits beyond those that are compared.
  const open = isTranscendental(it.form) && (native[STATE.fsw]! & PE) !== 0 ? C1 : 0;
  if (((native.readUInt16LE(STATE.fsw) ^ ours.readUInt16LE(STATE.fsw)) & ~open) !== 0) found.push('fsw');
  if (native.readUInt16LE(STATE.fcw) !== ours.readUInt16LE(STATE.fcw)) found.push('fcw');
  if (native[STATE.ftw] !== ours[STATE.ftw]) found.push('tags');
  if (!native.subarray(STATE.fop, STATE.mxcsr).equals(ours.subarray(STATE.fop, STATE.mxcsr))) found.push('pointers');
  return found.join(' ');
}

/** Largest distance of two register files in units of the last place. */
export function distance(native: Buffer, ours: Buffer): number {
  let most = 0;
  for (let i = 0; i < 8; i++) {
    const at = STATE.st + i * 16;
    const a = line(native, at);
    const b = line(ours, at);
    const d = a > b ? a - b : b - a;
    most = Math.max(most, Number(d > 1000000n ? 1000000n : d));
  }
  return most;
}

/** Position of a number on the line of representable ones. */
function line(state: Buffer, at: number): bigint {
  const se = state.readUInt16LE(at + 8);
  const mantissa = state.readBigUInt64LE(at) & ((1n << 63n) - 1n);
  const magnitude = (BigInt(se & 0x7fff) << 63n) | mantissa;
  return (se & 0x8000) === 0 ? magnitude : -magnitude;
}
