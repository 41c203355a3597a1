/** Rows unfolded into what the decoder looks up by opcode and ModRM. */
import type { Row } from './row.ts';

/** Immediate kinds, in the order in which they follow the ModRM bytes. */
export const IMM = { NONE: 0, B: 1, SB: 2, Z: 3, W: 4, JB: 5, JZ: 6, FAR: 7, MOFFS: 8, W_B: 9 } as const;

/** Where the register number of the E operand comes from. */
export const SOURCE = { MODRM: 0, OPCODE: 1, ACCUMULATOR: 2 } as const;

/** One row as one opcode selects it. */
export interface Form {
  readonly row: Row;
  /** Operands reduced to E (register or memory), G (register) and I (immediate): `E,G`, `G,E,I`, `E`... */
  readonly shape: string;
  /** Operand size: byte, by operand-size attribute, word. */
  readonly size: 'b' | 'v' | 'w';
  readonly modrm: boolean;
  /** ModRM always names registers, whatever its mod field says (MOV CRn). */
  readonly registersOnly: boolean;
  readonly imm: number;
  readonly source: number;
  /** The E (G) operand is a byte register. */
  readonly byteE: boolean;
  readonly byteG: boolean;
  /** The row's memory operand is one in the sense of LOCK. */
  readonly lock: boolean;
  /** Condition of a `+c` form, 0..15. */
  readonly cond: number;
}

/** Forms of one opcode: index 0..7 memory by ModRM.reg, 8..71 register forms by the low six bits of ModRM. */
export type Group = (Form | undefined)[];
export const GROUP_SIZE = 72;
/** Indices in a table of the opcode maps: 0F, 0F 38, 0F 3A; the one-byte map comes first. */
export const TWO_BYTE = 256;
export const THREE_BYTE_38 = 512;
export const THREE_BYTE_3A = 768;
export const OPCODES = 1024;
const MAPS: Readonly<Record<string, number>> = { '0F': TWO_BYTE, '0F 38': THREE_BYTE_38, '0F 3A': THREE_BYTE_3A };

/** Tables by the prefix that takes part in the choice of an instruction: none, 66, F2, F3. */
export const PREFIX_TABLES = 4;
export const TABLE_66 = 1;
/** Plus the decoder's REPNE or REPE, which come before 66. */
export const TABLE_REP = 1;
const PREFIXES: Readonly<Record<string, number>> = { '66': 1, F2: 2, F3: 3 };

/**
 * Features whose instructions are chosen by prefix also where a row names none: the manual's NP. A 66, F2 or F3 before
 * them is another instruction or #UD. SDM vol. 2A, 3.1.1.1.
 */
const CHOSEN_BY_PREFIX: ReadonlySet<string> = new Set(['FXSR', 'MMX', 'CLFLUSH', 'SSE', 'SSE2', 'SSE3', 'SSSE3']);

const IMMEDIATES: Readonly<Record<string, number>> = {
  Ib: IMM.B,
  sIb: IMM.SB,
  Iz: IMM.Z,
  Iw: IMM.W,
  Jb: IMM.JB,
  Jz: IMM.JZ,
  Ap: IMM.FAR,
  Ob: IMM.MOFFS,
  Ov: IMM.MOFFS,
};

const isE = (operand: string): boolean => /^[EMOZRWUQN]/.test(operand);
const isG = (operand: string): boolean => /^([GSCD][bvwd]|[VP][a-z]+)$/.test(operand);
const isAccumulator = (operand: string): boolean => operand === 'AL' || operand === 'eAX';

function shapeOf(operands: readonly string[]): string {
  const hasE = operands.some(isE);
  return operands
    .map((operand) => {
      if (isE(operand)) return 'E';
      if (isG(operand)) return 'G';
      if (isAccumulator(operand)) return hasE ? 'G' : 'E';
      return operand in IMMEDIATES ? 'I' : operand;
    })
    .join(',');
}

function sizeOf(row: Row, operands: readonly string[]): 'b' | 'v' | 'w' {
  const first = operands.find(
    (operand) => isE(operand) || isG(operand) || isAccumulator(operand) || /^[XY]/.test(operand),
  );
  if (first === undefined) return 'v';
  if (first === 'AL' || first.endsWith('b')) return 'b';
  return row.op === 'arpl' || row.op === 'verr' || row.op === 'verw' ? 'w' : 'v';
}

function immediateOf(operands: readonly string[]): number {
  if (operands.join() === 'Iw,Ib') return IMM.W_B;
  for (const operand of operands) {
    const kind = IMMEDIATES[operand];
    if (kind !== undefined) return kind;
  }
  return IMM.NONE;
}

