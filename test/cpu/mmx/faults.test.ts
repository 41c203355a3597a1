/** Packed integer instructions that fault: which exception, in which order, and that nothing was changed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { STOP } from '../../../src/cpu/cpu.ts';
import { AC as ALIGNMENT_CHECK, GP, MF, PF, UD } from '../../../src/cpu/fault.ts';
import { AC } from '../../../src/cpu/flags.ts';
import { DS, EBX, EDI, XMM_AT } from '../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../src/cpu/ram.ts';
import { Board, FLAT_DATA } from '../board.ts';

const CODE = 0x10000000;
const DATA = 0x10001000;
const UNMAPPED = DATA + PAGE_SIZE;
const FILLER = 0x55;
const STATE_SIZE = 288;
/** Control word that leaves division by zero unmasked, and the status of one that is pending. */
const UNMASKED_ZE = 0x37b;
const PENDING_ZE = 0x8084;
/** Selector of a data segment of one page in the GDT's thread entry. */
const SMALL = 0x33;

let board: Board;
let data: number;
let code: number;

beforeEach(() => {
  board = new Board(1);
  code = RAM_BASE + board.map(CODE) * PAGE_SIZE;
  data = RAM_BASE + board.map(DATA) * PAGE_SIZE;
  board.ram.u8.fill(FILLER, data, data + PAGE_SIZE);
  board.cpu.regs[EBX] = DATA;
  for (let i = 0; i < 32; i++) board.ram.i32[(XMM_AT >>> 2) + i] = 0x01020304 * (i + 1);
  for (let i = 0; i < 8; i++) board.cpu.fpu.set(i, 0x4000 + i, 0x80000000 | i, -1 - i);
  board.cpu.fpu.top = 5;
  board.cpu.fpu.used = 0x81;
});

function run(bytes: readonly number[]): number {
  const { cpu, ram } = board;
  ram.u8.set(bytes, code);
  cpu.eip = CODE;
  const before = cpu.icount;
  const stop = cpu.run(before + 1);
  expect(cpu.icount - before).toBe(stop === STOP.EXCEPTION ? 0 : 1);
  return stop === STOP.EXCEPTION ? cpu.vector : -1;
}

/** Registers of every kind, and the data page. */
function everything(): Uint8Array {
  const image = new Uint8Array(512);
  board.cpu.fpu.saveTo(image);
  const regs = new Uint8Array(board.cpu.regs.slice().buffer);
  return Uint8Array.from([...image.subarray(0, STATE_SIZE), ...regs, ...board.ram.u8.subarray(data, data + PAGE_SIZE)]);
}

/** Runs an instruction that must raise `vector` and change nothing. */
function faults(bytes: readonly number[], vector: number): void {
  const before = everything();
  expect(run(bytes)).toBe(vector);
  expect(everything()).toEqual(before);
}

describe('a memory operand across the end of what is mapped', () => {
  const forms: [string, number[], number][] = [
    ['movd mm, m32', [0x0f, 0x6e, 0x0b], 4],
    ['movd m32, mm', [0x0f, 0x7e, 0x0b], 4],
    ['movq mm, m64', [0x0f, 0x6f, 0x0b], 8],
    ['movq m64, mm', [0x0f, 0x7f, 0x0b], 8],
    ['movntq', [0x0f, 0xe7, 0x0b], 8],
    ['paddd mm, m64', [0x0f, 0xfe, 0x0b], 8],
    ['punpcklbw mm, m32', [0x0f, 0x60, 0x0b], 4],
    ['punpckhbw mm, m64', [0x0f, 0x68, 0x0b], 8],
    ['psllw mm, m64', [0x0f, 0xf1, 0x0b], 8],
    ['pshufw mm, m64', [0x0f, 0x70, 0x0b, 0x1b], 8],
    ['palignr mm, m64', [0x0f, 0x3a, 0x0f, 0x0b, 3], 8],
    ['pinsrw mm, m16', [0x0f, 0xc4, 0x0b, 1], 2],
    ['pinsrw xmm, m16', [0x66, 0x0f, 0xc4, 0x0b, 1], 2],
  ];

  test.each(forms)('%s is #PF and changes nothing', (_name, bytes, size) => {
    for (let beyond = 1; beyond < size; beyond++) {
      board.cpu.regs[EBX] = UNMAPPED - size + beyond;
      faults(bytes, PF);
      expect(board.cpu.cr2).toBe(UNMAPPED);
    }
  });

  test.each(forms)('%s just before it is fine', (_name, bytes, size) => {
    board.cpu.regs[EBX] = UNMAPPED - size;
    expect(run(bytes)).toBe(-1);
  });

  test.each(forms)('%s off a boundary of its size is #AC with EFLAGS.AC, else fine', (_name, bytes, size) => {
    board.cpu.regs[EBX] = DATA + (size >> 1);
    board.cpu.setEflags(AC);
    faults(bytes, ALIGNMENT_CHECK);
    board.cpu.setEflags(0);
    expect(run(bytes)).toBe(-1);
  });

  test.each(forms)('%s beyond its segment is #GP', (_name, bytes, size) => {
    board.cpu.gdt.set([((DATA % 0x10000) << 16) | (PAGE_SIZE - 1), (FLAT_DATA[1] & 0x0070ff00) | 0x10000000], 12);
    board.cpu.loadSegment(DS, SMALL);
    board.cpu.regs[EBX] = PAGE_SIZE - size + 1;
    faults(bytes, GP);
    board.cpu.regs[EBX] = PAGE_SIZE - size;
    expect(run(bytes)).toBe(-1);
  });
});

