/** Turns bytes into decoded blocks: chooses between the interpreter's own operations and handlers. */
import type { Cpu } from './cpu.ts';
import { type Decoder, UNDEFINED } from './decoder.ts';
import { GP } from './fault.ts';
import { type Form, IMM } from './forms.ts';
import { isSimd, isTerminal, isX87 } from './handlers/index.ts';
import { x87Immediate } from './handlers/x87.ts';
import { HOT } from './interpreter.ts';
import { CS, FS, SEGMENT_BASE, ZERO_SLOT } from './layout.ts';
import type { Handler } from './operands.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE, RAM_BASE } from './ram.ts';
import { MODE_CHECKED, MODE_CODE_16, MODE_FS, MODE_GS } from './segments.ts';
import { simdWord } from './simd/run.ts';
import {
  ADDRESS_16,
  BASE_SHIFT,
  BLOCK_LIMIT,
  HANDLER_HIGH_SHIFT,
  HANDLER_LOW_BITS,
  HANDLER_SHIFT,
  INDEX_SHIFT,
  JUMPED,
  LENGTH_SHIFT,
  MEMORY,
  NEXT,
  OPERAND_16,
  POSITION_SHIFT,
  REG_SHIFT,
  REP_SHIFT,
  SCALE_SHIFT,
  SEGMENT_SHIFT,
  WORDS,
} from './words.ts';

/** Which hot operation a form becomes: with a register operand E, with memory; -1 when none. */
interface Choice {
  readonly register: number;
  readonly memory: number;
  /** The operation's `reg` is E and its `base` is G: the register form has them the other way round. */
  readonly swap: boolean;
  /** Only when the segments in use are flat, memory operand or not (stack operations and jumps). */
  readonly flat: boolean;
}

const hot: Readonly<Record<string, number | undefined>> = HOT;
const number = (name: string): number => hot[name] ?? -1;

/** Operations whose forms follow the pattern NAME_R_R, NAME_R_M, NAME_M_R, NAME_R_I, NAME_M_I. */
const REGULAR = new Set(['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test', 'mov']);

/** Operations with names of their own, by `op shape`: register form, memory form. All have 32-bit operands. */
const IRREGULAR: Readonly<Record<string, readonly [string, string]>> = {
  'lea G,E': ['', 'LEA'],
  'xchg E,G': ['XCHG_R_R', ''],
  'inc E': ['INC_R', ''],
  'dec E': ['DEC_R', ''],
  'neg E': ['NEG_R', ''],
  'not E': ['NOT_R', ''],
  'imul2 G,E': ['IMUL_R_R', 'IMUL_R_M'],
  'imul3 G,E,I': ['IMUL_R_R_I', ''],
  'cdq ': ['CDQ', ''],
  'nop E': ['NOP', 'NOP'],
};

/** The same for stack operations and transfers, which need flat segments even without a memory operand. */
const FLAT_ONLY: Readonly<Record<string, readonly [string, string]>> = {
  'push E': ['PUSH_R', 'PUSH_M'],
  'push I': ['PUSH_I', ''],
  'pop E': ['POP_R', ''],
  'leave ': ['LEAVE_FRAME', ''],
  'jmp I': ['JMP', ''],
  'jmpIndirect E': ['JMP_R', 'JMP_M'],
  'call I': ['CALL', ''],
  'callIndirect E': ['CALL_R', 'CALL_M'],
  'ret ': ['RET', ''],
  'ret I': ['RET_I', ''],
};

const CONDITION_NAMES = ['O', 'NO', 'B', 'AE', 'E', 'NE', 'BE', 'A', 'S', 'NS', 'P', 'NP', 'L', 'GE', 'LE', 'G'];

const regularNames: Readonly<Record<string, readonly [string, string]>> = {
  'E,G': ['R_R', 'M_R'],
  'G,E': ['R_R', 'R_M'],
  'E,I': ['R_I', 'M_I'],
};

function chooseRegular(form: Form): Choice | null {
  const names = regularNames[form.shape];
  if (names === undefined) return null;
  const stem = `${form.row.op.toUpperCase()}${form.size === 'b' ? '8' : ''}`;
  return {
    register: number(`${stem}_${names[0]}`),
    memory: number(`${stem}_${names[1]}`),
    swap: form.shape !== 'G,E',
    flat: false,
  };
}

