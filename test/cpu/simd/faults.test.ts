/** Where SSE instructions fault, and that they have changed nothing then. */
import { beforeEach, describe, expect, test } from 'vitest';
import { STOP } from '../../../src/cpu/cpu.ts';
import { AC, GP, MF, PF, STACK_FAULT, UD, XM } from '../../../src/cpu/fault.ts';
import { DS, EAX, EBP, EBX, EDI, MXCSR, SS, XMM_AT } from '../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../src/cpu/ram.ts';
import { Board, USER_DS } from '../board.ts';

const CODE = 0x20000000;
const DATA = 0x20010000;
/** The page after DATA is not there. */
const END = DATA + PAGE_SIZE;
const READ_ONLY = 0x20020000;
const EFLAGS_AC = 0x40000;
const NONE = -1;

let board: Board;
let code: number;
let data: number;

beforeEach(() => {
  board = new Board(1);
  code = RAM_BASE + board.map(CODE) * PAGE_SIZE;
  data = RAM_BASE + board.map(DATA) * PAGE_SIZE;
  board.map(READ_ONLY, false);
  for (let i = 0; i < 128; i++) board.ram.u8[XMM_AT + i] = i + 1;
});

/** Executes one instruction with its operand at [ebx]; returns the vector of its fault, or NONE. */
function run(at: number, ...bytes: number[]): number {
  const { cpu, ram } = board;
  ram.u8.set(bytes, code);
  cpu.regs[EBX] = at;
  cpu.regs[EDI] = at;
  cpu.eip = CODE;
  cpu.codeChanged((code - RAM_BASE) >>> 12);
  return cpu.run(cpu.icount + 1) === STOP.EXCEPTION ? cpu.vector : NONE;
}

const registers = (): number[] => [...board.ram.u8.subarray(XMM_AT, XMM_AT + 128)];

const MOVAPS_LOAD = [0x0f, 0x28, 0x03];
const MOVAPS_STORE = [0x0f, 0x29, 0x03];
const MOVUPS_LOAD = [0x0f, 0x10, 0x03];
const MOVUPS_STORE = [0x0f, 0x11, 0x03];
const MOVNTDQ = [0x66, 0x0f, 0xe7, 0x03];
const ADDPS = [0x0f, 0x58, 0x03];
const ADDPD = [0x66, 0x0f, 0x58, 0x03];
const ADDSD = [0xf2, 0x0f, 0x58, 0x03];
const ADDSS = [0xf3, 0x0f, 0x58, 0x03];
const MOVSD_STORE = [0xf2, 0x0f, 0x11, 0x03];
const CVTDQ2PD = [0xf3, 0x0f, 0xe6, 0x03];
const LDMXCSR = [0x0f, 0xae, 0x13];
const STMXCSR = [0x0f, 0xae, 0x1b];
const MASKMOVDQU = [0x66, 0x0f, 0xf7, 0xc1];
const CVTPS2PI = [0x0f, 0x2d, 0x03];

