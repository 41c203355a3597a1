/** What is printed where that is not a row's own name and operands: tables for both syntaxes. */
import { REPE } from '../decoder.ts';
import type { Row } from '../row.ts';
import type { Operand, Site } from './operands.ts';

/** Names with a 16-bit and with a 32-bit operand size. */
export type Names = string | readonly [string, string];

/** How an operand size that is not the code's own shows when no operand tells it. */
export type SizeMark = 'suffix' | 'data' | 'byte';

/** Instructions that are told from others of their row by more than the row says. */
export interface Special {
  /** The row's encoding. */
  readonly code: string;
  when(site: Site): boolean;
  readonly name?: string;
  readonly operands?: string;
  /** The prefix F3 is part of the instruction. */
  readonly repeat?: boolean;
}

/** What a syntax prints. Keys are an encoding, a name with operands, a name, or an operation: the first that is there. */
export interface Style {
  readonly names: Readonly<Record<string, Names>>;
  readonly operands: Readonly<Record<string, string>>;
  readonly sizeMarks: Readonly<Record<string, SizeMark>>;
  /** LOOP tells its counter's size by a prefix. */
  readonly loopAddress: boolean;
  readonly specials: readonly Special[];
  /** Follows the mnemonic. */
  suffix(row: Row, site: Site, operands: readonly Operand[]): string;
  /** A branch hint as a prefix, and as a part of the mnemonic. */
  hint(taken: boolean): readonly [string, string];
  print(row: Row, operands: readonly Operand[], site: Site): string;
}

export function lookUp<T>(table: Readonly<Record<string, T>>, { code, name, operands, op }: Row): T | undefined {
  return table[code] ?? table[`${name} ${operands}`] ?? table[name] ?? table[op];
}

/** The same value for several keys, separated by spaces; `_` is the space within one. */
export function each<T>(keys: string, value: T): Record<string, T> {
  return Object.fromEntries(keys.split(' ').map((key) => [key.replace('_', ' '), value]));
}

const RESERVED_NOPS = ['0D', '18', '19', '1A', '1B', '1C', '1D', '1E'].map((opcode) => [`0F ${opcode} /r`, 'Ev,Gv']);

/** Operands that both syntaxes print in another way than the opcode map has them. */
export const OPERANDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(RESERVED_NOPS),
  'mov Ev,Sw': 'Rv/Mw,Sw',
  'sldt Ev': 'Rv/Mw',
  'str Ev': 'Rv/Mw',
  'smsw Ev': 'Rv/Mw',
  'lar Gv,Ew': 'Gv,Rv/Mw',
  'lsl Gv,Ew': 'Gv,Rv/Mw',
  'enter Iw,Ib': 'Iw,Ib2',
  'pinsrw Pq,Ew,Ib': 'Pq,Rd/Mw,Ib',
  'pinsrw Vdq,Ew,Ib': 'Vdq,Rd/Mw,Ib',
  cvtps2pi: 'Ppi,Wq',
  cvttps2pi: 'Ppi,Wq',
  cvtps2pd: 'Vpd,Wq',
  cvtdq2pd: 'Vpd,Wq',
  xlat: 'BXb',
  ...each('sgdt sidt lgdt lidt', 'Ms'),
  ...each('fldenv fnstenv', 'Me'),
  ...each('frstor fnsave', 'Mf'),
};

const NOP = 0x90;
const ENDBR64 = 0xfa;
const ENDBR32 = 0xfb;
const endbr =
  (modrm: number): Special['when'] =>
  ({ d }) =>
    d.rep === REPE && d.modrm === modrm;

/** PREFETCHh: names that SSE gave to four of the reserved NOPs. */
const prefetches = ['prefetchnta', 'prefetcht0', 'prefetcht1', 'prefetcht2'].map((name, hint) => ({
  code: '0F 18 /r',
  when: ({ d }: Site) => d.memory && ((d.modrm >> 3) & 7) === hint,
  name,
  operands: 'Mb',
}));

export const SPECIALS: readonly Special[] = [
  { code: '90+r', when: ({ d }) => d.opcode === NOP && d.rep === REPE, name: 'pause', operands: '', repeat: true },
  { code: '90+r', when: ({ d, code16 }) => d.opcode === NOP && d.operand16 === code16, name: 'nop', operands: '' },
  { code: '0F 1E /r', when: endbr(ENDBR32), name: 'endbr32', operands: '', repeat: true },
  { code: '0F 1E /r', when: endbr(ENDBR64), name: 'endbr64', operands: '', repeat: true },
  { code: '0F 1F /r', when: ({ d }) => (d.modrm & 0x38) !== 0, operands: 'Ev,Gv' },
  { code: 'E3', when: ({ d }) => d.address16, name: 'jcxz' },
  ...prefetches,
];

/** Condition codes as the manual names them, 0 to 15. */
export const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];
