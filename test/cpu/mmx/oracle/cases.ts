/** Cases of every row: edge values first, then random ones; registers, memory and immediates in turn. */
import { mmxRows } from '../../../../src/cpu/mmx/rows.ts';
import type { Row } from '../../../../src/cpu/row.ts';
import { Random } from '../../x87/oracle/random.ts';
import { MEMORY, MEMORY_SIZE, RECORD, RECORD_SIZE, STATE } from './record.ts';

/** Cases of each row: as many as an immediate byte has values. */
export const CASES = 256;
const EDGE_CASES = 144;
const EBX = 3;
const EDI = 7;
/** EAX ECX EDX ESI: the others hold addresses. */
const GENERAL = [0, 1, 2, 6];
const XMM_SIZE = 16;

const EDGES: Readonly<Record<number, readonly number[]>> = {
  1: [0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff],
  2: [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xff7f, 0xff80, 0xff81, 0xfffe, 0xffff],
  4: [0, 1, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xffff7fff, 0xffff8000, 0xffffffff],
};

/** A row taken apart for the generator. */
interface Subject {
  readonly row: Row;
  /** Prefix and opcode bytes. */
  readonly opcode: readonly number[];
  /** ModRM.reg when it is part of the opcode, -1 when it names an operand. */
  readonly extension: number;
  readonly modrm: boolean;
  readonly memory: boolean;
  readonly registers: boolean;
  readonly immediate: boolean;
  /** G or E is a general register. */
  readonly generalG: boolean;
  readonly generalE: boolean;
  readonly xmm: boolean;
  readonly counts: boolean;
}

function subjectOf(row: Row): Subject {
  const at = row.code.indexOf('/');
  const opcode = (at < 0 ? row.code : row.code.slice(0, at)).trim().split(' ');
  const kind = row.code.slice(at);
  return {
    row,
    opcode: opcode.map((byte) => Number.parseInt(byte, 16)),
    extension: /^\/\d/.test(kind) ? Number(kind[1]) : -1,
    modrm: at >= 0,
    memory: at >= 0 && !kind.endsWith(' r'),
    registers: at >= 0 && !kind.endsWith(' m'),
    immediate: row.operands.includes('Ib'),
    generalG: /\bGd/.test(row.operands),
    generalE: /\bE[wd]/.test(row.operands),
    xmm: /[VWU]/.test(row.operands),
    counts: /^ps[lr][la][wdq]$/.test(row.name),
  };
}

const subjects = new Map(mmxRows.map((row) => [row.code, subjectOf(row)]));

/** FNV-1a, so that a row's cases do not depend on the others. */
function seedOf(text: string, index: number): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash + index) | 0;
}

/** Fills bytes with values of one lane width, from its edges or from anywhere. */
function fill(random: Random, to: Buffer, edges: boolean): void {
  const width = random.pick([1, 2, 4]);
  for (let at = 0; at < to.length; at += width) {
    const value = edges && !random.one(8) ? random.pick(EDGES[width]!) : random.int32() >>> (32 - 8 * width);
    to.writeUIntLE(value >>> 0, at, width);
  }
}

/** Makes 64 bits at `at` a shift count, mostly one that matters. */
function makeCount(random: Random, record: Buffer, at: number): void {
  if (random.one(8)) return;
  record.writeUInt32LE(random.below(70), at);
  record.writeUInt32LE(random.one(8) ? random.pick([1, 0x80000000]) : 0, at + 4);
}

/** Offset in the record of MMX register `n`, which is a physical one: the image has them from the stack's top on. */
function mmxAt(record: Buffer, n: number): number {
  const top = (record.readUInt16LE(RECORD.state + STATE.fsw) >> 11) & 7;
  return RECORD.state + STATE.st + ((n - top) & 7) * 16;
}

const xmmAt = (n: number): number => RECORD.state + STATE.xmm + n * XMM_SIZE;

function fillState(random: Random, record: Buffer, edges: boolean): void {
  const state = record.subarray(RECORD.state, RECORD.regs);
  fill(random, state.subarray(STATE.st), edges);
  state.fill(0, STATE.fop, STATE.st);
  state.writeUInt16LE(0x37f, STATE.fcw);
  // TOP, condition codes and exception flags, all masked.
  state.writeUInt16LE(random.int32() & 0x7f7f, STATE.fsw);
  state.writeUInt8(random.one(4) ? 0 : random.below(256), STATE.ftw);
  state.writeUInt32LE(0x1f80, STATE.mxcsr);
  for (let i = 0; i < 8; i++) state.fill(0, STATE.st + i * 16 + 10, STATE.st + i * 16 + 16);
  fill(random, record.subarray(RECORD.memory, RECORD.memory + MEMORY_SIZE), edges);
  fill(random, record.subarray(RECORD.regs, RECORD.memory), edges);
  record.writeUInt32LE(0, RECORD.regs + 16);
}

/** Makes the second operand equal to the first, or almost, in some cases. */
function relate(random: Random, record: Buffer, from: number, to: number): void {
  if (!random.one(6)) return;
  record.copy(record, to, from, from + 8);
  record[to + random.below(8)]! ^= random.one(2) ? 1 << random.below(8) : 0;
}

/** Writes case `index` of a row into a zeroed record. */
export function writeCase(row: Row, index: number, record: Buffer): void {
  const it = subjects.get(row.code)!;
  const random = new Random(seedOf(row.code, index));
  fillState(random, record, index < EDGE_CASES);
  const memory = it.memory && (!it.registers || (index & 1) === 1);
  const g = it.generalG ? random.pick(GENERAL) : random.below(8);
  const e = it.generalE ? random.pick(GENERAL) : random.below(8);
  const offset = it.xmm && !it.generalE ? random.below(4) * XMM_SIZE : random.below(MEMORY_SIZE - 7);
  record.writeUInt32LE(MEMORY + offset, RECORD.regs + EBX * 4);
  record.writeUInt32LE(MEMORY + random.below(MEMORY_SIZE - 7), RECORD.regs + EDI * 4);
  const register = (n: number): number => (it.xmm ? xmmAt(n) : mmxAt(record, n));
  const source = memory ? RECORD.memory + offset : register(e);
  if (!it.generalE && !it.generalG) relate(random, record, register(g), source);
  if (it.counts && !it.immediate) makeCount(random, record, source);
  const reg = it.extension < 0 ? g : it.extension;
  const modrm = (reg << 3) | (memory ? EBX : 0xc0 | e);
  const code = [...it.opcode, ...(it.modrm ? [modrm] : []), ...(it.immediate ? [index] : [])];
  record.set(code, RECORD.code);
  record[RECORD.length] = code.length;
}

export function casesOf(row: Row): Buffer {
  const records = Buffer.alloc(CASES * RECORD_SIZE);
  for (let i = 0; i < CASES; i++) writeCase(row, i, records.subarray(i * RECORD_SIZE, (i + 1) * RECORD_SIZE));
  return records;
}
