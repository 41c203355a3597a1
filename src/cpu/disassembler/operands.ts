/**
 * Operands of a decoded instruction, from the letters of its row: SDM vol. 2D, A.2.1 "Codes for Addressing Method" and
 * A.2.2 "Codes for Operand Type". Neither syntax appears here.
 */
import type { Decoder } from '../decoder.ts';
import { DS, EBP, EBX, EDI, ES, ESI, ESP, ZERO_SLOT } from '../layout.ts';
import type { Row } from '../row.ts';
import { CONTROL, DEBUG, general, SEGMENTS } from './registers.ts';

export interface RegisterOperand {
  readonly kind: 'register';
  readonly name: string;
  /** The operand tells the operation's size, so that AT&T mnemonics need no suffix. CL and DX do not. */
  readonly sized: boolean;
}

export interface MemoryOperand {
  readonly kind: 'memory';
  /** Segment that is printed; '' when it is the default one. */
  readonly segment: string;
  /** '' for none. */
  readonly base: string;
  readonly index: string;
  /** 0..3: log2 of the index's factor. */
  readonly scale: number;
  /** Signed with a base or index, unsigned without. */
  readonly disp: number;
  /** Bytes; 0 when the instruction gives memory no size. */
  readonly size: number;
  /** A segment prefix changes its segment. */
  readonly overridable: boolean;
}

export type Operand =
  | RegisterOperand
  | MemoryOperand
  | { readonly kind: 'segment'; readonly name: string }
  | { readonly kind: 'immediate'; readonly value: number }
  | { readonly kind: 'target'; readonly value: number }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number };

/** A decoded instruction and where it stands. */
export interface Site {
  readonly d: Decoder;
  /** eip after the instruction. */
  readonly next: number;
  readonly code16: boolean;
}

const register = (name: string, sized = true): RegisterOperand => ({ kind: 'register', name, sized });
const regField = (d: Decoder): number => (d.modrm >> 3) & 7;
const rmField = (d: Decoder): number => d.modrm & 7;
const addressSize = (d: Decoder): number => (d.address16 ? 2 : 4);

/** Bytes of an operand by its type letters; those that follow the operand-size attribute give 16-bit and 32-bit sizes. */
const SIZES: Readonly<Record<string, number | readonly [number, number]>> = {
  '': 0,
  a: [4, 8],
  b: 1,
  d: 4,
  dq: 16,
  // The x87's environment and state, where their size is not that of the code's mode.
  e: [14, 28],
  f: [94, 108],
  p: [4, 6],
  pd: 16,
  pi: 8,
  ps: 16,
  q: 8,
  s: 6,
  sd: 8,
  ss: 4,
  t: 10,
  v: [2, 4],
  w: 2,
  z: [2, 4],
};

function sizeOf(type: string, d: Decoder): number {
  const size = SIZES[type];
  if (size === undefined) throw new Error(`operand type ${type}`);
  return typeof size === 'number' ? size : size[d.operand16 ? 0 : 1];
}

const addressRegister = (d: Decoder, slot: number): string => (slot === ZERO_SLOT ? '' : general(slot, addressSize(d)));

/** Indirect near transfers, where the prefix 3E says NOTRACK rather than DS. SDM vol. 1, 17.3.1. */
export const isNotrack = ({ op }: Row, { d }: Site): boolean =>
  (op === 'jmpIndirect' || op === 'callIndirect') && d.override && d.segment === DS;

/** With a stack register NOTRACK also changes the segment, and shows twice. */
function segmentOf(site: Site): string {
  const { d } = site;
  const hidden = isNotrack(d.form.row, site) && d.base !== EBP && d.base !== ESP;
  return d.override && !hidden ? SEGMENTS[d.segment]! : '';
}

/** Memory as ModRM, SIB or a bare offset gives it. */
function memory(site: Site, size: number): MemoryOperand {
  const { d } = site;
  const base = addressRegister(d, d.base);
  const index = addressRegister(d, d.index);
  const bare = base === '' && index === '';
  const disp = d.address16 ? (bare ? d.disp & 0xffff : (d.disp << 16) >> 16) : bare ? d.disp >>> 0 : d.disp | 0;
  const segment = segmentOf(site);
  return { kind: 'memory', segment, base, index, scale: d.scale, disp, size, overridable: true };
}

