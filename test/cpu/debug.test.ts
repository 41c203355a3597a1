/** Debug exceptions: SDM vol. 3B, 17.2 and 17.3. */
import { describe, expect, test } from 'vitest';
import { STOP, type Stop } from '../../src/cpu/cpu.ts';
import { DR6_BS } from '../../src/cpu/debug.ts';
import { DB, PF } from '../../src/cpu/fault.ts';
import { RF, TF } from '../../src/cpu/flags.ts';
import { EAX, EBX, ECX, EDI, ESI, ESP, NO_ENTRY, READ_ENTRY, SS } from '../../src/cpu/layout.ts';
import { PAGE_SIZE } from '../../src/cpu/ram.ts';
import { Board, USER_DS } from './board.ts';

const CODE = 0x10000;
const DATA = 0x20000;
const little = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];

/** DR7 of one breakpoint: R/W and LEN as the manual writes them. */
const EXECUTE = 0b0000;
const WRITE_4 = 0b1101;
const ACCESS_1 = 0b0011;
const ACCESS_2 = 0b0111;
const dr7 = (n: number, fields: number): number => (1 << (2 * n)) | (fields << (16 + 4 * n));

function boardWith(...bytes: number[]): Board {
  const board = new Board(1);
  for (let i = 0; i < 3; i++) {
    board.map(CODE + i * PAGE_SIZE);
    board.map(DATA + i * PAGE_SIZE);
  }
  board.poke(CODE, bytes);
  board.cpu.eip = CODE;
  board.cpu.regs[ESP] = DATA + 3 * PAGE_SIZE;
  return board;
}

/** Runs to the next stop, `piece` instructions at a time. */
function runOn({ cpu }: Board, until: number, piece: number): Stop {
  for (;;) {
    const stop = cpu.run(Math.min(until, cpu.icount + piece));
    if (stop !== STOP.LIMIT || cpu.icount >= until) return stop;
  }
}

function setTrace({ cpu }: Board): void {
  cpu.setEflags(cpu.getEflags() | TF);
}

/** Offsets in CODE, DR6 bits and vectors of the exceptions until `until` instructions have run; RF is set after execution breakpoints, as a debugger does. */
function exceptions(board: Board, until: number, piece = 1000): string[] {
  const { cpu } = board;
  const seen: string[] = [];
  while (runOn(board, until, piece) === STOP.EXCEPTION) {
    if (cpu.vector !== DB) {
      seen.push(`vector ${cpu.vector} at ${cpu.eip - CODE}`);
      break;
    }
    seen.push(`${cpu.eip - CODE}:${cpu.debug.status.toString(16)}`);
    if (cpu.debug.executedAt(cpu.eip) !== 0 && (cpu.debug.status & cpu.debug.executedAt(cpu.eip)) !== 0) {
      cpu.setEflags(cpu.getEflags() | RF);
    }
  }
  return seen;
}

