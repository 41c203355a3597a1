/** Machine code from rows: takes a row's notation (row.ts) apart and writes random instructions of it. */
import type { Row } from '../../../src/cpu/row.ts';
import { WINDOWS } from './layout.ts';
import type { Random } from './random.ts';
import { value } from './values.ts';

export interface Encoding {
  readonly row: Row;
  /** Mandatory prefix, or 0. */
  readonly prefix: number;
  /** Bytes of the opcode map: none, 0F, 0F 38, 0F 3A. */
  readonly map: readonly number[];
  readonly opcode: number;
  /** How many opcodes, from that one on. */
  readonly repeat: number;
  readonly modrm: ModRm | null;
  /** Kinds of immediates, in order. */
  readonly immediates: readonly Immediate[];
  /** Whether 66 is a size here rather than part of the opcode. */
  readonly sized: boolean;
}

interface ModRm {
  /** Register fields that select the row. */
  readonly regs: readonly number[];
  readonly memory: boolean;
  readonly registers: boolean;
  /** ModRM.rm of register forms: from which on, and how many. */
  readonly rm: number;
  readonly rms: number;
}

type Immediate = 'b' | 'w' | 'z' | 'jb' | 'jz' | 'far' | 'offset' | 'level';

const IMMEDIATES: Readonly<Record<string, Immediate>> = {
  Ib: 'b',
  sIb: 'b',
  Iw: 'w',
  Iz: 'z',
  Jb: 'jb',
  Jz: 'jz',
  Ap: 'far',
  Ob: 'offset',
  Ov: 'offset',
};
const PREFIXES = ['66', 'F2', 'F3'];
const SIMD = new Set(['FXSR', 'CLFLUSH', 'MMX', 'SSE', 'SSE2', 'SSE3', 'SSSE3']);
export const isSimd = (row: Row): boolean => SIMD.has(row.feature);

const byte = (text: string): number => Number.parseInt(text, 16);
const ALL = [0, 1, 2, 3, 4, 5, 6, 7];

function modrmOf(field: string | undefined, kind: string | undefined, { code, operands }: Row): ModRm | null {
  if (field === undefined) {
    const implied = code.includes('+c') && /^[EG]/.test(operands);
    return implied ? { regs: ALL, memory: true, registers: true, rm: 0, rms: 8 } : null;
  }
  if (!field.startsWith('/')) {
    const first = byte(field);
    const rms = field.endsWith('+i') ? 8 : 1;
    return { regs: [(first >> 3) & 7], memory: false, registers: true, rm: first & 7, rms };
  }
  const regs = field === '/r' ? ALL : [Number(field[1])];
  // MOV to and from control registers names registers whatever its mod field says.
  const registersOnly = /^(Rd|Cd|Dd)/.test(operands);
  return { regs, memory: kind !== 'r' && !registersOnly, registers: kind !== 'm', rm: 0, rms: 8 };
}

function immediatesOf(operands: string): Immediate[] {
  if (operands === 'Iw,Ib') return ['w', 'level'];
  return operands.split(',').flatMap((operand) => IMMEDIATES[operand] ?? []);
}

/** Takes a row's code apart. */
export function encodingOf(row: Row): Encoding {
  const parts = row.code.split(' ');
  const prefix = parts[1] === '0F' && PREFIXES.includes(parts[0]!) ? byte(parts.shift()!) : 0;
  const map: number[] = [];
  if (parts[0] === '0F' && parts.length > 1) map.push(byte(parts.shift()!));
  if (map.length === 1 && /^3[8A]$/.test(parts[0]!) && parts.length > 1) map.push(byte(parts.shift()!));
  const [opcode = '', field, kind] = parts;
  return {
    row,
    prefix,
    map,
    opcode: byte(opcode),
    repeat: opcode.endsWith('+r') ? 8 : opcode.endsWith('+c') ? 16 : 1,
    modrm: modrmOf(field, kind, row),
    immediates: immediatesOf(row.operands),
    sized: prefix === 0 && !isSimd(row),
  };
}

/** What bytes a campaign wants. */
export interface Wish {
  /** Leave out what another mode of the processor reads in another way: prefix 67, addresses relative to RIP. */
  readonly for64: boolean;
  /** Only memory forms, where there are any. */
  readonly memory?: boolean;
  /** Leave out prefixes that only change what must be ignored. */
  readonly plain?: boolean;
}

const little = (n: number, size: number): number[] => Array.from({ length: size }, (_, i) => (n >>> (8 * i)) & 0xff);

