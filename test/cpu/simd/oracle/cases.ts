/** Random cases of SSE instructions: for each row its bytes, and operands, MXCSR and flags to start from. */
import type { Row } from '../../../../src/cpu/row.ts';
import { rows } from '../../../../src/cpu/rows/index.ts';
import { simdRows } from '../../../../src/cpu/simd/rows.ts';
import type { Random } from '../../x87/oracle/random.ts';
import { CODE_SIZE, REQUEST, TOP } from './record.ts';
import { fillNumbers, integer } from './values.ts';

/** Its memory operand is not [ebx]; it has a test of its own. */
const EXCLUDED = new Set(['maskmovdqu']);

export const subjects: readonly Row[] = [...simdRows, ...rows.filter(({ name }) => name === 'fisttp')].filter(
  ({ name }) => !EXCLUDED.has(name),
);
export const nameOf = (row: Row): string => `${row.code} ${row.name}`;

const NOP = 0x90;
const EBX = 3;
const EXCEPTION_MASKS = 0x1f80;

/** ModRM: destination number 0 (of its kind), source number 1; eax is both; memory is [ebx]. */
function modrmOf(random: Random, row: Row, text: string, kind: string | undefined): number {
  if (!text.startsWith('/')) return Number.parseInt(text, 16);
  const [first = '', second = ''] = row.operands.split(',');
  const stores = /^[WMQ]/.test(first) && second !== '';
  const same = random.one(12);
  const e =
    /^[EG]d/.test(first) && !/^[EM]/.test(second) && first.startsWith('E')
      ? 0
      : second.startsWith('E')
        ? 0
        : stores
          ? 0
          : 1;
  const g = text === '/r' ? (stores && !second.startsWith('G') ? 1 : 0) : Number(text[1]);
  const register = kind === 'r' || (kind !== 'm' && random.one(2));
  if (!register) return (g << 3) | EBX;
  return 0xc0 | (g << 3) | (same && text === '/r' && !/[EG]d|[PQN]/.test(row.operands) ? g : e);
}

/** Bytes of one random form of a row. */
export function codeBytes(random: Random, row: Row): number[] {
  const parts = row.code.split(' ');
  const last = parts.findIndex((part, i) => i > 0 && !/^[0-9A-F]{2}$/.test(part));
  const fixed = row.code.startsWith('0F 01') || last < 0;
  const opcode = (fixed ? parts : parts.slice(0, last)).map((part) => Number.parseInt(part, 16));
  if (fixed) return opcode;
  const bytes = [...opcode, modrmOf(random, row, parts[last]!, parts[last + 1])];
  if (row.operands.endsWith('Ib')) bytes.push(random.below(256));
  return bytes;
}

function mxcsr(random: Random, row: Row): number {
  if (row.name === 'ldmxcsr') return 0x1f80;
  const masks = random.one(3) ? random.int32() & EXCEPTION_MASKS : EXCEPTION_MASKS;
  const flags = random.one(3) ? random.below(64) : 0;
  const rc = random.one(2) ? 0 : random.below(4) << 13;
  return flags | masks | rc | (random.one(3) ? 0x40 : 0) | (random.one(3) ? 0x8000 : 0);
}

/** What a row's operands hold. */
function fill(random: Random, row: Row, first: Buffer, second: Buffer): void {
  if (/cvt(dq|pi|si)2/.test(row.name)) {
    for (const to of [first, second]) for (let i = 0; i < 16; i += 4) to.writeInt32LE(integer(random), i);
    return;
  }
  if (row.name === 'ldmxcsr') {
    for (const to of [first, second]) to.writeInt32LE(random.one(4) ? random.int32() : random.below(0x10000), 0);
    return;
  }
  fillNumbers(random, /ps$|ss$|[ps]s2/.test(row.name.replace(/^cvt.*2(ps|ss)$/, 'cvtsd2')), first, second);
}

/** ST(0) of a case of FISTTP: numbers about the size of the integers it makes. */
function fillTop(random: Random, to: Buffer): void {
  to.writeBigUInt64LE(random.uint64() | (random.one(10) ? 0n : 1n << 63n), 0);
  const exponent = random.one(8) ? random.below(0x8000) : 0x3ffe + random.below(68);
  to.writeUInt16LE((random.one(2) ? 0x8000 : 0) | exponent, 8);
}

/** Writes one random case of a row into a zeroed request. */
export function fillRequest(random: Random, row: Row, request: Buffer): void {
  request.fill(NOP, REQUEST.code, CODE_SIZE);
  request.set(codeBytes(random, row), REQUEST.code);
  request.writeUInt32LE(mxcsr(random, row), REQUEST.mxcsr);
  const first = request.subarray(REQUEST.xmm, REQUEST.xmm + 16);
  const second = request.subarray(REQUEST.xmm + 16, REQUEST.xmm + 32);
  fill(random, row, first, second);
  const memory = request.subarray(REQUEST.memory, REQUEST.memory + 16);
  second.copy(memory);
  second.copy(request, REQUEST.mmx, 0, 8);
  request.writeInt32LE(integer(random), REQUEST.eax);
  const pending = random.one(20);
  request.writeUInt16LE((TOP << 11) | (pending ? 0x81 | 0x8000 : 0), REQUEST.status);
  request.writeUInt16LE((pending ? 0x37e : 0x37f) | (random.below(4) << 10), REQUEST.control);
  fillTop(random, request.subarray(REQUEST.top));
}
