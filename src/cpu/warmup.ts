/**
 * Runs every hot operation a few times, once a host process has run its first 100,000 guest instructions: few enough that
 * V8 does not compile yet. V8 compiles what it has seen: an operation met for the first time in optimised code throws
 * that code away, and until the interpreter is compiled again it runs some ten times slower. Seen here: aligned and unaligned operands, sums that overflow, both ways of each condition,
 * linked and unlinked jumps, a fault, a handler.
 */
import type { Cpu } from './cpu.ts';
import { setArithmeticFlags } from './flags.ts';
import { buildGroups } from './forms.ts';
import { HOT, interpret } from './interpreter.ts';
import { EBP, EBX, ESP, ZERO_SLOT } from './layout.ts';
import { PAGE_SHIFT, PAGE_SIZE, RAM_BASE } from './ram.ts';
import { integerRows } from './rows/index.ts';
import { BASE_SHIFT, HANDLER_SHIFT, INDEX_SHIFT, LENGTH_SHIFT, POSITION_SHIFT, WORDS } from './words.ts';

const DIRECTORY_FRAME = 1;
const TABLE_FRAME = 2;
const CODE_FRAME = 3;
const PRESENT_WRITABLE_USER = 7;
const CODE = 3 << PAGE_SHIFT;
const DATA = 4 << PAGE_SHIFT;
const UNMAPPED = 64 << PAGE_SHIFT;
/** Code indices for the operation under test and for what follows it. */
const AT = 64;
const NEXT_AT = AT + WORDS;
const FUSED_NEXT_AT = NEXT_AT + WORDS;
/** Guest code to land on: jmp to itself. */
const SELF_JUMP = [0xeb, 0xfe];
/** One-byte opcodes whose handlers are called, enough of them that V8 takes the call for megamorphic. */
const HANDLED = [0x98, 0xf5, 0xf8, 0xf9, 0xfc, 0x9f, 0xe3, 0xcd];
const SYSTEM_CALL = 0x80;
/** CF PF AF ZF SF OF, none and all, and a few mixes. */
const FLAGS = [0, 0x8d5, 0x40, 0x881, 0x80, 0x801, 0x4];
const VALUES = [5, -1, 0x7fffffff, -0x80000000];
const ROUNDS = 3;
const FUSED_VALUES = [-5, 0, 5];

function build(cpu: Cpu): void {
  const m = cpu.ram.i32;
  const word = (frame: number, i: number): number => ((RAM_BASE + frame * PAGE_SIZE) >>> 2) + i;
  m[word(DIRECTORY_FRAME, 0)] = (TABLE_FRAME << PAGE_SHIFT) | PRESENT_WRITABLE_USER;
  for (let i = 3; i < 8; i++) m[word(TABLE_FRAME, i)] = (i << PAGE_SHIFT) | PRESENT_WRITABLE_USER;
  cpu.cr3 = DIRECTORY_FRAME << PAGE_SHIFT;
  for (let offset = 0; offset < PAGE_SIZE; offset += 2) {
    cpu.ram.u8.set(SELF_JUMP, RAM_BASE + CODE_FRAME * PAGE_SIZE + offset);
  }
}

/** Writes the operation with EBX as base of memory operands, or as a register operand. */
function place(cpu: Cpu, op: number, disp: number, imm: number, handler = 0, link = 0): void {
  const c = cpu.code;
  c[AT] = op | (EBX << BASE_SHIFT) | (ZERO_SLOT << INDEX_SHIFT);
  c[AT + 1] = disp;
  c[AT + 2] = imm;
  c[AT + 3] = (1 << POSITION_SHIFT) | (2 << LENGTH_SHIFT) | (handler << HANDLER_SHIFT);
  // Twice: fused operations go on one instruction later.
  for (const next of [NEXT_AT, NEXT_AT + WORDS]) {
    c[next] = HOT.LEAVE;
    c[next + 1] = link;
    c[next + 3] = (2 << POSITION_SHIFT) | 2;
  }
}

function runOne(
  cpu: Cpu,
  op: number,
  disp: number,
  base: number,
  value: number,
  budget: number,
  imm = value,
  link = 0,
): void {
  const { regs } = cpu;
  regs.fill(value);
  regs[EBX] = base;
  regs[ESP] = DATA + 0x800 + (base & 3);
  regs[EBP] = regs[ESP]!;
  place(cpu, op, disp, imm, 0, link);
  cpu.eip = CODE;
  interpret(cpu, AT, budget);
}

/** A comparison fused with a jump: all outcomes, linked and not. The memory operand lies at `DATA`. */
function runFused(cpu: Cpu, op: number, memory: boolean): void {
  for (const x of FUSED_VALUES) {
    for (const y of FUSED_VALUES) {
      for (const linked of [0, FUSED_NEXT_AT]) {
        cpu.writeMem32(DATA, y);
        runOne(cpu, op, 0, memory ? DATA : y, x, 80, y, linked);
      }
    }
  }
}

const groups = buildGroups(integerRows);

/** An operation with aligned, unaligned and not yet translated operands, and with every flag when it jumps. */
function exercise(cpu: Cpu, name: string, op: number): void {
  // What RET, POP and indirect jumps load is a good address.
  cpu.ram.i32.fill(CODE, (RAM_BASE + DATA) >>> 2, (RAM_BASE + DATA + PAGE_SIZE) >>> 2);
  for (const value of VALUES) {
    for (const base of [DATA + 0x10, DATA + 0x13, DATA + PAGE_SIZE]) {
      if (base === DATA + PAGE_SIZE) cpu.flushTlb();
      runOne(cpu, op, 0, base, value, 1);
    }
  }
  if (name.includes('_J')) {
    runFused(cpu, op, name.startsWith('CMP_R_M'));
    return;
  }
  if (!/^(J|CALL$|NEXT_BLOCK)/.test(name)) return;
  for (const flags of FLAGS) {
    for (const linked of [0, NEXT_AT]) {
      setArithmeticFlags(cpu.ram.i32, flags);
      runOne(cpu, op, linked, DATA, CODE, 80);
    }
  }
}

/** Exercises every operation of `cpu`, which is used up by it. */
export function warmUp(cpu: Cpu): void {
  build(cpu);
  // V8 keeps no record of types before some eight times a function's length of bytecode has run: the first round is for that.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, op] of Object.entries(HOT)) {
      if (op !== HOT.HANDLER && op !== HOT.SIMD && op !== HOT.X87) exercise(cpu, name, op);
    }
  }
  runOne(cpu, HOT.MOV_R_M, 0, UNMAPPED, 0, 1);
  for (const opcode of HANDLED) runHandler(cpu, opcode);
}

function runHandler(cpu: Cpu, opcode: number): void {
  const form = groups[opcode]![0]!;
  cpu.regs.fill(0);
  place(cpu, HOT.HANDLER, 0, SYSTEM_CALL, cpu.handlerTable.numberOf(form));
  cpu.eip = CODE;
  interpret(cpu, AT, 1);
}