describe('alignment', () => {
  test('sixteen bytes off their boundary are #GP(0)', () => {
    for (const bytes of [MOVAPS_LOAD, MOVAPS_STORE, MOVNTDQ, ADDPS, ADDPD]) {
      expect(run(DATA + 8, ...bytes)).toBe(GP);
      expect(board.cpu.errorCode).toBe(0);
      expect(run(DATA + 16, ...bytes)).toBe(NONE);
    }
  });

  test('MOVUPS and scalars go anywhere, across pages too', () => {
    board.map(END);
    for (const bytes of [MOVUPS_LOAD, MOVUPS_STORE, ADDSD, ADDSS, MOVSD_STORE, CVTDQ2PD, STMXCSR]) {
      for (const at of [DATA + 1, DATA + 3, END - 1, END - 3]) expect(run(at, ...bytes)).toBe(NONE);
    }
  });

  test('what crosses pages arrives', () => {
    board.map(END);
    expect(run(END - 5, ...MOVUPS_STORE)).toBe(NONE);
    const stored = registers().slice(0, 16);
    board.ram.u8.fill(0, XMM_AT, XMM_AT + 16);
    expect(run(END - 5, ...MOVUPS_LOAD)).toBe(NONE);
    expect(registers().slice(0, 16)).toEqual(stored);
  });

  test('with EFLAGS.AC everything else wants its own size', () => {
    board.cpu.setEflags(EFLAGS_AC);
    for (const [bytes, size] of [
      [MOVUPS_LOAD, 16],
      [MOVUPS_STORE, 16],
      [ADDSD, 8],
      [MOVSD_STORE, 8],
      [CVTDQ2PD, 8],
      [ADDSS, 4],
      [LDMXCSR, 4],
      [STMXCSR, 4],
    ] as const) {
      for (let offset = 1; offset < size; offset++) expect(run(DATA + offset, ...bytes)).toBe(AC);
    }
    expect(run(DATA + 1, ...MOVAPS_LOAD)).toBe(GP);
  });
});

describe('pages', () => {
  test('a load that ends on a missing page changes no register', () => {
    const before = registers();
    for (const bytes of [MOVUPS_LOAD, ADDSD, ADDSS, CVTDQ2PD]) {
      expect(run(END - 2, ...bytes)).toBe(PF);
      expect(board.cpu.cr2).toBe(END);
    }
    expect(registers()).toEqual(before);
  });

  test('a store that ends on a missing page changes no byte', () => {
    for (const bytes of [MOVUPS_STORE, MOVSD_STORE, STMXCSR]) {
      expect(run(END - 2, ...bytes)).toBe(PF);
      expect([...board.ram.u8.subarray(data + PAGE_SIZE - 2, data + PAGE_SIZE)]).toEqual([0, 0]);
    }
  });

  test('a store to a read-only page faults', () => {
    for (const bytes of [MOVAPS_STORE, MOVUPS_STORE, MOVNTDQ, MOVSD_STORE]) expect(run(READ_ONLY, ...bytes)).toBe(PF);
  });

  test('MASKMOVDQU stores only what the mask says', () => {
    board.ram.u8.fill(0, XMM_AT + 16, XMM_AT + 32);
    expect(run(END - 4, ...MASKMOVDQU)).toBe(NONE);
    board.ram.u8[XMM_AT + 16 + 2] = 0x80;
    expect(run(END - 4, ...MASKMOVDQU)).toBe(NONE);
    expect([...board.ram.u8.subarray(data + PAGE_SIZE - 4, data + PAGE_SIZE)]).toEqual([0, 0, 3, 0]);
    board.ram.u8[XMM_AT + 16 + 4] = 0xff;
    expect(run(END - 4, ...MASKMOVDQU)).toBe(PF);
  });

  test('a store into code is seen', () => {
    const { cpu, ram } = board;
    // movups [ebx], xmm0, over the nops that follow; xmm0 begins with inc eax.
    ram.u8.set(
      [0x40, 0x40, 0x40, 0x40, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xf4],
      XMM_AT,
    );
    ram.u8.set([...MOVUPS_STORE, ...new Array(16).fill(0x90)], code);
    cpu.regs[EBX] = CODE + 3;
    cpu.regs[EAX] = 0;
    cpu.eip = CODE;
    expect(cpu.run(cpu.icount + 1000)).toBe(STOP.EXCEPTION);
    expect(cpu.regs[EAX]).toBe(4);
  });
});