describe('16-byte operands', () => {
  const forms: [string, number[]][] = [
    ['paddd', [0x66, 0x0f, 0xfe, 0x0b]],
    ['punpcklbw', [0x66, 0x0f, 0x60, 0x0b]],
    ['psllw', [0x66, 0x0f, 0xf1, 0x0b]],
    ['pshufd', [0x66, 0x0f, 0x70, 0x0b, 0x1b]],
    ['pshufhw', [0xf3, 0x0f, 0x70, 0x0b, 0x1b]],
    ['pshufb', [0x66, 0x0f, 0x38, 0x00, 0x0b]],
    ['palignr', [0x66, 0x0f, 0x3a, 0x0f, 0x0b, 3]],
  ];

  test.each(forms)('%s off a 16-byte boundary is #GP', (_name, bytes) => {
    for (const offset of [1, 2, 4, 8, 15]) {
      board.cpu.regs[EBX] = DATA + offset;
      faults(bytes, GP);
    }
  });

  test.each(forms)('%s of an unmapped page is #PF', (_name, bytes) => {
    board.cpu.regs[EBX] = UNMAPPED;
    faults(bytes, PF);
  });
});

describe('a pending x87 exception', () => {
  beforeEach(() => {
    board.cpu.fpu.setControlWord(UNMASKED_ZE);
    board.cpu.fpu.setStatusWord(PENDING_ZE);
  });

  test.each([
    ['paddd mm, mm', [0x0f, 0xfe, 0xc1]],
    ['movd', [0x0f, 0x6e, 0xc0]],
    ['movd r32, mm', [0x0f, 0x7e, 0xc8]],
    ['movq', [0x0f, 0x6f, 0xc1]],
    ['movq m64, mm', [0x0f, 0x7f, 0x0b]],
    ['psllw imm8', [0x0f, 0x71, 0xf0, 1]],
    ['psllw mm, mm', [0x0f, 0xf1, 0xc1]],
    ['pshufw', [0x0f, 0x70, 0xc1, 0]],
    ['pextrw', [0x0f, 0xc5, 0xc1, 0]],
    ['pinsrw', [0x0f, 0xc4, 0xc0, 0]],
    ['pmovmskb', [0x0f, 0xd7, 0xc1]],
    ['maskmovq', [0x0f, 0xf7, 0xc1]],
    ['emms', [0x0f, 0x77]],
  ])('is raised by %s', (_name, bytes) => faults(bytes, MF));

  test('comes before a page fault', () => {
    board.cpu.regs[EBX] = UNMAPPED;
    faults([0x0f, 0xfe, 0x0b], MF);
    faults([0x0f, 0x7f, 0x0b], MF);
  });

  test('does not concern XMM registers', () => {
    expect(run([0x66, 0x0f, 0xfe, 0xc1])).toBe(-1);
    expect(run([0x66, 0x0f, 0x71, 0xf0, 1])).toBe(-1);
  });
});