/** An address at or near the middle of one of the windows. */
function address(random: Random): number {
  const { edge } = random.pick(Object.values(WINDOWS));
  return edge + random.below(96) - 48;
}

/** A displacement: small, a multiple of 16 as often as not; now and then anything. */
function displacement(random: Random, size: number): number[] {
  if (size === 1) return little(random.one(2) ? random.below(256) : random.below(16) << 4, 1);
  const near = random.one(2) ? random.below(64) - 32 : (random.below(8) - 4) << 4;
  return little(random.one(8) ? random.int32() : near, size);
}

function memory16(random: Random, reg: number): number[] {
  const mod = random.below(3);
  const rm = random.below(8);
  const modrm = (mod << 6) | (reg << 3) | rm;
  if (mod === 0) return rm === 6 ? [modrm, ...little(address(random), 2)] : [modrm];
  return [modrm, ...displacement(random, mod)];
}

/** ModRM, SIB and displacement of a memory operand. */
function memory32(random: Random, reg: number, for64: boolean): number[] {
  const mod = random.below(3);
  let rm = random.below(8);
  if (for64 && mod === 0 && rm === 5) rm = 4;
  const bytes = [(mod << 6) | (reg << 3) | rm];
  if (rm === 4) bytes.push(random.below(256));
  const base = rm === 4 ? bytes[1]! & 7 : rm;
  if (mod === 0) return base === 5 ? [...bytes, ...little(address(random), 4)] : bytes;
  return [...bytes, ...displacement(random, mod === 1 ? 1 : 4)];
}

function immediateBytes(random: Random, kind: Immediate, operand16: boolean, address16: boolean): number[] {
  const wide = operand16 ? 2 : 4;
  switch (kind) {
    case 'b':
      return little(value(random), 1);
    case 'w':
      return little(random.one(3) ? random.int32() : random.below(64), 2);
    case 'z':
      return little(value(random), wide);
    case 'jb':
      return little(random.below(96) + (random.one(2) ? 20 : -116), 1);
    case 'jz':
      return little(random.one(3) ? random.int32() : random.below(1500) + (random.one(2) ? 20 : -1600), wide);
    case 'level':
      return [random.one(5) ? random.below(256) : random.below(8)];
    case 'far':
      return little(random.int32(), wide).concat(little(random.int32(), 2));
    case 'offset':
      return little(address(random), address16 ? 2 : 4);
  }
}

const STRINGS = new Set(['movs', 'stos', 'lods', 'cmps', 'scas']);
const SEGMENTS = [0x26, 0x2e, 0x36, 0x3e];

function prefixes(random: Random, it: Encoding, { for64, plain }: Wish, memory: boolean): number[] {
  const { row, prefix, map, sized, immediates } = it;
  const bytes: number[] = [];
  const relative = immediates.some((kind) => kind === 'jb' || kind === 'jz');
  if (sized && random.one(row.op === 'x87' ? 8 : 4) && !(for64 && relative)) bytes.push(0x66);
  if (!for64 && random.one(memory ? 8 : 25)) bytes.push(0x67);
  if (random.one(row.lock && memory ? 7 : 100) && !plain) bytes.push(0xf0);
  if (STRINGS.has(row.op) && !random.one(3)) bytes.push(random.pick([0xf2, 0xf3]));
  else if (map.length === 0 && it.opcode !== 0x90 && random.one(100) && !plain) bytes.push(0xf3);
  if (random.one(20)) bytes.push(random.pick(SEGMENTS));
  // A mandatory prefix need not be the last one.
  if (prefix !== 0) bytes.splice(random.below(bytes.length + 1), 0, prefix);
  return bytes;
}

/** The bytes of one random instruction. */
export function caseBytes(random: Random, it: Encoding, wish: Wish): number[] {
  const { modrm } = it;
  const reg = modrm === null ? 0 : random.pick(modrm.regs);
  const memory = modrm?.memory === true && (!modrm.registers || wish.memory === true || !random.one(3));
  const bytes = prefixes(random, it, wish, memory);
  const operand16 = it.sized && bytes.includes(0x66);
  const address16 = bytes.includes(0x67);
  bytes.push(...it.map, it.opcode + random.below(it.repeat));
  if (modrm !== null) {
    if (!memory) bytes.push(0xc0 | (reg << 3) | (modrm.rm + random.below(modrm.rms)));
    else bytes.push(...(address16 ? memory16(random, reg) : memory32(random, reg, wish.for64)));
  }
  for (const kind of it.immediates) bytes.push(...immediateBytes(random, kind, operand16, address16));
  return bytes;
}
