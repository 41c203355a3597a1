/**
 * Runs every hot operation a few times when a host process has run its first few guest instructions. That must be before
 * V8 compiles, which it soon does: within some ten thousand instructions, for it counts the bytes of bytecode that are
 * jumped back over, and every operation jumps back to the top of 50 KB. V8 compiles what it has seen: an operation met for the first time in optimised code throws
 * that code away, and until the interpreter is compiled again it runs some ten times slower. Seen here: aligned and unaligned operands, sums that overflow, both ways of each condition,
 * linked and unlinked jumps, blocks not yet decoded, a fault, a handler; and a
 * program for what runs SIMD and floating-point instructions.
 */
import { SCRATCH } from './blocks.ts';
import type { Cpu } from './cpu.ts';
import { setArithmeticFlags } from './flags.ts';
import { buildGroups } from './forms.ts';
import { HOT, interpret } from './interpreter.ts';
import { CS, DS, EAX, EBP, EBX, ES, ESP, SS, ZERO_SLOT } from './layout.ts';
import { PAGE_SHIFT, PAGE_SIZE, RAM_BASE } from './ram.ts';
import { integerRows } from './rows/index.ts';
import { MODE_CHECKED } from './segments.ts';
import { BASE_SHIFT, BLOCK_LIMIT, HANDLER_SHIFT, INDEX_SHIFT, LENGTH_SHIFT, POSITION_SHIFT, WORDS } from './words.ts';

const DIRECTORY_FRAME = 1;
const TABLE_FRAME = 2;
/** Pages 3 to 7 lie in the frames of the same numbers. */
const FIRST_PAGE = 3;
const PAGES = 5;
const PRESENT_WRITABLE_USER = 7;
const CODE = 3 << PAGE_SHIFT;
const DATA = 4 << PAGE_SHIFT;
const PROGRAM = 7 << PAGE_SHIFT;
const UNMAPPED = 64 << PAGE_SHIFT;
/** The pages appear a second time here: where libraries lie, addresses are negative numbers to V8. */
const HIGH = 0xb7000000 | 0;
const DIRECTORY_SHIFT = 22;
/** Code indices for the operation under test and for what follows it. */
const AT = SCRATCH;
const NEXT_AT = AT + WORDS;
const FUSED_NEXT_AT = NEXT_AT + WORDS;
/** Guest code to land on: jmp to itself. */
const SELF_JUMP = [0xeb, 0xfe];
/** One-byte opcodes whose handlers are called, enough of them that V8 takes the call for megamorphic. */
const HANDLED = [0x98, 0xf5, 0xf8, 0xf9, 0xfc, 0x9f, 0xe3, 0xcd];
const SYSTEM_CALL = 0x80;
/** CF PF AF ZF SF OF, none and all, and a few mixes. */
const FLAGS = [0, 0x8d5, 0x81];
const VALUES = [0x7fffffff, -0x80000000];
const FUSED_VALUES: readonly (readonly [number, number])[] = [
  [-5, 5],
  [5, 5],
  [5, -5],
  [-5, -5],
];
const ROUNDS = 2;
/** Budget of a jump: enough for a block or two where it goes. */
const JUMP = 66;
const FLAT_CODE = [0x0000ffff, 0x00cffb00];
const FLAT_DATA = [0x0000ffff, 0x00cff300];
const CODE_SELECTOR = 0x0b;
const DATA_SELECTOR = 0x13;

/**
 * SSE2 and x87 instructions with registers, aligned and unaligned operands at EBX, in the order of the ways of
 * simd/run.ts and x87/ways.ts; then a jump to itself.
 */
const NUMERIC = `f20f1003f20f104b0c660f28d0f20f58c1f20f584308f20f5c4304f20f59c1f20f5ec1f20f51d9660f2ec1660f2ec8f20f2ae0
f20f2a23f20f10ecf20f114310f20f114314660feff6660f76ff660f28f7f20f10f7f20f117b18660f6f2bf30f6f6b04660f7f6b20
f30f7f6b24660ffeef660fdb2b660febef660f72f503660f70ed1b660f60eff20f2cc1660f6ee890dbe3dd03d94304db4308d9ee
d8c1dcc1d8cadc0bd84304dc630cd8ead8f3d8fbd9cad9e0d9c1dec2dbf1d9c0dff1dd5310db7b30db6b30dd5b14ddd9dd5b10
db4328ebfe`;
/** Numbers as words that make ordinary doubles and singles, aligned to 8 bytes or to 4. */
const NUMBERS = [0x3fc00000, 0x40290000, 0x40110000, 0x40510000, -0x3fb00000, 0x40400000];
const NUMERIC_RUNS = 60;

