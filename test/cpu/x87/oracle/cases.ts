/** Random cases of every x87 form: state, operand and instruction bytes, as request records. */

import type { Form } from '../../../../src/cpu/x87/forms/form.ts';
import { forms } from '../../../../src/cpu/x87/forms/index.ts';
import type { Random } from './random.ts';
import { MEMORY_SIZE, REQUEST, STATE } from './record.ts';
import { double, type Extended, extended, int64, moderate, packed, partner, single } from './values.ts';

const RETURN = 0xc3;
const OPERAND_SIZE = 0x66;
/** ModRM.rm of [ebx]. */
const BX = 3;
const MXCSR = 0x1f80;
const ALL_MASKED = 0x3f;

export interface Subject {
  /** `fadd Md`: what reports group by. */
  readonly name: string;
  readonly form: Form | null;
  /** Opcode, and ModRM with register number 0. */
  readonly opcode: number;
  readonly modrm: number;
}

function subject(form: Form): Subject {
  const [opcode = '', modrm = ''] = form.code.split(' ');
  const memory = modrm.startsWith('/');
  return {
    name: `${form.code} ${form.name} ${form.operands}`.trim(),
    form,
    opcode: Number.parseInt(opcode, 16),
    modrm: memory ? (Number(modrm[1]) << 3) | BX : Number.parseInt(modrm, 16),
  };
}

/** FISTTP is younger than the x87: its cases are in test/cpu/simd. */
export const subjects: readonly Subject[] = [
  ...forms.filter(({ feature }) => feature !== 'SSE3').map(subject),
  { name: '9B fwait', form: null, opcode: 0x9b, modrm: 0 },
];

const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
export const isTranscendental = (form: Form | null): boolean => form !== null && TRANSCENDENTAL.test(form.name);

/** Writes one random case of `it` into a zeroed request. */
export function fill(r: Random, it: Subject, request: Buffer): void {
  request.fill(0);
  writeCode(r, it, request);
  request.writeInt32LE(r.int32(), REQUEST.eax);
  request.writeUInt32LE(0x202 | (r.int32() & 0x8d5), REQUEST.eflags);
  const state = request.subarray(REQUEST.state, REQUEST.memory);
  const values = registers(r, it);
  for (const [i, value] of values.entries()) writeExtended(state, STATE.st + i * 16, value);
  writeControl(r, state, it);
  writeOperand(r, it, values[0]!, request.subarray(REQUEST.memory, REQUEST.memory + MEMORY_SIZE));
}

function writeCode(r: Random, { form, opcode, modrm }: Subject, request: Buffer): void {
  const bytes: number[] = [];
  if (form !== null && form.size !== form.size16 && r.one(2)) bytes.push(OPERAND_SIZE);
  bytes.push(opcode);
  if (form !== null) bytes.push(form.code.endsWith('+i') ? modrm + r.below(8) : modrm);
  request.set([...bytes, RETURN], REQUEST.code);
}

/** ST(0)..ST(7): two that matter, the others from a small stock, so that a set of cases packs well. */
function registers(r: Random, { form }: Subject): Extended[] {
  const first = isTranscendental(form) && !r.one(4) ? moderate(r) : extended(r);
  const second = isTranscendental(form) && !r.one(4) ? moderate(r) : partner(r, first);
  const others = [2, 3, 4, 5, 6, 7].map((i) => {
    if (form?.code.endsWith('+i') || form?.name === 'fnsave') return i < 4 ? partner(r, first) : second;
    return { se: 0x3fff + i, mantissa: 1n << 63n };
  });
  return [first, second, ...others];
}

function writeExtended(bytes: Buffer, at: number, { se, mantissa }: Extended): void {
  bytes.writeBigUInt64LE(mantissa, at);
  bytes.writeUInt16LE(se, at + 8);
}

function writeControl(r: Random, state: Buffer, { form }: Subject): void {
  const precision = r.one(3) ? r.pick([0, 0x200, 0x300]) : 0x300;
  const rounding = r.one(2) ? 0 : r.below(4) << 10;
  const masks = r.one(4) ? r.below(64) : ALL_MASKED;
  state.writeUInt16LE(0x40 | precision | rounding | masks, STATE.fcw);
  const flags = r.one(4) ? r.below(128) : 0;
  // Mostly nothing is pending, or every waiting instruction would only raise #MF.
  const shown = r.one(30) ? flags : flags & (masks | 0x40);
  state.writeUInt16LE((r.below(8) << 11) | shown | (r.int32() & 0x4700), STATE.fsw);
  const pushes = form !== null && /^(fld|fild|fbld|fptan|fsincos|fxtract)/.test(form.name) && !r.one(6);
  state.writeUInt8(tags(r, pushes, (state.readUInt16LE(STATE.fsw) >> 11) & 7), STATE.ftw);
  state.writeUInt16LE(r.one(2) ? 0 : r.below(2048), STATE.fop);
  state.writeUInt32LE(0x1111, STATE.fip);
  state.writeUInt32LE(0x2222, STATE.fdp);
  state.writeUInt32LE(MXCSR, STATE.mxcsr);
}

function tags(r: Random, pushes: boolean, top: number): number {
  if (r.one(12)) return r.below(256);
  return pushes ? 0xff & ~(1 << ((top - 1) & 7)) : 0xff;
}

function writeOperand(r: Random, { form }: Subject, first: Extended, memory: Buffer): void {
  if (form === null || form.size === 0) return;
  if (form.size > 10 || form.stores) writeImage(r, form, memory);
  else if (form.name === 'fbld') memory.set(packed(r));
  else if (form.size === 10) writeExtended(memory, 0, extended(r));
  else if (/^fi/.test(form.name)) memory.writeBigUInt64LE(int64(r));
  else if (form.size === 2) memory.writeUInt16LE((r.int32() & 0xffff & ~0x300) | r.pick([0, 0x200, 0x300]));
  else if (form.size === 4) memory.writeInt32LE(r.one(4) ? near32(first) : single(r));
  else memory.writeBigUInt64LE(r.one(4) ? near64(first) : double(r));
}

/** ST(0) cut to a single or a double, so that equal and cancelling operands occur. */
function near32({ se, mantissa }: Extended): number {
  const e = Math.max(0, Math.min(255, (se & 0x7fff) - 16383 + 127));
  return ((se & 0x8000) << 16) | (e << 23) | Number((mantissa >> 40n) & 0x7fffffn);
}

function near64({ se, mantissa }: Extended): bigint {
  const e = Math.max(0, Math.min(2047, (se & 0x7fff) - 16383 + 1023));
  return (BigInt(se >> 15) << 63n) | (BigInt(e) << 52n) | ((mantissa >> 11n) & 0xfffffffffffffn);
}

/** Memory that is overwritten, or an environment to load: its precision field is never the reserved one. */
function writeImage(r: Random, form: Form, memory: Buffer): void {
  if (form.stores) {
    memory.fill(r.one(2) ? 0 : 0xa5);
    return;
  }
  const words = [0x40 | r.pick([0, 0x200, 0x300]) | r.below(64), r.int32() & 0xffff, r.int32() & 0xffff];
  for (const [i, word] of words.entries()) memory.writeUInt16LE(word, i * 4);
  memory.writeUInt16LE(words[1]!, 2);
  for (let at = 12; at < 28; at += 4) memory.writeInt32LE(r.int32(), at);
  if (form.size > 28) for (let i = 0; i < 8; i++) writeExtended(memory, 28 + i * 10, extended(r));
}