/** Memory that a string instruction or XLAT addresses by a fixed register. */
function implicit({ d }: Site, slot: number, segment: number, overridable: boolean, size: number): MemoryOperand {
  const base = general(slot, addressSize(d));
  const shown = d.override ? SEGMENTS[segment]! : '';
  return { kind: 'memory', segment: shown, base, index: '', scale: 0, disp: 0, size, overridable };
}

function immediate({ d }: Site, type: string): Operand {
  const mask = type === 'b' ? 0xff : type === 'w' || d.operand16 ? 0xffff : 0xffffffff;
  return { kind: 'immediate', value: (d.imm & mask) >>> 0 };
}

function target({ d, next }: Site): Operand {
  const value = next + d.imm;
  return { kind: 'target', value: d.operand16 ? value & 0xffff : value >>> 0 };
}

const far = ({ d }: Site): Operand => ({ kind: 'far', selector: d.imm2, offset: d.imm >>> 0 });

/** Addressing methods: from the site, the operand's size, and its type letters. */
const METHODS: Readonly<Record<string, (site: Site, size: number, type: string) => Operand>> = {
  A: far,
  C: ({ d }) => register(CONTROL[regField(d)]!),
  D: ({ d }) => register(DEBUG[regField(d)]!),
  E: (site, size) => (site.d.memory ? memory(site, size) : register(general(rmField(site.d), size))),
  G: ({ d }, size) => register(general(regField(d), size)),
  I: (site, _size, type) => immediate(site, type),
  J: target,
  M: memory,
  N: ({ d }) => register(`mm${rmField(d)}`),
  O: memory,
  P: ({ d }) => register(`mm${regField(d)}`),
  Q: (site, size) => (site.d.memory ? memory(site, size) : register(`mm${rmField(site.d)}`)),
  R: ({ d }, size) => register(general(rmField(d), size)),
  S: ({ d }) => register(SEGMENTS[regField(d)]!),
  U: ({ d }) => register(`xmm${rmField(d)}`),
  V: ({ d }) => register(`xmm${regField(d)}`),
  W: (site, size) => (site.d.memory ? memory(site, size) : register(`xmm${rmField(site.d)}`)),
  X: (site, size) => implicit(site, ESI, site.d.segment, true, size),
  Y: (site, size) => implicit(site, EDI, ES, false, size),
  Z: ({ d }, size) => register(general(d.opcode & 7, size)),
};

/** Operands that are not a method and a type. */
const FIXED: Readonly<Record<string, (site: Site) => Operand>> = {
  '1': () => ({ kind: 'immediate', value: 1 }),
  AL: () => register('al'),
  AX: () => register('ax'),
  eAX: ({ d }) => register(d.operand16 ? 'ax' : 'eax'),
  CL: () => register('cl', false),
  DX: () => register('dx', false),
  ...Object.fromEntries(SEGMENTS.map((name) => [name.toUpperCase(), () => register(name)])),
  ST: () => register('st'),
  'ST(i)': ({ d }) => register(`st(${rmField(d)})`),
  // A byte immediate extended to the operand size; the second immediate of ENTER.
  sIb: (site) => immediate(site, 'v'),
  Ib2: ({ d }) => ({ kind: 'immediate', value: d.imm2 }),
  // The segment prefix of an instruction whose memory is not written down.
  SEG: ({ d }) => ({ kind: 'segment', name: SEGMENTS[d.segment]! }),
  // XLAT's table.
  BXb: (site) => implicit(site, EBX, site.d.segment, true, 1),
};

function operandOf(letters: string, site: Site): Operand {
  const fixed = FIXED[letters];
  if (fixed !== undefined) return fixed(site);
  const method = METHODS[letters[0]!];
  if (method === undefined) throw new Error(`operand ${letters}`);
  const type = letters.slice(1);
  return method(site, sizeOf(type, site.d), type);
}

/**
 * The operands that `letters` describe, in the manual's order. `Rv/Mw` gives what stands before the bar for a register
 * form, what stands behind it for a memory form.
 */
export function operandsOf(letters: string, site: Site): Operand[] {
  if (letters === '') return [];
  return letters.split(',').map((each) => {
    const [inRegister, inMemory] = each.split('/');
    return operandOf(site.d.memory ? (inMemory ?? inRegister!) : inRegister!, site);
  });
}
