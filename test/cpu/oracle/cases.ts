/**
 * Random single-instruction cases: for each form of each row its bytes, and from a seed the registers, flags and memory
 * it starts from. Vectors store only the bytes; `startState` must therefore never change without new vectors.
 */
import { buildGroups, type Form, IMM, TWO_BYTE } from '../../../src/cpu/forms.ts';
import type { Row } from '../../../src/cpu/row.ts';

/** Must agree with native.c. The window lies across a page boundary, below 64 KiB for 16-bit addresses. */
export const CODE = 0x20000000;
export const SLOT = CODE + 0x800;
export const DATA = 0x8000;
export const DATA_SIZE = 0x2000;
export const WINDOW = DATA + 0xf80;
export const WINDOW_SIZE = 256;
const FLAG_MASK = 0xcd5;
const FIXED_FLAGS = 0x202;

export interface Start {
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly regs: Int32Array;
  readonly eflags: number;
  readonly memory: Uint8Array;
}

/** A small deterministic generator (xorshift32 over a mixed seed). */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const EDGES = [
  0, 1, 2, 7, 8, 15, 16, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, -1, -2,
];

function value(random: Random): number {
  const kind = random.below(8);
  if (kind < 3) return EDGES[random.below(EDGES.length)]!;
  if (kind === 3) return random.below(16);
  return random.next() | 0;
}

/** A pointer into the window, with room on both sides. */
const pointer = (random: Random): number => WINDOW + 64 + random.below(128);

/** The state a case starts from. `op` is the operation id: a few keep their operands within reason. */
export function startState(seed: number, op: string): Start {
  const random = new Random(seed);
  const regs = new Int32Array(8);
  for (let i = 0; i < 8; i++) {
    const points = i === 4 ? 95 : i === 3 || i > 4 ? 80 : 0;
    regs[i] = random.chance(points) ? pointer(random) : value(random);
  }
  const eflags = (random.next() & FLAG_MASK) | FIXED_FLAGS;
  const memory = new Uint8Array(WINDOW_SIZE);
  const words = new Int32Array(memory.buffer);
  for (let i = 0; i < words.length; i++) words[i] = value(random);
  const count = random.below(20);
  if (STRINGS.has(op)) regs[1] = count;
  const top = regs[4]! - WINDOW;
  if (op === 'popf' && top >= 0 && top < WINDOW_SIZE - 4) memory[top + 1] = memory[top + 1]! & 0x8e;
  if (op === 'popf' && top >= 0 && top < WINDOW_SIZE - 4) memory[top + 2] = 0;
  if (op === 'ret' && random.chance(60) && top >= 0 && top < WINDOW_SIZE - 4) {
    new DataView(memory.buffer).setInt32(top, CODE + random.below(2000), true);
  }
  return { regs, eflags, memory };
}

const STRINGS = new Set(['movs', 'stos', 'lods', 'cmps', 'scas']);

/** What cannot be compared on a host with a kernel of its own: selectors, gates, identification. */
const EXCLUDED = new Set([
  'movFromSegment',
  'movToSegment',
  'pushSegment',
  'popSegment',
  'loadFar',
  'jmpFar',
  'callFar',
  'retFar',
  'iret',
  'sldt',
  'str',
  'smsw',
  'storeTable',
  'lar',
  'lsl',
  'verr',
  'verw',
  'rdtsc',
  'cpuid',
  'int3',
  'int1',
  'into',
  'int',
]);

/** Where a form stands in the opcode map. */
export interface Place {
  readonly form: Form;
  readonly opcode: number;
  /** ModRM slot as in forms.ts: 0..7 memory by reg, 8..71 registers; -1 without ModRM. */
  readonly slot: number;
}