function choose(form: Form): Choice | null {
  const { op } = form.row;
  if (REGULAR.has(op)) return chooseRegular(form);
  if (op === 'jcc') return { register: number(`J${CONDITION_NAMES[form.cond]!}`), memory: -1, swap: false, flat: true };
  if (op === 'movzx' || op === 'movsx') {
    const stem = `${op.toUpperCase()}${form.byteE ? 8 : 16}`;
    return { register: number(`${stem}_R_R`), memory: number(`${stem}_R_M`), swap: false, flat: false };
  }
  if (form.size === 'b') return null;
  const shift = number(`${op.toUpperCase()}_R_${form.shape === 'E,CL' ? 'CL' : 'I'}`);
  if (shift >= 0 && /^E,(I|1|CL)$/.test(form.shape)) return { register: shift, memory: -1, swap: false, flat: false };
  const key = `${op} ${form.shape}`;
  const names = IRREGULAR[key] ?? FLAT_ONLY[key];
  if (names === undefined) return null;
  return { register: number(names[0]), memory: number(names[1]), swap: false, flat: key in FLAT_ONLY };
}

const choices = new Map<Form, Choice | null>();

function choiceOf(form: Form): Choice | null {
  let choice = choices.get(form);
  if (choice === undefined) {
    choice = choose(form);
    choices.set(form, choice);
  }
  return choice;
}

const SHIFT_COUNT_MASK = 31;

/** Immediate of a hot operation, or null when this count of a shift needs the handler (0 changes no flags). */
function hotImmediate(d: Decoder): number | null {
  if (d.form.shape === 'E,1') return 1;
  if (!/^(rol|ror|shl|shr|sar)$/.test(d.form.row.op)) return d.imm;
  const count = d.imm & SHIFT_COUNT_MASK;
  return count === 0 && d.form.shape === 'E,I' ? null : count;
}

/** Number of the hot operation for the decoded instruction in this mode, -1 for the handler. */
function hotOperation(d: Decoder, mode: number): number {
  const choice = choiceOf(d.form);
  if (choice === null || !cpuIsHot) return -1;
  if (d.operand16)
    return d.form.row.op === 'mov' && d.form.shape === 'E,G' && d.memory && d.form.size === 'v' && isPlain(d, mode)
      ? HOT.MOV16_M_R
      : d.form.size === 'b' && !choice.flat
        ? pick(d, choice, mode)
        : -1;
  if (choice.flat && (mode & ~(MODE_FS | MODE_GS)) !== 0) return -1;
  return pick(d, choice, mode);
}

function pick(d: Decoder, choice: Choice, mode: number): number {
  if (!d.memory) return choice.register;
  return isPlain(d, mode) ? choice.memory : -1;
}

/** The memory operand needs no segment check, and no more than base + index + displacement. */
function isPlain(d: Decoder, mode: number): boolean {
  if (d.address16 || (mode & MODE_CHECKED) !== 0) return false;
  if (d.form.row.op === 'lea') return true;
  if (d.segment === CS) return false;
  if (d.segment < FS) return true;
  if ((mode & (d.segment === FS ? MODE_FS : MODE_GS)) === 0) return false;
  return d.base === ZERO_SLOT || d.index === ZERO_SLOT;
}

/** Tests set this to compare the interpreter's own operations with the handlers. */
let cpuIsHot = true;
export function useHotOperations(on: boolean): void {
  cpuIsHot = on;
}

/** Writes the four words of a hot operation. */
function emitHot(cpu: Cpu, d: Decoder, op: number, at: number, word3: number, offset: number): boolean {
  const c = cpu.code;
  const choice = choiceOf(d.form)!;
  const imm = hotImmediate(d);
  if (imm === null) return false;
  let { base, index, scale, reg } = d;
  if (!d.memory && choice.swap) [reg, base] = [base, reg];
  if (d.memory && d.segment >= FS && d.form.row.op !== 'lea') {
    if (base === ZERO_SLOT) base = SEGMENT_BASE + d.segment;
    else {
      index = SEGMENT_BASE + d.segment;
      scale = 0;
    }
  }
  const jump = d.form.imm === IMM.JB || d.form.imm === IMM.JZ;
  c[at] = op | (reg << REG_SHIFT) | (base << BASE_SHIFT) | (index << INDEX_SHIFT) | (scale << SCALE_SHIFT);
  c[at + 1] = jump ? 0 : d.disp;
  c[at + 2] = jump ? offset + d.length + imm : imm;
  c[at + 3] = word3;
  return true;
}