describe('segments', () => {
  test('limits are those of the whole operand', () => {
    const { cpu } = board;
    // A data segment of 64 KiB at DATA - 0x10000.
    const base = DATA - 0x10000 + 8;
    cpu.gdt[12] = 0xffff | (base << 16);
    cpu.gdt[13] = 0x0040f300 | ((base >>> 16) & 0xff) | (base & 0xff000000);
    cpu.loadSegment(DS, 0x33);
    cpu.loadSegment(SS, 0x33);
    expect(run(0x10000 - 8, ...ADDSD)).toBe(NONE);
    expect(run(0x10000 - 7, ...ADDSD)).toBe(GP);
    expect(run(0x10000 - 15, ...MOVUPS_LOAD)).toBe(GP);
    cpu.regs[EBP] = 0x10000 - 4;
    expect(run(0, 0xf2, 0x0f, 0x58, 0x45, 0x00)).toBe(STACK_FAULT);
    cpu.loadSegment(DS, USER_DS);
  });
});

describe('MXCSR', () => {
  test('LDMXCSR refuses bits that do not exist', () => {
    board.ram.i32[data >>> 2] = 0x10000;
    expect(run(DATA, ...LDMXCSR)).toBe(GP);
    board.ram.i32[data >>> 2] = 0xffff;
    expect(run(DATA, ...LDMXCSR)).toBe(NONE);
    expect(board.cpu.fpu.mxcsr).toBe(0xffff);
  });

  test('FXRSTOR refuses them too, and loads nothing', () => {
    const before = registers();
    board.ram.i32[(data + 24) >>> 2] = 0x10000;
    expect(run(DATA, 0x0f, 0xae, 0x0b)).toBe(GP);
    expect(registers()).toEqual(before);
    board.ram.i32[(data + 24) >>> 2] = 0x1f80;
    expect(run(DATA, 0x0f, 0xae, 0x0b)).toBe(NONE);
    expect(registers()).toEqual(new Array(128).fill(0));
  });

  test('FXSAVE shows the mask', () => {
    expect(run(DATA, 0x0f, 0xae, 0x03)).toBe(NONE);
    expect(board.ram.i32[(data + 28) >>> 2]).toBe(0xffff);
    expect([...board.ram.u8.subarray(data + 160, data + 288)]).toEqual(registers());
  });

  test('an unmasked exception is #XM, with its flag set and the destination as it was', () => {
    const { ram } = board;
    ram.f64.set([1, 1], XMM_AT >>> 3);
    ram.f64.set([1, 3], data >>> 3);
    ram.i32[MXCSR] = 0x1f80 & ~(0x20 << 7);
    expect(run(DATA, 0x66, 0x0f, 0x5e, 0x03)).toBe(XM);
    expect(ram.i32[MXCSR]).toBe((0x1f80 & ~(0x20 << 7)) | 0x20);
    expect([...ram.f64.subarray(XMM_AT >>> 3, (XMM_AT >>> 3) + 2)]).toEqual([1, 1]);
    expect(board.cpu.eip).toBe(CODE);
  });
});

describe('others', () => {
  test('a pending x87 exception goes before an MMX conversion', () => {
    board.cpu.fpu.setControlWord(0);
    board.cpu.fpu.setStatusWord(1);
    expect(run(DATA, ...CVTPS2PI)).toBe(MF);
    expect(run(DATA, ...MOVAPS_LOAD)).toBe(NONE);
  });

  test('MONITOR, MWAIT, LOCK and combinations of prefixes that mean nothing are #UD', () => {
    for (const bytes of [
      [0x0f, 0x01, 0xc8],
      [0x0f, 0x01, 0xc9],
      [0xf0, ...ADDPS],
      [0xf3, 0x0f, 0x14, 0xc1],
      [0xf2, 0x0f, 0x28, 0xc1],
      [0x66, 0x0f, 0xae, 0xe8],
    ]) {
      expect(run(DATA, ...bytes)).toBe(UD);
    }
  });

  test('the last of F2 and F3 counts, and goes before 66', () => {
    const { ram } = board;
    ram.f64[XMM_AT >>> 3] = 1;
    ram.f64[data >>> 3] = 2;
    expect(run(DATA, 0xf3, 0x66, 0xf2, 0x0f, 0x58, 0x03)).toBe(NONE);
    expect(ram.f64[XMM_AT >>> 3]).toBe(3);
  });
});
