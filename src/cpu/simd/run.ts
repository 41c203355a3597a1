/**
 * Runs MMX and SSE instructions that follow each other, until one comes that is neither: the interpreter calls once for
 * all of them. The commonest forms are executed here where nothing is out of the ordinary; anything else by its handler.
 *
 * Word 2 of such an instruction (see ../words.ts) is
 *   immediate (8 bits) | way, below (8) | alignment mask of the memory operand (4) | number in OPERATIONS (12)
 */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { CARRY, MXCSR, OPERAND_AT, RESULT, SIGN } from '../layout.ts';
import { DIRECTED, PACKED, SHIFTS } from '../mmx/operations.ts';
import type { Directed } from '../mmx/packed.ts';
import { MEMORY } from '../words.ts';
import { MIN_DOUBLE } from './format.ts';
import { PE, PM, RC } from './mxcsr.ts';
import { copyV } from './operands.ts';

/** What the switch in `runSimd` tells apart. V is the G operand, W the E operand, which may be memory. */
const BY_HANDLER = 0;
const MOVE = 1;
const MOVE_WORDS = 2;
const MOVE_UNALIGNED = 3;
const LOAD_DOUBLE = 4;
const MOVE_DOUBLE = 5;
const ADD = 6;
const SUBTRACT = 7;
const MULTIPLY = 8;
const DIVIDE = 9;
const ROOT = 10;
const COMPARE = 11;
const FROM_INTEGER = 12;
const XOR = 13;
const AND = 14;
const OR = 15;
const ADD_DWORDS = 16;
const OPERATE = 17;
const SHIFT = 18;
/** From here on W is the destination. */
const FIRST_STORE = 19;
const STORE = 19;
const STORE_UNALIGNED = 20;
const STORE_DOUBLE = 21;

const WAY_SHIFT = 8;
const ALIGNMENT_SHIFT = 16;
const OPERATION_SHIFT = 20;

/** Rounding to nearest, and the one exception that an ordinary result can bring is masked and set already. */
const ORDINARY = PE | PM;
const ORDINARY_MASK = RC | PE | PM;

/** Packed operations on XMM registers by number, with an immediate or without. */
const OPERATIONS: readonly Directed[] = [
  ...Object.values(PACKED),
  ...Object.values(DIRECTED),
  ...Object.values(SHIFTS),
];
const NUMBERS: ReadonlyMap<string, number> = new Map(
  [...Object.keys(PACKED), ...Object.keys(DIRECTED), ...Object.keys(SHIFTS)].map((name, i) => [name, i]),
);

/** Ways of operations whose E operand is a source of so many bytes. */
const SOURCES: Readonly<Record<string, readonly [way: number, size: number]>> = {
  addsd: [ADD, 8],
  subsd: [SUBTRACT, 8],
  mulsd: [MULTIPLY, 8],
  divsd: [DIVIDE, 8],
  sqrtsd: [ROOT, 8],
  comisd: [COMPARE, 8],
  ucomisd: [COMPARE, 8],
  cvtsi2sd: [FROM_INTEGER, 4],
  movqToXmm: [LOAD_DOUBLE, 8],
  xorps: [XOR, 16],
  xorpd: [XOR, 16],
  pxor: [XOR, 16],
  andps: [AND, 16],
  andpd: [AND, 16],
  pand: [AND, 16],
  orps: [OR, 16],
  orpd: [OR, 16],
  por: [OR, 16],
  paddd: [ADD_DWORDS, 16],
};

function wayOfMove({ row, shape }: Form, memory: boolean): readonly [way: number, size: number] {
  const loads = shape === 'G,E';
  if (row.op === 'movsd')
    return memory ? [loads ? LOAD_DOUBLE : STORE_DOUBLE, 8] : [loads ? MOVE_DOUBLE : BY_HANDLER, 8];
  if (!loads) return memory ? [row.op === 'movups' ? STORE_UNALIGNED : STORE, 16] : [BY_HANDLER, 16];
  if (row.op === 'movups' && memory) return [MOVE_UNALIGNED, 16];
  return [row.name === 'movdqa' ? MOVE_WORDS : MOVE, 16];
}