/** Writes the four words of an instruction that a handler executes. */
function emitHandler(cpu: Cpu, d: Decoder, at: number, word3: number): void {
  const c = cpu.code;
  const { form } = d;
  const handler = cpu.handlerTable.numberOf(form);
  const simd = isSimd(form);
  c[at] =
    (simd ? HOT.SIMD : isX87(form) ? HOT.X87 : HOT.HANDLER) |
    (d.reg << REG_SHIFT) |
    (d.base << BASE_SHIFT) |
    (d.index << INDEX_SHIFT) |
    (d.scale << SCALE_SHIFT) |
    (d.memory ? MEMORY : 0) |
    (d.operand16 ? OPERAND_16 : 0) |
    (d.address16 ? ADDRESS_16 : 0) |
    (d.segment << SEGMENT_SHIFT) |
    (d.rep << REP_SHIFT) |
    ((handler >>> HANDLER_LOW_BITS) << HANDLER_HIGH_SHIFT);
  c[at + 1] = form.row.op === 'jcc' ? form.cond : form.imm === IMM.FAR ? d.imm2 : d.disp;
  c[at + 2] = simd ? simdImmediate(d, cpu.mode) : handlerImmediate(d, cpu.mode);
  c[at + 3] = word3 | (handler << HANDLER_SHIFT);
}

/** A memory operand in a segment without a base of its own. */
const isOrdinary = (d: Decoder, mode: number): boolean => d.segment < FS && isPlain(d, mode);

const simdImmediate = (d: Decoder, mode: number): number =>
  (d.imm & 0xff) | (cpuIsHot ? simdWord(d.form, d.memory, d.memory && isOrdinary(d, mode)) : 0);

function handlerImmediate(d: Decoder, mode: number): number {
  const { form } = d;
  if (form.imm === IMM.W_B) return d.imm | (d.imm2 << 16);
  if (form.row.op === 'cmovcc' || form.row.op === 'setcc') return form.cond;
  if (!isX87(form)) return d.imm;
  return x87Immediate(d.opcode, d.modrm, cpuIsHot && (!d.memory || isOrdinary(d, mode)));
}

/** Writes one decoded instruction at code index `at`; `offset` is its place in the page, `position` its number from 1. */
function emit(cpu: Cpu, d: Decoder, at: number, offset: number, position: number): void {
  const word3 = offset | (position << POSITION_SHIFT) | (d.length << LENGTH_SHIFT);
  const op = hotOperation(d, cpu.mode);
  if (op >= 0 && emitHot(cpu, d, op, at, word3, offset)) return;
  emitHandler(cpu, d, at, word3);
}

/** `fusions[comparison << 8 | jump]`: the operation that does both, 0 for none. */
const fusions = new Uint8Array(1 << 16);
for (const comparison of ['CMP_R_R', 'CMP_R_I', 'CMP_R_M', 'TEST_R_R']) {
  for (const condition of CONDITION_NAMES) {
    const both = number(`${comparison}_J${condition}`);
    if (both > 0) fusions[(number(comparison) << 8) | number(`J${condition}`)] = both;
  }
}

/** Lets a comparison at the code index before `at` take the conditional jump at `at` along; the jump's words stay. */
function fuse(c: Int32Array, at: number): void {
  const before = c[at - WORDS]!;
  const both = fusions[((before & 0xff) << 8) | (c[at]! & 0xff)]!;
  if (both !== 0) c[at - WORDS] = (before & ~0xff) | both;
}

/** Writes the operation that goes on at `offset` after `count` instructions. */
function emitEnd(cpu: Cpu, op: number, at: number, offset: number, count: number): void {
  const c = cpu.code;
  c[at] = op;
  c[at + 1] = 0;
  c[at + 2] = offset;
  c[at + 3] = offset | ((count + 1) << POSITION_SHIFT);
}

function decodeAt(cpu: Cpu, linear: number, mayCross: boolean): void {
  const d = cpu.decoder;
  const host = cpu.hostFetch(linear);
  cpu.fetchLinear = linear;
  d.mayCross = mayCross;
  d.decode(host, PAGE_SIZE - (linear & PAGE_MASK), (cpu.mode & MODE_CODE_16) !== 0);
}