describe('undefined encodings', () => {
  test.each([
    ['lock paddd', [0xf0, 0x0f, 0xfe, 0xc1]],
    ['lock paddd with memory', [0xf0, 0x0f, 0xfe, 0x0b]],
    ['lock movq to memory', [0xf0, 0x0f, 0x7f, 0x0b]],
    ['F3 paddd', [0xf3, 0x0f, 0xfe, 0xc1]],
    ['F2 paddd', [0xf2, 0x0f, 0xfe, 0xc1]],
    ['66 F3 paddd', [0x66, 0xf3, 0x0f, 0xfe, 0xc1]],
    ['66 emms', [0x66, 0x0f, 0x77]],
    ['F3 psllw imm8', [0xf3, 0x0f, 0x71, 0xf0, 1]],
    ['F3 pshufb', [0xf3, 0x0f, 0x38, 0x00, 0xc1]],
    ['movntq to a register', [0x0f, 0xe7, 0xc1]],
    ['pextrw from memory', [0x0f, 0xc5, 0x0b, 0]],
    ['pmovmskb from memory', [0x0f, 0xd7, 0x0b]],
    ['maskmovq with memory', [0x0f, 0xf7, 0x0b]],
    ['psrldq of an MMX register', [0x0f, 0x73, 0xd8, 1]],
    ['punpcklqdq of MMX registers', [0x0f, 0x6c, 0xc1]],
    ['0F 71 /0', [0x0f, 0x71, 0xc0, 1]],
    ['psrlw imm8 of memory', [0x0f, 0x71, 0x13, 1]],
  ])('%s is #UD', (_name, bytes) => faults(bytes, UD));
});

describe('maskmovq', () => {
  const MASKMOVQ = [0x0f, 0xf7, 0xc1];
  const setMask = (high: number, low: number): void => board.cpu.fpu.set(1, 0, high, low);

  test('stores to EDI in the segment of the prefix what the mask selects', () => {
    board.cpu.fpu.set(0, 0, 0x77665544, 0x33221100);
    setMask(0x80007f00, 0x0080ff00);
    board.cpu.regs[EDI] = DATA + 3;
    expect(run(MASKMOVQ)).toBe(-1);
    expect([...board.peek(DATA + 3, 8)]).toEqual([FILLER, 0x11, 0x22, FILLER, FILLER, FILLER, FILLER, 0x77]);
  });

  test('checks all eight bytes, whatever the mask', () => {
    setMask(0, 0x80);
    board.cpu.regs[EDI] = UNMAPPED - 1;
    faults(MASKMOVQ, PF);
    setMask(0, 0);
    board.cpu.regs[EDI] = UNMAPPED - 8;
    expect(run(MASKMOVQ)).toBe(-1);
    board.cpu.regs[EDI] = UNMAPPED - 12;
    board.cpu.setEflags(AC);
    faults(MASKMOVQ, ALIGNMENT_CHECK);
  });
});

describe('the x87 state', () => {
  test('is entered also by instructions that only read an MMX register', () => {
    expect(run([0x0f, 0xc5, 0xc1, 0])).toBe(-1);
    expect([board.cpu.fpu.top, board.cpu.fpu.used]).toEqual([0, 0xff]);
    expect(board.cpu.fpu.se[1]).toBe(0x4001);
  });

  test('is empty after EMMS, with registers kept', () => {
    expect(run([0x0f, 0x77])).toBe(-1);
    expect([board.cpu.fpu.top, board.cpu.fpu.used]).toEqual([0, 0]);
    expect(board.cpu.fpu.se[3]).toBe(0x4003);
  });

  test('is left alone by XMM forms', () => {
    expect(run([0x66, 0x0f, 0xfe, 0xc1])).toBe(-1);
    expect([board.cpu.fpu.top, board.cpu.fpu.used]).toEqual([5, 0x81]);
  });
});

test('a store into the instruction that follows is seen', () => {
  // movq [ebx], mm0; the bytes at ebx, inc eax eight times, become eight times dec ecx.
  board.cpu.fpu.set(0, 0, 0x49494949, 0x49494949);
  board.cpu.regs[EBX] = CODE + 3;
  board.ram.u8.set([0x0f, 0x7f, 0x03, ...new Array<number>(8).fill(0x40)], code);
  board.cpu.regs.set([0, 0]);
  board.cpu.eip = CODE;
  expect(board.cpu.run(board.cpu.icount + 9)).toBe(STOP.LIMIT);
  expect([board.cpu.regs[0], board.cpu.regs[1]]).toEqual([0, -8]);
});
