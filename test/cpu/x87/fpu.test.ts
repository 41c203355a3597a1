/** State images, faults that commit nothing, and when a pending exception is raised. */
import { beforeEach, describe, expect, test } from 'vitest';
import { STOP } from '../../../src/cpu/cpu.ts';
import { GP, MF, PF, UD } from '../../../src/cpu/fault.ts';
import { DS, EBX } from '../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../src/cpu/ram.ts';
import { ES, ZE } from '../../../src/cpu/x87/format.ts';
import { Fpu } from '../../../src/cpu/x87/fpu.ts';
import { Board } from '../board.ts';

const CODE = 0x10000000;
const DATA = 0x10001000;
const UNMAPPED = DATA + PAGE_SIZE;
const FLD1 = [0xd9, 0xe8];
const FLDZ = [0xd9, 0xee];
const FNINIT = [0xdb, 0xe3];
const FWAIT = [0x9b];
/** fdivp st(1), st: after fld1, fldz this is 1 / 0. */
const FDIVP = [0xde, 0xf9];

let board: Board;
let data: number;
let code: number;

beforeEach(() => {
  board = new Board(1);
  code = RAM_BASE + board.map(CODE) * PAGE_SIZE;
  data = RAM_BASE + board.map(DATA) * PAGE_SIZE;
  board.cpu.regs[EBX] = DATA;
});

/** Runs instructions from the start of the code page; returns how many were retired and why it stopped. */
function run(...instructions: number[][]): { retired: number; vector: number } {
  const { cpu, ram } = board;
  ram.u8.set(instructions.flat(), code);
  for (let frame = 0; frame < ram.frames; frame++) if (cpu.hasCode[frame] !== 0) cpu.codeChanged(frame);
  cpu.eip = CODE;
  const before = cpu.icount;
  const stop = cpu.run(before + instructions.length);
  return { retired: cpu.icount - before, vector: stop === STOP.EXCEPTION ? cpu.vector : -1 };
}

const image = (): Uint8Array => {
  const bytes = new Uint8Array(512);
  board.cpu.fpu.saveTo(bytes);
  return bytes;
};

describe('state image', () => {
  test('after reset it is that of FNINIT', () => {
    const fpu = new Fpu();
    fpu.reset();
    const bytes = new Uint8Array(512);
    fpu.saveTo(bytes);
    const view = new DataView(bytes.buffer);
    expect([view.getUint16(0, true), view.getUint16(2, true), bytes[4]]).toEqual([0x37f, 0, 0]);
    expect(view.getUint32(24, true)).toBe(0x1f80);
    expect(bytes.subarray(160).every((byte) => byte === 0)).toBe(true);
  });

  test('any registers survive, also encodings that no instruction produces', () => {
    const bytes = new Uint8Array(512);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0x27f, true);
    view.setUint16(2, 0x2d41, true);
    view.setUint8(4, 0x5a);
    view.setUint16(6, 0x7ff, true);
    view.setUint32(8, 0xfffffff0, true);
    view.setUint32(16, 0x80000001, true);
    view.setUint32(24, 0x1f80, true);
    const odd: [number, bigint][] = [
      [0, 1n << 63n],
      [0x7fff, 5n],
      [0xffff, 0x8000000000000001n],
      [0x4000, 1n],
      [0x8000, 0n],
      [0x7fff, 1n << 63n],
      [0x7ffe, (1n << 64n) - 1n],
      [0, 1n],
    ];
    for (const [i, [se, mantissa]] of odd.entries()) {
      view.setBigUint64(32 + i * 16, mantissa, true);
      view.setUint16(40 + i * 16, se, true);
    }
    const fpu = new Fpu();
    for (let i = 160; i < 288; i++) bytes[i] = i;
    view.setUint32(24, 0xffbf, true);
    fpu.loadFrom(bytes);
    const again = new Uint8Array(512);
    fpu.saveTo(again);
    expect(again).toEqual(bytes);
  });

  test('a short image is refused', () => {
    expect(() => new Fpu().loadFrom(new Uint8Array(100))).toThrow(RangeError);
  });

  test('FXSAVE and FXRSTOR carry it, and leave the rest of the area alone', () => {
    board.ram.u8.fill(0xee, data, data + 512);
    const fxsave = [0x0f, 0xae, 0x03];
    const fxrstor = [0x0f, 0xae, 0x0b];
    expect(run(FNINIT, FLD1, FLDZ, fxsave).vector).toBe(-1);
    const saved = image();
    new DataView(saved.buffer).setUint32(28, 0xffff, true);
    expect(board.ram.u8.slice(data, data + 288)).toEqual(saved.slice(0, 288));
    expect(board.ram.u8.subarray(data + 288, data + 512).every((byte) => byte === 0xee)).toBe(true);
    new DataView(saved.buffer).setUint32(28, 0, true);
    expect(run(FNINIT, fxrstor).vector).toBe(-1);
    expect(image()).toEqual(saved);
  });

  test('FXSAVE and FXRSTOR want 16-byte alignment', () => {
    board.cpu.regs[EBX] = DATA + 8;
    expect(run([0x0f, 0xae, 0x03])).toEqual({ retired: 0, vector: GP });
    expect(run([0x0f, 0xae, 0x0b])).toEqual({ retired: 0, vector: GP });
  });
});