const MOVES = new Set(['movsd', 'movaps', 'movups']);

function wayOf(form: Form, memory: boolean): readonly [way: number, size: number] {
  const { op, operands } = form.row;
  if (MOVES.has(op)) return wayOfMove(form, memory);
  if (op === 'movqFromXmm' && memory) return [STORE_DOUBLE, 8];
  // The same operation ids serve MMX registers.
  if (/[PQN]/.test(operands)) return [BY_HANDLER, 0];
  const source = SOURCES[op];
  if (source !== undefined) return source;
  if (op in PACKED || op in DIRECTED) return [OPERATE, 16];
  return op in SHIFTS && form.shape === 'E,I' ? [SHIFT, 16] : [BY_HANDLER, 0];
}

const words = new Map<Form, [register: number, memory: number]>();

function wordOf(form: Form, memory: boolean): number {
  const [way, size] = wayOf(form, memory);
  if (way === BY_HANDLER) return 0;
  const number = way === OPERATE || way === SHIFT ? NUMBERS.get(form.row.op)! : 0;
  return (way << WAY_SHIFT) | ((size - 1) << ALIGNMENT_SHIFT) | (number << OPERATION_SHIFT);
}

/** Word 2 of an instruction, without its immediate byte. `plain`: its memory operand needs no look at segments. */
export function simdWord(form: Form, memory: boolean, plain: boolean): number {
  if (memory && !plain) return 0;
  let both = words.get(form);
  if (both === undefined) {
    both = [wordOf(form, false), wordOf(form, true)];
    words.set(form, both);
  }
  return both[memory ? 1 : 0];
}

/**
 * Runs from code index `start`; returns the code index of the first instruction that is no SIMD one. `cpu.pc` is the
 * current one all the while, so that a fault finds its instruction.
 * Only locals and literals in here, as in the interpreter: 128 and 64 are where XMM0 lies among words and doubles.
 */
