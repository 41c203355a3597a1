/**
 * Classic BPF as seccomp has it: which programs are taken, and what they answer. Linux net/core/filter.c
 * bpf_check_classic, kernel/seccomp.c seccomp_check_filter; the machine is that of McCanne and Jacobson, 1992.
 */
import { list, struct, u8, u16, u32, type Values } from '../kobject/fields.ts';

const insnFields = {
  code: u16('class, operation and operand', { show: 'hex' }),
  jt: u8('instructions to skip when a test holds'),
  jf: u8('instructions to skip when it does not'),
  k: u32('operand', { show: 'hex' }),
};
export type Insn = Values<typeof insnFields>;
export const programField = list(struct(insnFields, 'an instruction'), 'struct sock_filter each');

/** Instructions of a program (Linux BPF_MAXINSNS). */
export const BPF_MAXINSNS = 4096;
const MEMWORDS = 16;
/** Bytes of struct seccomp_data. */
export const DATA_SIZE = 64;

// include/uapi/linux/bpf_common.h
const LD_IMM = 0x00;
const LD_W_ABS = 0x20;
const LD_MEM = 0x60;
const LD_W_LEN = 0x80;
const LDX_IMM = 0x01;
const LDX_MEM = 0x61;
const LDX_W_LEN = 0x81;
const ST = 0x02;
const STX = 0x03;
const JA = 0x05;
const RET_K = 0x06;
const RET_A = 0x16;
const TAX = 0x07;
const TXA = 0x87;
const NEG = 0x84;
const CLASS_ALU = 0x04;
const CLASS_JMP = 0x05;
const SOURCE_X = 0x08;
const CLASS = 0x07;
const OPERATION = 0xf0;

type Binary = (a: number, b: number) => number;

/** Arithmetic on unsigned 32-bit numbers, by operation; division by X = 0 ends the program. */
const ALU = new Map<number, Binary>([
  [0x00, (a, b) => (a + b) >>> 0],
  [0x10, (a, b) => (a - b) >>> 0],
  [0x20, (a, b) => Math.imul(a, b) >>> 0],
  [0x30, (a, b) => Math.floor(a / b)],
  [0x40, (a, b) => (a | b) >>> 0],
  [0x50, (a, b) => (a & b) >>> 0],
  [0x60, (a, b) => (a << (b & 31)) >>> 0],
  [0x70, (a, b) => a >>> (b & 31)],
  [0xa0, (a, b) => (a ^ b) >>> 0],
]);
const DIV = 0x30;
const SHIFTS: readonly number[] = [0x60, 0x70];

/** Conditional jumps, by operation. */
const TESTS = new Map<number, (a: number, b: number) => boolean>([
  [0x10, (a, b) => a === b],
  [0x20, (a, b) => a > b],
  [0x30, (a, b) => a >= b],
  [0x40, (a, b) => (a & b) !== 0],
]);
const PLAIN: readonly number[] = [LD_IMM, LD_W_LEN, LDX_IMM, LDX_W_LEN, RET_K, RET_A, TAX, TXA, NEG];
const MEMORY: readonly number[] = [LD_MEM, LDX_MEM, ST, STX];

function isAlu(code: number): boolean {
  return code <= 0xff && (code & CLASS) === CLASS_ALU && code !== NEG && ALU.has(code & OPERATION);
}

function isTest(code: number): boolean {
  return code <= 0xff && (code & CLASS) === CLASS_JMP && TESTS.has(code & OPERATION);
}

/** Whether an instruction is one that seccomp takes, with operands that make sense at its place. */
function isValid({ code, jt, jf, k }: Insn, left: number): boolean {
  if (PLAIN.includes(code)) return true;
  if (MEMORY.includes(code)) return k < MEMWORDS;
  if (code === LD_W_ABS) return k < DATA_SIZE && k % 4 === 0;
  if (code === JA) return k < left;
  if (isTest(code)) return jt < left && jf < left;
  if (!isAlu(code)) return false;
  if ((code & SOURCE_X) !== 0) return true;
  if ((code & OPERATION) === DIV) return k !== 0;
  return !SHIFTS.includes(code & OPERATION) || k < 32;
}

/** No word of memory is read before it was written, whichever way the program went (Linux check_load_and_stores). */
function storesBeforeLoads(program: readonly Insn[]): boolean {
  const masks = new Array<number>(program.length).fill(0xffff);
  let valid = 0;
  for (const [pc, { code, jt, jf, k }] of program.entries()) {
    valid &= masks[pc]!;
    if (code === ST || code === STX) valid |= 1 << k;
    else if ((code === LD_MEM || code === LDX_MEM) && (valid & (1 << k)) === 0) return false;
    else if (code === JA) {
      masks[pc + 1 + k]! &= valid;
      valid = 0xffff;
    } else if (isTest(code)) {
      masks[pc + 1 + jt]! &= valid;
      masks[pc + 1 + jf]! &= valid;
      valid = 0xffff;
    }
  }
  return true;
}

/** Whether a program may be installed: it ends, and does nothing but look at its data. */
export function checkProgram(program: readonly Insn[]): boolean {
  const { length } = program;
  if (length === 0 || length > BPF_MAXINSNS) return false;
  if (!program.every((insn, pc) => isValid(insn, length - pc - 1))) return false;
  const last = program[length - 1]!.code;
  return (last === RET_K || last === RET_A) && storesBeforeLoads(program);
}

/** Runs a checked program on struct seccomp_data, sixteen words; its answer. */
export function runProgram(program: readonly Insn[], data: Uint32Array): number {
  const memory = new Uint32Array(MEMWORDS);
  let a = 0;
  let x = 0;
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!;
    if (code === LD_W_ABS) a = data[k / 4]!;
    else if (isTest(code)) pc += TESTS.get(code & OPERATION)!(a, (code & SOURCE_X) === 0 ? k : x) ? jt : jf;
    else if (code === RET_K) return k;
    else if (code === RET_A) return a;
    else if (code === JA) pc += k;
    else if (isAlu(code)) {
      const operand = (code & SOURCE_X) === 0 ? k : x;
      if (operand === 0 && (code & OPERATION) === DIV) return 0;
      a = ALU.get(code & OPERATION)!(a, operand);
    } else if (code === NEG) a = -a >>> 0;
    else if (code === LD_IMM) a = k;
    else if (code === LDX_IMM) x = k;
    else if (code === LD_W_LEN) a = DATA_SIZE;
    else if (code === LDX_W_LEN) x = DATA_SIZE;
    else if (code === LD_MEM) a = memory[k]!;
    else if (code === LDX_MEM) x = memory[k]!;
    else if (code === ST) memory[k] = a;
    else if (code === STX) memory[k] = x;
    else if (code === TAX) x = a;
    else a = x;
  }
}