describe('a fault commits nothing', () => {
  const stores: [string, number[], number][] = [
    ['fstp m32', [0xd9, 0x1b], 4],
    ['fstp m64', [0xdd, 0x1b], 8],
    ['fstp m80', [0xdb, 0x3b], 10],
    ['fistp m16', [0xdf, 0x1b], 2],
    ['fistp m64', [0xdf, 0x3b], 8],
    ['fbstp', [0xdf, 0x33], 10],
    ['fnstenv', [0xd9, 0x33], 28],
    ['fnsave', [0xdd, 0x33], 108],
    ['fnstcw', [0xd9, 0x3b], 2],
    ['fnstsw', [0xdd, 0x3b], 2],
  ];
  test.each(stores)('%s across the end of a page', (_name, bytes, size) => {
    run(FNINIT, FLD1, FLDZ);
    const before = image();
    board.cpu.regs[EBX] = UNMAPPED - size + 1;
    board.ram.u8.fill(0x55, data, data + PAGE_SIZE);
    expect(run(bytes)).toEqual({ retired: 0, vector: PF });
    expect(board.cpu.cr2).toBe(UNMAPPED);
    expect(image()).toEqual(before);
    expect(board.ram.u8.subarray(data, data + PAGE_SIZE).every((byte) => byte === 0x55)).toBe(true);
  });

  const loads: [string, number[], number][] = [
    ['fld m32', [0xd9, 0x03], 4],
    ['fld m64', [0xdd, 0x03], 8],
    ['fld m80', [0xdb, 0x2b], 10],
    ['fadd m64', [0xdc, 0x03], 8],
    ['fild m64', [0xdf, 0x2b], 8],
    ['fbld', [0xdf, 0x23], 10],
    ['fldcw', [0xd9, 0x2b], 2],
    ['fldenv', [0xd9, 0x23], 28],
    ['frstor', [0xdd, 0x23], 108],
  ];
  test.each(loads)('%s across the end of a page', (_name, bytes, size) => {
    run(FNINIT, FLD1, FLDZ);
    const before = image();
    board.cpu.regs[EBX] = UNMAPPED - size + 1;
    expect(run(bytes)).toEqual({ retired: 0, vector: PF });
    expect(board.cpu.cr2).toBe(UNMAPPED);
    expect(image()).toEqual(before);
  });
});