function checkLast(cpu: Cpu, eip: number): void {
  if ((cpu.mode & MODE_CHECKED) !== 0 && (eip >>> 0) + cpu.decoder.length - 1 > cpu.codeLimit) {
    throw cpu.fault(GP, 0);
  }
}

/** Decodes the one instruction at eip into scratch words, for a single step; returns its code index. */
export function translateOne(cpu: Cpu, eip: number, scratch: number): number {
  const linear = (cpu.ram.i32[SEGMENT_BASE + CS]! + eip) | 0;
  decodeAt(cpu, linear, true);
  checkLast(cpu, eip);
  const offset = linear & PAGE_MASK;
  emit(cpu, cpu.decoder, scratch, offset, 1);
  emitEnd(cpu, HOT.LEAVE, scratch + WORDS, offset + cpu.decoder.length, 1);
  return scratch;
}

/** Decodes the block at eip in `frame` into the cache; returns its code index. Throws a fault of the first instruction. */
export function translateBlock(cpu: Cpu, eip: number, frame: number): number {
  const { blocks, decoder } = cpu;
  const linear = (cpu.ram.i32[SEGMENT_BASE + CS]! + eip) | 0;
  decodeAt(cpu, linear, true);
  checkLast(cpu, eip);
  blocks.reserve();
  const slot = blocks.slotOf(frame);
  const start = blocks.top;
  const first = linear & PAGE_MASK;
  const limit = (cpu.mode & MODE_CHECKED) !== 0 ? 1 : BLOCK_LIMIT;
  let at = start;
  if (decoder.crossed) at = emitGuard(cpu, linear, at);
  let offset = first;
  let count = 0;
  for (;;) {
    emit(cpu, decoder, at, offset, ++count);
    if (count > 1) fuse(cpu.code, at);
    at += WORDS;
    offset += decoder.length;
    if (isTerminal(decoder.form) || count === limit || offset >= PAGE_SIZE) break;
    decodeAt(cpu, (linear - first + offset) | 0, false);
    if (decoder.crossed) break;
  }
  emitEnd(cpu, HOT.NEXT_BLOCK, at, offset, count);
  blocks.top = at + WORDS;
  blocks.entries[(slot << PAGE_SHIFT) | first] = start;
  blocks.markCode(slot, first, Math.min(offset, PAGE_SIZE));
  cpu.ownFrame(frame);
  return start;
}

/**
 * A block whose first instruction crosses into the next page starts with a check that the page is still the one it was
 * decoded from: its frame and the generation of its slot are the two operand words.
 */
function emitGuard(cpu: Cpu, linear: number, at: number): number {
  const next = ((linear & ~PAGE_MASK) + PAGE_SIZE) | 0;
  const frame = (cpu.hostFetch(next) - RAM_BASE) >>> PAGE_SHIFT;
  const slot = cpu.blocks.slotOf(frame);
  cpu.blocks.markCode(slot, 0, 16);
  cpu.ownFrame(frame);
  const c = cpu.code;
  c[at] = HOT.HANDLER;
  c[at + 1] = frame;
  c[at + 2] = cpu.blocks.generation[slot]!;
  c[at + 3] = linear & PAGE_MASK;
  return at + WORDS;
}

/** Handler 0: goes on when the second page of a crossing instruction is unchanged, else decodes again. */
export const guard: Handler = (cpu, pc) => {
  const c = cpu.code;
  const linear = (cpu.ram.i32[SEGMENT_BASE + CS]! + cpu.eip) | 0;
  const next = ((linear & ~PAGE_MASK) + PAGE_SIZE) | 0;
  const frame = (cpu.hostFetch(next) - RAM_BASE) >>> PAGE_SHIFT;
  const slot = cpu.blocks.frameSlots[frame]!;
  if (frame === c[pc + 1] && slot !== 0 && cpu.blocks.generation[slot] === c[pc + 2]) return NEXT;
  const own = cpu.blocks.frameSlots[(cpu.hostFetch(linear) - RAM_BASE) >>> PAGE_SHIFT]!;
  cpu.blocks.entries[(own << PAGE_SHIFT) | (linear & PAGE_MASK)] = 0;
  cpu.blocks.leaveAt(pc);
  c[pc + 3] = c[pc + 3]! | (1 << POSITION_SHIFT);
  return JUMPED;
};

/** The undefined form, for those who list what decodes. */
export const undefinedForm = UNDEFINED;