export function runSimd(cpu: Cpu, start: number): number {
  const { ram, code: c } = cpu;
  const m = ram.i32;
  const f = ram.f64;
  let pc = start;
  let w = c[pc]!;
  const simd = w & 0xff;
  do {
    cpu.pc = pc;
    const t = c[pc + 2]!;
    const way = (t >>> 8) & 0xff;
    // The G operand among doubles and among words, the E operand as byte offset.
    const d = 64 + ((w >>> 7) & 30);
    const v = 128 + ((w >>> 6) & 60);
    let from = 0x200 + ((w >>> 8) & 0x70);
    let quick = way !== BY_HANDLER;
    if (quick && (w & 0x400000) !== 0) {
      const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << ((w >>> 20) & 3)) + c[pc + 1]!) | 0;
      const e = ~m[(way >= FIRST_STORE ? 0x200000 : 0x100000) + (a >>> 12)]!;
      const mask = (t >>> 16) & 15;
      from = (e + a) | 0;
      if (((e | a) & mask) !== 0) {
        // What is aligned to 4 bytes within a page is as good, for those whose operand may be anywhere.
        quick = ((e | a) & 3) === 0 && (a & 0xfff) < 0x1000 - mask && !cpu.checksAlignment;
        if (mask === 15) quick = quick && (way === MOVE_UNALIGNED || way === STORE_UNALIGNED);
        else if (quick && way < FIRST_STORE) {
          m[OPERAND_AT >>> 2] = m[from >>> 2]!;
          m[(OPERAND_AT + 4) >>> 2] = m[(from >>> 2) + 1]!;
          from = OPERAND_AT;
        }
      }
    }
    switch (quick ? way : BY_HANDLER) {
      case MOVE: {
        const x = f[from >>> 3]!;
        const y = f[(from >>> 3) + 1]!;
        // biome-ignore lint/suspicious/noSelfCompare: NaNs, which must not go through doubles
        if (x === x && y === y) {
          f[d] = x;
          f[d + 1] = y;
          break;
        }
        copyV(m, v << 2, from);
        break;
      }
      case MOVE_WORDS:
      case MOVE_UNALIGNED:
        copyV(m, v << 2, from);
        break;
      case STORE:
      case STORE_UNALIGNED:
        copyV(m, from, v << 2);
        break;
      case LOAD_DOUBLE:
      case MOVE_DOUBLE: {
        const x = f[from >>> 3]!;
        // biome-ignore lint/suspicious/noSelfCompare: a NaN
        if (x === x) f[d] = x;
        else {
          m[v] = m[from >>> 2]!;
          m[v + 1] = m[(from >>> 2) + 1]!;
        }
        if (way === LOAD_DOUBLE) f[d + 1] = 0;
        break;
      }
      case STORE_DOUBLE: {
        const x = f[d]!;
        // biome-ignore lint/suspicious/noSelfCompare: a NaN
        if (x === x && (from & 7) === 0) f[from >>> 3] = x;
        else {
          m[from >>> 2] = m[v]!;
          m[(from >>> 2) + 1] = m[v + 1]!;
        }
        break;
      }
      case ADD:
      case SUBTRACT: {
        const x = f[d]!;
        const y = f[from >>> 3]!;
        const r = way === ADD ? x + y : x - y;
        const size = Math.abs(r);
        quick =
          (m[MXCSR]! & ORDINARY_MASK) === ORDINARY &&
          (Math.abs(x) >= MIN_DOUBLE || x === 0) &&
          (Math.abs(y) >= MIN_DOUBLE || y === 0) &&
          ((size > MIN_DOUBLE && size < Number.POSITIVE_INFINITY) || r === 0);
        if (quick) f[d] = r;
        break;
      }
      case MULTIPLY:
      case DIVIDE: {
        const x = f[d]!;
        const y = f[from >>> 3]!;
        const r = way === MULTIPLY ? x * y : x / y;
        const size = Math.abs(r);
        // A result of zero may be exact; that is for the handler to find out.
        quick =
          (m[MXCSR]! & ORDINARY_MASK) === ORDINARY &&
          Math.abs(x) >= MIN_DOUBLE &&
          Math.abs(y) >= MIN_DOUBLE &&
          size > MIN_DOUBLE &&
          size < Number.POSITIVE_INFINITY;
        if (quick) f[d] = r;
        break;
      }
      case ROOT: {
        const y = f[from >>> 3]!;
        quick = (m[MXCSR]! & ORDINARY_MASK) === ORDINARY && y >= MIN_DOUBLE && y < Number.POSITIVE_INFINITY;
        if (quick) f[d] = Math.sqrt(y);
        break;
      }
      case COMPARE: {
        const x = f[d]!;
        const y = f[from >>> 3]!;
        quick = (Math.abs(x) >= MIN_DOUBLE || x === 0) && (Math.abs(y) >= MIN_DOUBLE || y === 0);
        if (!quick) break;
        m[RESULT] = x === y ? 0 : 1;
        m[SIGN] = 1;
        m[CARRY] = x < y ? -0x40000000 : 0;
        break;
      }
      case FROM_INTEGER:
        f[d] = m[(w & MEMORY) === 0 ? (w >>> 12) & 15 : from >>> 2]!;
        break;
      case XOR:
        for (let i = 0; i < 4; i++) m[v + i] = m[v + i]! ^ m[(from >>> 2) + i]!;
        break;
      case AND:
        for (let i = 0; i < 4; i++) m[v + i] = m[v + i]! & m[(from >>> 2) + i]!;
        break;
      case OR:
        for (let i = 0; i < 4; i++) m[v + i] = m[v + i]! | m[(from >>> 2) + i]!;
        break;
      case ADD_DWORDS:
        for (let i = 0; i < 4; i++) m[v + i] = (m[v + i]! + m[(from >>> 2) + i]!) | 0;
        break;
      case OPERATE:
        OPERATIONS[t >>> 20]!(m, v, from >>> 2, 4, t & 0xff);
        break;
      case SHIFT:
        OPERATIONS[t >>> 20]!(m, from >>> 2, Math.min(t & 0xff, 64), 4, 0);
        break;
      default:
        quick = false;
    }
    if (!quick) cpu.handlers[((w >>> 30) << 9) | (c[pc + 3]! >>> 23)]!(cpu, pc);
    pc += 4;
    w = c[pc]!;
  } while ((w & 0xff) === simd);
  return pc;
}