describe('unmasked exceptions', () => {
  const unmaskZero = (): void => {
    board.ram.u8.set([0x7b, 0x03], data);
  };
  const FLDCW = [0xd9, 0x2b];

  test('are raised by the next waiting instruction, not by the one that caused them', () => {
    unmaskZero();
    expect(run(FNINIT, FLDCW, FLD1, FLDZ, FDIVP)).toEqual({ retired: 5, vector: -1 });
    expect(board.cpu.fpu.status & (ES | ZE)).toBe(ES | ZE);
    expect(run(FLD1)).toEqual({ retired: 0, vector: MF });
    expect(run(FWAIT)).toEqual({ retired: 0, vector: MF });
    expect(board.cpu.eip).toBe(CODE);
  });

  test('let FNSTSW and FNCLEX through', () => {
    unmaskZero();
    run(FNINIT, FLDCW, FLD1, FLDZ, FDIVP);
    expect(run([0xdf, 0xe0], [0xdb, 0xe2], FWAIT, FLD1)).toEqual({ retired: 4, vector: -1 });
    expect(board.cpu.regs[0]! & (ES | ZE)).toBe(ES | ZE);
  });

  test('appear when a control word unmasks a flag that is set', () => {
    unmaskZero();
    expect(run(FNINIT, FLD1, FLDZ, FDIVP, FLDCW, FWAIT)).toEqual({ retired: 5, vector: MF });
  });

  test('record opcode and operand address', () => {
    unmaskZero();
    run(FNINIT, FLDCW, FLD1, [0xd8, 0x73, 0x04]);
    expect(board.cpu.fpu.opcode).toBe(0x073);
    expect(board.cpu.fpu.dp).toBe(DATA + 4);
    expect(board.cpu.fpu.ip).toBe(CODE + 6);
  });
});

describe('outside of flat segments', () => {
  const SELECTOR = (20 << 3) | 3;
  const RW = 0xf3;
  const READ_ONLY = 0xf1;
  const FLD_SINGLE = [0xd9, 0x03];
  const FLD_DOUBLE = [0xdd, 0x03];

  /** DS = eight bytes from DATA. */
  function smallSegment(rights: number): void {
    const { cpu } = board;
    cpu.gdt.set([7 | (DATA << 16), (DATA & 0xff000000) | 0x00400000 | (rights << 8) | ((DATA >>> 16) & 0xff)], 2 * 20);
    expect(cpu.loadSegment(DS, SELECTOR)).toBe(true);
  }

  /** The vector of one instruction whose operand is at `offset` of the segment. */
  function at(offset: number, instruction: number[]): number {
    board.cpu.regs[EBX] = offset;
    return run(instruction).vector;
  }

  test('the whole operand must be within the limit', () => {
    smallSegment(RW);
    run(FNINIT);
    expect([at(0, FLD_DOUBLE), at(1, FLD_DOUBLE), at(4, FLD_SINGLE), at(5, FLD_SINGLE)]).toEqual([-1, GP, -1, GP]);
    expect([at(0, [0xdd, 0x1b]), at(0, [0xdb, 0x3b]), at(0, [0xdd, 0x33])]).toEqual([-1, GP, GP]);
  });

  test('a store wants a writable segment', () => {
    smallSegment(READ_ONLY);
    run(FNINIT);
    expect([at(0, FLD_DOUBLE), at(0, [0xdd, 0x1b]), at(0, [0xd9, 0x3b])]).toEqual([-1, GP, GP]);
  });
});

test.each([
  [0xd9, 0xd1],
  [0xd9, 0xe2],
  [0xda, 0xe8],
  [0xdb, 0xe5],
  [0xdd, 0xf0],
  [0xde, 0xd8],
  [0xdf, 0xe1],
  [0xd9, 0x0b],
  [0xdb, 0x23],
  [0xdd, 0x2b],
])('%i %i is undefined', (...bytes) => {
  expect(run(bytes)).toEqual({ retired: 0, vector: UD });
});