describe.each([1, 1000])('in pieces of %i instructions', (piece) => {
  test('an execution breakpoint stops before its instruction, once, and RF lets it go on', () => {
    // inc eax, four times; jmp back
    const board = boardWith(0x40, 0x40, 0x40, 0x40, 0xeb, 0xfa);
    const { cpu } = board;
    cpu.loadDebugRegisters([0, CODE + 2], dr7(1, EXECUTE));
    expect(runOn(board, 100, piece)).toBe(STOP.EXCEPTION);
    expect([cpu.vector, cpu.errorCode, cpu.debug.status, cpu.eip, cpu.icount]).toEqual([DB, 0, 2, CODE + 2, 2]);
    expect(cpu.getEflags() & RF).toBe(0);
    expect(runOn(board, 100, piece)).toBe(STOP.EXCEPTION);
    expect(cpu.icount).toBe(2);
    cpu.setEflags(cpu.getEflags() | RF);
    expect(runOn(board, 100, piece)).toBe(STOP.EXCEPTION);
    expect([cpu.eip, cpu.icount, cpu.regs[EAX]]).toEqual([CODE + 2, 7, 6]);
  });

  test('an execution breakpoint in another page is met by the jump there, and only at its address', () => {
    // jmp to the next page; there: inc eax; inc ebx; jmp back
    const board = boardWith(0xe9, ...little(PAGE_SIZE - 5));
    board.poke(CODE + PAGE_SIZE, [0x40, 0x43, 0xe9, ...little(-PAGE_SIZE - 7)]);
    board.cpu.loadDebugRegisters([CODE + PAGE_SIZE + 1], dr7(0, EXECUTE));
    expect(exceptions(board, 12, piece)).toEqual(['4097:1', '4097:1', '4097:1']);
    expect([board.cpu.regs[EAX], board.cpu.regs[EBX]]).toEqual([3, 3]);
  });

  test('a write breakpoint stops after the store that changes its bytes; reads and neighbours do not', () => {
    // mov [DATA + 8], eax; mov ecx, [DATA + 4]; mov [DATA + 4], eax; mov byte [DATA + 7], 1; mov byte [DATA + 3], 1
    const board = boardWith(
      ...[0xa3, ...little(DATA + 8)],
      ...[0x8b, 0x0d, ...little(DATA + 4)],
      ...[0xa3, ...little(DATA + 4)],
      ...[0xc6, 0x05, ...little(DATA + 7), 1],
      ...[0xc6, 0x05, ...little(DATA + 3), 1],
      ...new Array<number>(200).fill(0x90),
    );
    board.cpu.loadDebugRegisters([0, 0, 0, DATA + 4], dr7(3, WRITE_4));
    expect(exceptions(board, 100, piece)).toEqual(['16:8', '23:8']);
    expect([...board.peek(DATA + 3, 5)]).toEqual([1, 0, 0, 0, 1]);
  });

  test('a read or write breakpoint sees both, also across a page and by a wider access', () => {
    // mov ecx, [DATA + 0xffd]; add [DATA + 0xffe], eax; push eax
    const board = boardWith(
      ...[0x8b, 0x0d, ...little(DATA + 0xffd)],
      ...[0x01, 0x05, ...little(DATA + 0xffe)],
      ...[0x50, ...new Array<number>(100).fill(0x90)],
    );
    board.cpu.loadDebugRegisters([DATA + 0x1000, DATA + 3 * PAGE_SIZE - 2], dr7(0, ACCESS_1) | dr7(1, ACCESS_2));
    expect(exceptions(board, 50, piece)).toEqual(['6:1', '12:1', '13:2']);
  });

  test('SSE and MMX operands are seen with all their bytes', () => {
    // movaps xmm0, [DATA]; movups [DATA + 0xff9], xmm0; movq [DATA + 0x20], mm0; movq mm0, [DATA + 0x28]
    const board = boardWith(
      ...[0x0f, 0x28, 0x05, ...little(DATA)],
      ...[0x0f, 0x11, 0x05, ...little(DATA + 0xff9)],
      ...[0x0f, 0x7f, 0x05, ...little(DATA + 0x20)],
      ...[0x0f, 0x6f, 0x05, ...little(DATA + 0x28)],
    );
    board.cpu.loadDebugRegisters(
      [DATA + 15, DATA + 0x1008, DATA + 0x24, DATA + 0x28],
      (dr7(0, ACCESS_1) | dr7(1, ACCESS_1) | dr7(2, WRITE_4) | dr7(3, WRITE_4)) >>> 0,
    );
    expect(exceptions(board, 4, piece)).toEqual(['7:1', '14:2', '21:4']);
  });

  test('a faulting instruction meets no breakpoint before it succeeds', () => {
    // movsb from the breakpoint to a page that is not there
    const board = boardWith(0xa4, 0x90, 0x90);
    const { cpu } = board;
    cpu.loadDebugRegisters([DATA], dr7(0, ACCESS_1));
    cpu.regs[ESI] = DATA;
    cpu.regs[EDI] = DATA + 3 * PAGE_SIZE;
    expect([runOn(board, 2, piece), cpu.vector, cpu.icount]).toEqual([STOP.EXCEPTION, PF, 0]);
    board.map(DATA + 3 * PAGE_SIZE);
    expect(exceptions(board, 2, piece)).toEqual(['1:1']);
  });

  test('REP stops after the iteration that meets the breakpoint, and goes on', () => {
    // rep stosb over DATA..DATA+9
    const board = boardWith(0xf3, 0xaa, 0x90, 0x90);
    const { cpu } = board;
    cpu.loadDebugRegisters([DATA + 4, DATA + 9], dr7(0, ACCESS_2) | dr7(1, ACCESS_1));
    cpu.regs[ECX] = 10;
    cpu.regs[EDI] = DATA;
    expect([runOn(board, 3, piece), cpu.eip, cpu.regs[ECX], cpu.debug.status, cpu.icount]).toEqual([
      ...[STOP.EXCEPTION, CODE, 5, 1, 0],
    ]);
    expect(cpu.getEflags() & RF).toBe(RF);
    expect([runOn(board, 3, piece), cpu.eip, cpu.regs[ECX], cpu.debug.status]).toEqual([STOP.EXCEPTION, CODE, 4, 1]);
    expect([runOn(board, 3, piece), cpu.eip, cpu.regs[ECX], cpu.debug.status, cpu.icount]).toEqual([
      ...[STOP.EXCEPTION, CODE + 2, 0, 2, 1],
    ]);
    expect(runOn(board, 3, piece)).toBe(STOP.LIMIT);
  });

  test('MOV SS holds all of them back for one instruction', () => {
    // mov eax, USER_DS; mov ss, [DATA]; inc ecx; inc ecx
    const board = boardWith(0xb8, ...little(USER_DS), 0x8e, 0x15, ...little(DATA), 0x41, 0x41);
    board.poke(DATA, little(USER_DS));
    board.cpu.loadDebugRegisters([DATA, CODE + 11], dr7(0, ACCESS_1) | dr7(1, EXECUTE));
    expect(exceptions(board, 4, piece)).toEqual(['12:1']);
    expect(board.cpu.getSegment(SS)).toBe(USER_DS);
  });

  test('TF traps after each instruction, except after a load of SS', () => {
    // mov eax, USER_DS; mov ss, ax; inc ecx; push ss; pop ss; inc ecx; inc ecx
    const board = boardWith(0xb8, ...little(USER_DS), 0x8e, 0xd0, 0x41, 0x16, 0x17, 0x41, 0x41);
    setTrace(board);
    expect(exceptions(board, 7, piece)).toEqual(['5:4000', '8:4000', '9:4000', '11:4000', '12:4000']);
  });

  test('TF stops REP after each iteration, with the flags of the last comparison', () => {
    // repe cmpsb; nop
    const board = boardWith(0xf3, 0xa6, 0x90);
    const { cpu } = board;
    board.poke(DATA, [1, 2, 3, 9]);
    board.poke(DATA + 8, [1, 2, 3, 4]);
    cpu.regs[ECX] = 5;
    cpu.regs[ESI] = DATA;
    cpu.regs[EDI] = DATA + 8;
    setTrace(board);
    const seen: number[][] = [];
    while (seen.length < 5) {
      expect(runOn(board, 2, piece)).toBe(STOP.EXCEPTION);
      seen.push([cpu.eip - CODE, cpu.regs[ECX]!, cpu.icount, (cpu.getEflags() >>> 6) & 1, cpu.getEflags() & RF]);
    }
    expect(seen).toEqual([
      [0, 4, 0, 1, RF],
      [0, 3, 0, 1, RF],
      [0, 2, 0, 1, RF],
      [2, 1, 1, 0, 0],
      [3, 1, 2, 0, 0],
    ]);
  });

  test('a single step and a breakpoint come as one exception', () => {
    const board = boardWith(0xa3, ...little(DATA), 0x90);
    board.cpu.loadDebugRegisters([DATA], dr7(0, WRITE_4));
    setTrace(board);
    expect(exceptions(board, 1, piece)).toEqual([`5:${(DR6_BS | 1).toString(16)}`]);
  });

  test('TF stays out of INT 80h: the instruction after it traps', () => {
    const board = boardWith(0xcd, 0x80, 0x90, 0x90);
    setTrace(board);
    expect([runOn(board, 9, piece), board.cpu.eip]).toEqual([STOP.SYSCALL, CODE + 2]);
    expect(exceptions(board, 2, piece)).toEqual(['3:4000']);
  });
});