function build(cpu: Cpu): void {
  const m = cpu.ram.i32;
  const word = (frame: number, i: number): number => ((RAM_BASE + frame * PAGE_SIZE) >>> 2) + i;
  for (const at of [0, HIGH >>> DIRECTORY_SHIFT]) {
    m[word(DIRECTORY_FRAME, at)] = (TABLE_FRAME << PAGE_SHIFT) | PRESENT_WRITABLE_USER;
  }
  const { u8 } = cpu.ram;
  for (let i = FIRST_PAGE; i < FIRST_PAGE + PAGES; i++) {
    m[word(TABLE_FRAME, i)] = (i << PAGE_SHIFT) | PRESENT_WRITABLE_USER;
    for (let offset = 0; offset < PAGE_SIZE; offset += 2) u8.set(SELF_JUMP, RAM_BASE + i * PAGE_SIZE + offset);
  }
  const bytes = NUMERIC.match(/[0-9a-f]{2}/g)!.map((byte) => Number.parseInt(byte, 16));
  u8.set(bytes, RAM_BASE + PROGRAM);
  cpu.cr3 = DIRECTORY_FRAME << PAGE_SHIFT;
  cpu.gdt.set([...FLAT_CODE, ...FLAT_DATA], 2);
  cpu.loadSegment(CS, CODE_SELECTOR);
  for (const i of [ES, SS, DS]) cpu.loadSegment(i, DATA_SELECTOR);
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

/** A comparison fused with a jump: all outcomes, linked and not, with `y` as register and as memory operand. */
function runFused(cpu: Cpu, op: number, memory: boolean): void {
  for (const [x, y] of FUSED_VALUES) {
    for (const linked of [0, FUSED_NEXT_AT]) {
      for (const at of memory ? [DATA, DATA + 1] : [y]) {
        if (memory) cpu.writeMem32(at, y);
        runOne(cpu, op, 0, at, x, JUMP, y, linked);
      }
    }
  }
}

const groups = buildGroups(integerRows);

/** An operation with aligned, unaligned and not yet translated operands, and with every flag when it jumps. */
function exercise(cpu: Cpu, name: string, op: number): void {
  // What RET, POP and indirect jumps load is a good address.
  cpu.ram.i32.fill(CODE, (RAM_BASE + DATA) >>> 2, (RAM_BASE + DATA + PAGE_SIZE) >>> 2);
  if (name.includes('_J')) {
    runFused(cpu, op, name.startsWith('CMP_R_M'));
    return;
  }
  for (const base of [DATA + 0x10, DATA + 0x13]) {
    for (const value of VALUES) runOne(cpu, op, 0, base, value, 1);
    cpu.flushTlb();
  }
  if (!/^(J|CALL$|NEXT_BLOCK)/.test(name)) return;
  for (const flags of FLAGS) {
    for (const linked of [0, NEXT_AT]) {
      setArithmeticFlags(cpu.ram.i32, flags);
      runOne(cpu, op, linked, DATA, CODE, JUMP);
    }
  }
}

/** Handlers of their own see to these. */
const GLUE: ReadonlySet<number> = new Set([HOT.HANDLER, HOT.SIMD, HOT.X87]);

function runNumeric(cpu: Cpu, run: number, data = DATA): void {
  const { i32 } = cpu.ram;
  for (let i = 0; i < 16; i++) i32[((RAM_BASE + DATA) >>> 2) + i] = NUMBERS[(i + run) % NUMBERS.length]!;
  cpu.regs[EBX] = data;
  cpu.regs[EAX] = run;
  cpu.eip = PROGRAM;
  interpret(cpu, 0, 2 * BLOCK_LIMIT);
}

/** Exercises every operation of `cpu`, which is used up by it. */
export function warmUp(cpu: Cpu): void {
  build(cpu);
  // V8 keeps no record of types before some eight times a function's length of bytecode has run: the first round is for that.
  for (let round = 0; round < ROUNDS; round++) {
    cpu.blocks.dropAll();
    cpu.flushTlb();
    for (const opcode of HANDLED) runHandler(cpu, opcode);
    for (const [name, op] of Object.entries(HOT)) {
      if (!GLUE.has(op)) exercise(cpu, name, op);
    }
  }
  for (let run = 0; run < NUMERIC_RUNS; run++) runNumeric(cpu, run);
  runOne(cpu, HOT.MOV_R_M, 0, UNMAPPED, 0, 1);
  runNumeric(cpu, 0, UNMAPPED);
  cpu.mode = MODE_CHECKED;
  runNumeric(cpu, 0);
}

function runHandler(cpu: Cpu, opcode: number): void {
  const form = groups[opcode]![0]!;
  cpu.regs.fill(0);
  place(cpu, HOT.HANDLER, 0, SYSTEM_CALL, cpu.handlerTable.numberOf(form));
  for (const eip of [CODE, CODE | HIGH]) {
    cpu.eip = eip;
    interpret(cpu, AT, 1);
  }
}