function makeForm(row: Row, modrm: boolean, cond: number): Form {
  const operands = row.operands === '' ? [] : row.operands.split(',');
  const shape = shapeOf(operands);
  const e = operands.find(isE) ?? (shape.startsWith('E') ? operands[0] : undefined) ?? '';
  const g = operands.find(isG) ?? operands.find((operand) => isAccumulator(operand) && operand !== e) ?? '';
  const source = modrm ? SOURCE.MODRM : e.startsWith('Z') ? SOURCE.OPCODE : SOURCE.ACCUMULATOR;
  return {
    row,
    shape,
    size: sizeOf(row, operands),
    modrm,
    registersOnly: /^(Rd|Cd|Dd)/.test(row.operands),
    imm: immediateOf(operands),
    source,
    byteE: e === 'AL' || /^[EZ]b/.test(e),
    byteG: g === 'AL' || g === 'Gb',
    lock: row.lock,
    cond,
  };
}

/** A row's encoding, taken apart. */
interface Code {
  /** Table of its mandatory prefix, 0 for none. */
  readonly table: number;
  /** First opcode's index in the table, and how many follow each other. */
  readonly opcode: number;
  readonly repeat: number;
  /** Slots of the group, null when there is no ModRM. */
  readonly slots: readonly number[] | null;
}

function parse(code: string): Code {
  const parts = code.split(' ');
  const prefix = parts[1] === '0F' ? PREFIXES[parts[0]!] : undefined;
  if (prefix !== undefined) parts.shift();
  const map = parts.length > 2 && `${parts[0]} ${parts[1]}` in MAPS ? 2 : parts.length > 1 && parts[0] === '0F' ? 1 : 0;
  const base = MAPS[parts.slice(0, map).join(' ')] ?? 0;
  const [opcodeText = '', ...rest] = parts.slice(map);
  return {
    table: prefix ?? 0,
    opcode: base + Number.parseInt(opcodeText, 16),
    repeat: opcodeText.endsWith('+r') ? 8 : opcodeText.endsWith('+c') ? 16 : 1,
    slots: slotsOf(rest),
  };
}

const ALL_SLOTS = Array.from({ length: GROUP_SIZE }, (_, n) => n);

/** Puts a row's forms into `table`, which throws when they meet others, or only into what is free. */
function place(table: readonly Group[], row: Row, { opcode, repeat, slots }: Code, onlyFree: boolean): void {
  for (let i = 0; i < repeat; i++) {
    const form = makeForm(row, slots !== null || (repeat === 16 && /^[EG]/.test(row.operands)), repeat === 16 ? i : 0);
    const group = table[opcode + i]!;
    for (const slot of slots ?? ALL_SLOTS) {
      const other = group[slot];
      if (other === undefined) group[slot] = form;
      else if (!onlyFree) throw new Error(`${row.code} ${row.name} meets ${other.row.name}`);
    }
  }
}

/** Group slots that the part of an encoding after the opcode selects; null when there is no ModRM. */
function slotsOf(rest: readonly string[]): number[] | null {
  const [modrm, kind] = rest;
  if (modrm === undefined) return null;
  if (modrm.startsWith('/')) {
    const regs = modrm === '/r' ? [0, 1, 2, 3, 4, 5, 6, 7] : [Number(modrm[1])];
    const memory = kind === 'r' ? [] : regs;
    const registers = kind === 'm' ? [] : regs.flatMap((reg) => [0, 1, 2, 3, 4, 5, 6, 7].map((rm) => 8 + reg * 8 + rm));
    return [...memory, ...registers];
  }
  const first = Number.parseInt(modrm, 16) & 0x3f;
  return Array.from({ length: modrm.endsWith('+i') ? 8 : 1 }, (_, i) => 8 + first + i);
}

const emptyGroup = (): Group => new Array<Form | undefined>(GROUP_SIZE).fill(undefined);

/**
 * Unfolds rows into a table for each prefix, each of 1024 groups: the four opcode maps. Where no row of an opcode is
 * chosen by prefix, the tables share its group. Throws when two rows claim one encoding.
 */
export function buildTables(rows: readonly Row[]): Group[][] {
  const plain = Array.from({ length: OPCODES }, emptyGroup);
  const tables = Array.from({ length: PREFIX_TABLES }, () => [...plain]);
  const parsed = rows.map((row) => ({ row, code: parse(row.code) }));
  const chosen = parsed.filter(
    ({ row, code }) => code.table !== 0 || (code.opcode >= TWO_BYTE && CHOSEN_BY_PREFIX.has(row.feature)),
  );
  for (const { code } of chosen) {
    for (const table of tables.slice(1)) {
      if (table[code.opcode] === plain[code.opcode]) table[code.opcode] = emptyGroup();
    }
  }
  for (const { row, code } of parsed) place(tables[code.table]!, row, code, false);
  for (const { row, code } of parsed.filter((it) => !chosen.includes(it))) {
    for (const table of tables.slice(1)) {
      if (table[code.opcode] !== plain[code.opcode]) place(table, row, code, true);
    }
  }
  return tables;
}

/** The groups of rows without a mandatory prefix: one-byte opcodes, then 0F, 0F 38 and 0F 3A ones. */
export function buildGroups(rows: readonly Row[]): Group[] {
  return buildTables(rows)[0]!;
}