test('IRET loads RF, POPF does not', () => {
  const RETURN = 0x10202;
  for (const [bytes, met] of [
    [[0xcf], []],
    [[0x9d, 0xc3], ['16:1']],
  ] as const) {
    const board = boardWith(...bytes);
    const { cpu } = board;
    const esp = DATA + 0x100;
    cpu.regs[ESP] = esp;
    board.poke(CODE + 16, [0x40, 0x40]);
    board.poke(
      esp,
      bytes[0] === 0xcf ? [CODE + 16, 0x73, RETURN].flatMap(little) : [RETURN, CODE + 16].flatMap(little),
    );
    cpu.loadDebugRegisters([CODE + 16], dr7(0, EXECUTE));
    expect(exceptions(board, bytes.length + 1)).toEqual(met);
  }
});

test('faults are told with RF, traps without', () => {
  const fault = boardWith(0x0f, 0x0b);
  fault.cpu.run(10);
  expect(fault.cpu.getEflags() & RF).toBe(RF);
  const trap = boardWith(0xcc);
  trap.cpu.run(10);
  expect(trap.cpu.getEflags() & RF).toBe(0);
});

test('without breakpoints nothing is kept out of the TLBs, and disabling them brings the pages back', () => {
  const board = boardWith(0xa1, ...little(DATA), 0xeb, 0xf9);
  const { cpu } = board;
  cpu.loadDebugRegisters([DATA], dr7(0, WRITE_4));
  cpu.run(1000);
  const entry = (): number => ~board.ram.i32[READ_ENTRY + (DATA >>> 12)]!;
  expect(entry()).toBe(NO_ENTRY);
  cpu.loadDebugRegisters([DATA], 0);
  cpu.run(2000);
  expect(entry()).not.toBe(NO_ENTRY);
});

test('code beside a data breakpoint in one page runs on', () => {
  // inc dword [CODE + 0x800]; jmp back; the breakpoint is at CODE + 0x900
  const board = boardWith(0xff, 0x05, ...little(CODE + 0x800), 0xeb, 0xf8);
  board.cpu.loadDebugRegisters([CODE + 0x900], dr7(0, WRITE_4));
  expect(board.cpu.run(3000)).toBe(STOP.LIMIT);
  expect(board.cpu.readMem32(CODE + 0x800)).toBe(1500);
});