/** All places of the rows that can be compared, in opcode order. Register slots come once for each reg. */
export function places(rows: readonly Row[]): Place[] {
  const found: Place[] = [];
  buildGroups(rows).forEach((group, opcode) => {
    group.forEach((form, slot) => {
      if (form === undefined || EXCLUDED.has(form.row.op)) return;
      if (form.modrm ? slot >= 8 && (slot & 7) !== 0 : slot !== 0) return;
      found.push({ form, opcode, slot: form.modrm ? slot : -1 });
    });
  });
  return found;
}

const little = (n: number, size: number): number[] => Array.from({ length: size }, (_, i) => (n >>> (8 * i)) & 0xff);

/** ModRM, SIB and displacement of a memory operand that mostly lies in the window. */
function memoryOperand(random: Random, reg: number, address16: boolean): number[] {
  const mod = random.below(3);
  const rm = random.below(8);
  const modrm = (mod << 6) | (reg << 3) | rm;
  const near = random.chance(85) ? random.below(64) - 32 : random.next() | 0;
  if (address16) {
    if (mod === 0 && rm === 6) return [modrm, ...little(pointer(random), 2)];
    return [modrm, ...(mod === 1 ? little(random.below(256), 1) : mod === 2 ? little(near, 2) : [])];
  }
  const bytes = [modrm];
  let base = rm;
  if (rm === 4) {
    const sib = random.below(256);
    bytes.push(sib);
    base = sib & 7;
  }
  if (mod === 0 && base === 5) return [...bytes, ...little(pointer(random), 4)];
  return [...bytes, ...(mod === 1 ? little(random.below(256), 1) : mod === 2 ? little(near, 4) : [])];
}

function immediateBytes(random: Random, form: Form, operand16: boolean, address16: boolean): number[] {
  const wide = operand16 ? 2 : 4;
  switch (form.imm) {
    case IMM.B:
    case IMM.SB:
      return little(value(random), 1);
    case IMM.JB:
      return little(random.below(96) + (random.chance(50) ? 16 : -112), 1);
    case IMM.Z:
      return little(value(random), wide);
    case IMM.JZ:
      return little(random.chance(70) ? random.below(1500) + (random.chance(50) ? 16 : -1600) : random.next(), wide);
    case IMM.W:
      return little(random.chance(70) ? random.below(64) : random.next(), 2);
    case IMM.W_B:
      return [
        ...little(random.chance(80) ? random.below(24) : random.next(), 2),
        random.chance(80) ? random.below(8) : random.below(256),
      ];
    case IMM.MOFFS:
      return little(pointer(random), address16 ? 2 : 4);
    default:
      return [];
  }
}

/** The bytes of one random instruction at a place. */
export function caseBytes(random: Random, { form, opcode, slot }: Place): number[] {
  const bytes: number[] = [];
  const operand16 = random.chance(25);
  const address16 = random.chance(form.modrm && slot < 8 ? 12 : 4);
  const memory = form.modrm && slot < 8 && !form.registersOnly;
  if (operand16) bytes.push(0x66);
  if (address16) bytes.push(0x67);
  if (random.chance(form.lock && memory ? 15 : 1)) bytes.push(0xf0);
  const scan = form.row.op === 'bsf' || form.row.op === 'bsr';
  if (STRINGS.has(form.row.op) && random.chance(60)) bytes.push(random.chance(50) ? 0xf2 : 0xf3);
  else if (!scan && opcode < TWO_BYTE && opcode !== 0x90 && random.chance(1)) bytes.push(0xf3);
  if (random.chance(5)) bytes.push([0x26, 0x2e, 0x36, 0x3e][random.below(4)]!);
  if (opcode >= TWO_BYTE) bytes.push(0x0f);
  bytes.push((opcode & 0xff) | 0);
  if (form.modrm) {
    if (memory) bytes.push(...memoryOperand(random, slot, address16));
    else bytes.push(0xc0 | ((slot >= 8 ? (slot - 8) >> 3 : slot) << 3) | random.below(8));
  }
  bytes.push(...immediateBytes(random, form, operand16, address16));
  return bytes;
}
