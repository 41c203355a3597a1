/**
 * Bytes to text, from the rows that the decoder uses. Two syntaxes: `att`, which GNU as reads, and `intel`, as XED prints
 * it; both equal to iced-x86's with these choices: numbers such as 0x10 in lower case and without leading zeros,
 * displacements signed and immediates unsigned, the size of every memory operand in `intel` and suffixes where they are
 * needed in `att`, every prefix that is there, also one that changes nothing, and no short form for usual operands.
 */
import { Decoder, MAX_LENGTH } from '../decoder.ts';
import type { Row } from '../row.ts';
import { ATT } from './att.ts';
import { CONDITIONS, lookUp, OPERANDS, SPECIALS, type Style } from './display.ts';
import { INTEL } from './intel.ts';
import { operandsOf, type Site } from './operands.ts';
import { branchHint, prefixesOf } from './prefixes.ts';

export type Syntax = 'att' | 'intel';

export interface DisassembleOptions {
  readonly syntax: Syntax;
  /** Bytes are 16-bit code. */
  readonly code16?: boolean;
}

export interface Disassembly {
  /** Prefixes, mnemonic and operands, separated by spaces; `(bad)` for what is no instruction. */
  readonly text: string;
  /** Prefixes and mnemonic. */
  readonly mnemonic: string;
  readonly operands: string;
  /** Bytes; 1 for `(bad)`, so that a sweep goes on at the next byte. */
  readonly length: number;
  /** The instruction's row; null for `(bad)`. */
  readonly row: Row | null;
}

const BAD: Disassembly = { text: '(bad)', mnemonic: '(bad)', operands: '', length: 1, row: null };

/** Instructions are decoded from here, with zeros behind the bytes there are. */
const window = new Uint8Array(2 * MAX_LENGTH + 2);
const decoder = new Decoder(window, () => 0);

function nameOf(style: Style, row: Row, { d }: Site): string {
  const names = lookUp(style.names, row) ?? row.name;
  const name = typeof names === 'string' ? names : names[d.operand16 ? 0 : 1];
  return name.replace('cc', CONDITIONS[d.form.cond]!);
}

function describe(site: Site, style: Style): Disassembly {
  const { d } = site;
  const { row } = d.form;
  const special = [...style.specials, ...SPECIALS].find(({ code, when }) => code === row.code && when(site));
  const letters = special?.operands ?? lookUp(style.operands, row) ?? lookUp(OPERANDS, row) ?? row.operands;
  const operands = operandsOf(letters, site);
  const [before, after] = hintOf(style, row, site);
  const words = prefixesOf(row, site, operands, style, before, special?.repeat !== true);
  const name = special?.name ?? `${nameOf(style, row, site)}${style.suffix(row, site, operands)}${after}`;
  const mnemonic = [...words, name].join(' ');
  const printed = style.print(row, operands, site);
  return {
    text: printed === '' ? mnemonic : `${mnemonic} ${printed}`,
    mnemonic,
    operands: printed,
    length: d.length,
    row,
  };
}

function hintOf(style: Style, row: Row, site: Site): readonly [string, string] {
  const hint = branchHint(row, site);
  return hint === 0 ? ['', ''] : style.hint(hint > 0);
}

/**
 * The instruction at offset `at` of `bytes`, which stands at the address `eip` of its code segment. Bytes that end within
 * an instruction are `(bad)`.
 */
export function disassemble(bytes: Uint8Array, at: number, eip: number, options: DisassembleOptions): Disassembly {
  const { syntax, code16 = false } = options;
  const there = bytes.subarray(at, at + MAX_LENGTH);
  window.fill(0);
  window.set(there);
  decoder.decode(0, window.length, code16);
  const { length, form } = decoder;
  if (length > there.length || form.row.code === '') return BAD;
  return describe({ d: decoder, next: (eip + length) >>> 0, code16 }, syntax === 'att' ? ATT : INTEL);
}
