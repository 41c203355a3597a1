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
/** Index of two-byte (0F xx) opcodes in the table. */
export const TWO_BYTE = 256;

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

const isE = (operand: string): boolean => /^[EMOZR]/.test(operand);
const isG = (operand: string): boolean => /^[GSCD][bvwd]$/.test(operand);
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

/** The places of a row's encoding: the opcode's index in the table, and which slots of its group. */
function place(table: Group[], row: Row): void {
  const parts = row.code.split(' ');
  let base = 0;
  if (parts[0] === '0F' && parts.length > 1) {
    base = TWO_BYTE;
    parts.shift();
  }
  const [opcodeText = '', ...rest] = parts;
  const repeat = opcodeText.endsWith('+r') ? 8 : opcodeText.endsWith('+c') ? 16 : 1;
  const opcode = base + Number.parseInt(opcodeText, 16);
  const slots = slotsOf(rest);
  for (let i = 0; i < repeat; i++) {
    const form = makeForm(row, slots !== null || (repeat === 16 && /^[EG]/.test(row.operands)), repeat === 16 ? i : 0);
    const group = table[opcode + i]!;
    for (const slot of slots ?? Array.from({ length: GROUP_SIZE }, (_, n) => n)) {
      if (group[slot] !== undefined) throw new Error(`${row.code} ${row.name} meets ${group[slot].row.name}`);
      group[slot] = form;
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

/** Unfolds rows into 512 groups: one-byte opcodes, then 0F ones. Throws when two rows claim one encoding. */
export function buildGroups(rows: readonly Row[]): Group[] {
  const table: Group[] = Array.from({ length: 2 * TWO_BYTE }, () =>
    new Array<Form | undefined>(GROUP_SIZE).fill(undefined),
  );
  for (const row of rows) place(table, row);
  return table;
}
