/**
 * Which cases mean in 64-bit mode what they mean in 32-bit mode, so that a host without 32-bit programs can judge
 * them: same bytes, same low halves of registers, upper halves zero. SDM vol. 1, 3.4.1.1, 3.7.5 and vol. 2A, 2.2.1.
 */
import type { Decoder } from '../../../src/cpu/decoder.ts';
import { CS, EDI, ESI, FS, GS } from '../../../src/cpu/layout.ts';
import type { Row } from '../../../src/cpu/row.ts';
import { wideOffset } from './decode.ts';
import { CODE, SLOT, type Start, WINDOW_SIZE } from './layout.ts';

interface Reason {
  readonly why: string;
  readonly ops?: readonly string[];
  readonly codes?: RegExp;
}

/** Rows without a counterpart. */
const NO_COUNTERPART: readonly Reason[] = [
  {
    why: 'the stack is 64 bits wide',
    ops: 'push pop pusha popa pushf popf pushSegment popSegment enter leave call callIndirect ret'.split(' '),
  },
  {
    why: 'no such instruction',
    ops: 'daa das aaa aas aam aad salc bound arpl into loadFar'.split(' '),
    codes: /^(82|9A|EA) ?/,
  },
  { why: 'the opcode is a REX prefix', codes: /^4[08]\+r$/ },
  { why: 'the offset has 64 bits', codes: /^A[0-3]$/ },
];

/** Why no case of a row can be judged in 64-bit mode; null when some can. */
export function rowDiffers({ op, code }: Row): string | null {
  return NO_COUNTERPART.find(({ ops, codes }) => ops?.includes(op) || codes?.test(code))?.why ?? null;
}

/** FS and GS have bases of their own; code can be written to where CS is ignored. */
const OTHER_SEGMENTS = [CS, FS, GS];
const STRINGS = /^(movs|stos|lods|cmps|scas)$/;
const CODE_SIZE = 0x1000;
const TOP_PAGE = 0xfffff000;
/** FXSAVE in 64-bit mode also writes XMM8 to XMM15, here zero, behind XMM7. */
const XMM8_AT = 288;

/** Whether `it`, just decoded at `eip`, does the same in both modes from these registers. */
export function sameIn64(it: Decoder, start: Start, eip = SLOT): boolean {
  if (rowDiffers(it.form.row) !== null || it.address16 || OTHER_SEGMENTS.includes(it.segment)) return false;
  return sameAddress(it, start) && sameString(it, start) && sameTarget(it, eip);
}

/** mod 0 with rm 5 is relative to RIP; other addresses have 64 bits and do not wrap at 32. */
function sameAddress(it: Decoder, { regs, window }: Start): boolean {
  if (!it.memory) return true;
  const { op, name } = it.form.row;
  if ((it.modrm & 0xc7) === 5) return false;
  if (op === 'lea') return true;
  const at = wideOffset(it, regs) + bitOffset(it, regs);
  if (name === 'fxsave' && at + XMM8_AT < window + WINDOW_SIZE) return false;
  // Stores to the code page would outlive the case.
  return at >= 0 && at < TOP_PAGE && (at < CODE - CODE_SIZE || at >= CODE + CODE_SIZE);
}

/** BT and its kin address a bit string by a register. */
function bitOffset(it: Decoder, regs: Int32Array): number {
  if (!/^bt[src]?$/.test(it.form.row.op) || it.form.imm !== 0) return 0;
  const bit = regs[it.reg]!;
  return it.operand16 ? (((bit << 16) >> 16) >> 4) * 2 : (bit >> 5) * 4;
}

/** Pointers that count down through zero or up through 4 GiB. */
function sameString({ form: { row } }: Decoder, { regs }: Start): boolean {
  const pointers = STRINGS.test(row.op) ? [ESI, EDI] : /^maskmov/.test(row.name) ? [EDI] : [];
  return pointers.every((n) => regs[n]! >>> 0 >= 0x1000 && regs[n]! >>> 0 < TOP_PAGE);
}

const RELATIVE = /^J[bz]$/;

function sameTarget(it: Decoder, eip: number): boolean {
  // A near target in memory has 64 bits, and 66 does not make one of 16.
  if (it.form.row.op === 'jmpIndirect') return !it.memory && !it.operand16;
  if (!RELATIVE.test(it.form.row.operands)) return true;
  const target = eip + it.length + it.imm;
  return !it.operand16 && target >= 0 && target < TOP_PAGE;
}
