import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { STOP } from '../../src/cpu/cpu.ts';
import { AC, BR, DB, GP, NP, PF, STACK_FAULT, UD } from '../../src/cpu/fault.ts';
import { RF } from '../../src/cpu/flags.ts';
import { CS, DS, EAX, EBX, ECX, EDI, EDX, ES, ESI, ESP, GS, SS } from '../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../src/cpu/ram.ts';
import { Board, FLAT_DATA, USER_CS } from './board.ts';

const CODE = 0x10000;
const DATA = 0x20000;
const KERNEL = fileURLToPath(new URL('../../bench/cpu/kernels/kc.elf', import.meta.url));

/** A board with two pages of code at CODE, two of data at DATA, a stack at the end of the data. */
function boardWith(...bytes: number[]): Board {
  const board = new Board(1);
  board.map(CODE);
  board.map(CODE + PAGE_SIZE);
  board.map(DATA);
  board.map(DATA + PAGE_SIZE);
  board.poke(CODE, bytes);
  board.cpu.eip = CODE;
  board.cpu.regs[ESP] = DATA + 2 * PAGE_SIZE;
  return board;
}

function stateHash(board: Board): string {
  const { cpu, ram } = board;
  return createHash('sha256')
    .update(new Uint8Array(cpu.regs.buffer, 0, 32))
    .update(`${cpu.eip} ${cpu.getEflags()} ${cpu.icount}`)
    .update(ram.u8.subarray(RAM_BASE, RAM_BASE + ram.size))
    .digest('hex');
}

const little = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];

describe('a run may be cut anywhere', () => {
  const CHECK_EVERY = 20_000;
  const CHECKS = 4;

  function hashes(cut: number): string[] {
    const board = new Board(4);
    board.loadElf(KERNEL);
    return Array.from({ length: CHECKS }, (_, i) => {
      const until = (i + 1) * CHECK_EVERY;
      while (board.cpu.icount < until) {
        expect(board.cpu.run(Math.min(until, board.cpu.icount + cut))).toBe(STOP.LIMIT);
      }
      expect(board.cpu.icount).toBe(until);
      return stateHash(board);
    });
  }

  const uncut = hashes(CHECK_EVERY);
  test.each([1, 2, 3, 7, 63, 64, 97, 1009])('pieces of %i instructions give the same states', (cut) => {
    expect(hashes(cut)).toEqual(uncut);
  });

  test('code translated at odd places computes the same', () => {
    const board = new Board(4);
    board.loadElf(KERNEL);
    for (const until of [101, 3001, 3002, 3500, 17777]) board.cpu.run(until);
    board.cpu.flushTlb();
    for (let frame = 0; frame < board.ram.frames; frame++) board.cpu.codeChanged(frame);
    board.cpu.run(CHECK_EVERY);
    expect(stateHash(board)).toBe(uncut[0]);
  });
});

describe('faults commit nothing', () => {
  test('a fault in the middle of a block counts what was before it and names its own instruction', () => {
    // inc eax; inc eax; mov [0x50000], eax; inc eax
    const board = boardWith(0x40, 0x40, 0xa3, ...little(0x50000), 0x40);
    for (const budget of [3, 1000]) {
      board.cpu.eip = CODE;
      board.cpu.regs[EAX] = 0;
      const start = board.cpu.icount;
      expect(board.cpu.run(start + budget)).toBe(STOP.EXCEPTION);
      expect([board.cpu.vector, board.cpu.errorCode, board.cpu.cr2]).toEqual([PF, 6, 0x50000]);
      expect([board.cpu.eip, board.cpu.icount - start, board.cpu.regs[EAX]]).toEqual([CODE + 2, 2, 2]);
    }
  });

  test('a store across two pages writes neither when the second cannot be written', () => {
    // add [DATA + 0xffe], eax
    const board = boardWith(0x01, 0x05, ...little(DATA + 0xffe));
    board.map(DATA + PAGE_SIZE, false);
    board.cpu.regs[EAX] = 0x01010101;
    const eflags = board.cpu.getEflags();
    expect(board.cpu.run(1)).toBe(STOP.EXCEPTION);
    expect([board.cpu.vector, board.cpu.errorCode, board.cpu.cr2]).toEqual([PF, 7, DATA + PAGE_SIZE]);
    expect([...board.peek(DATA + 0xffe, 4)]).toEqual([0, 0, 0, 0]);
    // SDM vol. 3B, 17.3.1.1: a fault is told with RF set.
    expect(board.cpu.getEflags()).toBe(eflags | RF);
  });

  test('accessed and dirty bits follow reads and writes', () => {
    // mov eax, [DATA]; mov [DATA], eax
    const board = boardWith(0xa1, ...little(DATA), 0xa3, ...little(DATA));
    const table = board.ram.i32[(RAM_BASE + PAGE_SIZE) >>> 2]! & -PAGE_SIZE;
    const pte = (): number => board.ram.i32[(RAM_BASE + table + (DATA >>> 12) * 4) >>> 2]! & 0x60;
    const seen = [pte()];
    for (const until of [1, 2]) {
      board.cpu.run(until);
      seen.push(pte());
    }
    expect(seen).toEqual([0, 0x20, 0x60]);
  });

  test('REP MOVS stops at a missing page with its progress in the registers, goes on, and counts once', () => {
    // rep movsb; inc eax
    const board = boardWith(0xf3, 0xa4, 0x40);
    const { cpu } = board;
    board.poke(
      DATA,
      Array.from({ length: 100 }, (_, i) => i),
    );
    cpu.regs.set([0, 100], EAX);
    cpu.regs[ESI] = DATA;
    cpu.regs[EDI] = DATA + 2 * PAGE_SIZE - 40;
    expect(cpu.run(500)).toBe(STOP.EXCEPTION);
    expect([cpu.eip, cpu.icount, cpu.regs[ECX], cpu.regs[ESI], cpu.cr2]).toEqual([
      CODE,
      0,
      60,
      DATA + 40,
      DATA + 2 * PAGE_SIZE,
    ]);
    board.map(DATA + 2 * PAGE_SIZE);
    expect(cpu.run(2)).toBe(STOP.LIMIT);
    expect([cpu.eip, cpu.icount, cpu.regs[ECX], cpu.regs[EAX]]).toEqual([CODE + 3, 2, 0, 1]);
    expect([...board.peek(DATA + 2 * PAGE_SIZE, 60)]).toEqual(Array.from({ length: 60 }, (_, i) => i + 40));
  });

  test('overlapping REP MOVS repeats what it has copied', () => {
    const board = boardWith(0xf3, 0xa4);
    board.poke(DATA, [1, 2, 3]);
    board.cpu.regs[ECX] = 30;
    board.cpu.regs[ESI] = DATA;
    board.cpu.regs[EDI] = DATA + 3;
    board.cpu.run(1);
    expect([...board.peek(DATA, 9)]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });
});

describe('code that changes', () => {
  // mov byte [CODE + 8], 0x55; mov al, 0; inc ecx: the second instruction's immediate is changed just before it runs.
  const SELF = [0xc6, 0x05, ...little(CODE + 8), 0x55, 0xb0, 0x00, 0x41];

  test.each([1, 100])('a store into the running block is seen by the next instruction (pieces of %i)', (piece) => {
    const board = boardWith(...SELF);
    while (board.cpu.icount < 3) board.cpu.run(Math.min(3, board.cpu.icount + piece));
    expect([board.cpu.regs[EAX]! & 0xff, board.cpu.regs[ECX], board.cpu.eip]).toEqual([0x55, 1, CODE + 10]);
  });

  test('the same within a block long enough to be cached', () => {
    const board = boardWith(...SELF, ...new Array<number>(100).fill(0x41));
    board.cpu.run(100);
    expect([board.cpu.regs[EAX]! & 0xff, board.cpu.regs[ECX], board.cpu.icount]).toEqual([0x55, 98, 100]);
  });

  test('a loop that rewrites a later page of code runs the new code', () => {
    // again: call CODE + 0x1000; inc byte [CODE + 0x1001]; jmp again       there: mov al, 0; add ebx, eax; ret
    const board = boardWith(0xe8, ...little(0x1000 - 5), 0xfe, 0x05, ...little(CODE + 0x1001), 0xeb, 0xf3);
    board.poke(CODE + PAGE_SIZE, [0xb0, 0, 0x01, 0xc3, 0xc3]);
    board.cpu.run(6 * 100);
    expect(board.cpu.regs[EBX]).toBe((99 * 100) / 2);
  });

  test('data beside code in one page does not disturb it', () => {
    const board = boardWith(0xff, 0x05, ...little(CODE + 0x800), 0xeb, 0xf8);
    board.cpu.run(1000);
    const { top } = board.cpu.blocks;
    board.cpu.run(3000);
    expect(board.cpu.blocks.top).toBe(top);
    expect(board.cpu.readMem32(CODE + 0x800)).toBe(1500);
  });

  test('an instruction across two pages faults on the second, and follows changes of either', () => {
    const board = boardWith();
    const at = CODE + PAGE_SIZE - 2;
    const { cpu } = board;
    // mov eax, imm32 with two bytes on each side; jmp back
    board.poke(at - 5, [0xe9, ...little(0), 0xb8, 1, 2, 3, 4, 0xeb, 0xf4]);
    board.poke(at, [0xb8, 1, 2, 3, 4, 0xeb, 0xf9]);
    cpu.eip = at;
    board.unmap(CODE + PAGE_SIZE);
    expect(cpu.run(500)).toBe(STOP.EXCEPTION);
    expect([cpu.vector, cpu.cr2, cpu.eip, cpu.icount]).toEqual([PF, CODE + PAGE_SIZE, at, 0]);
    const frame = board.map(CODE + PAGE_SIZE);
    board.poke(CODE + PAGE_SIZE, [2, 3, 4, 0xeb, 0xf9]);
    cpu.run(1000);
    expect(cpu.regs[EAX]).toBe(0x04030201);
    board.poke(CODE + PAGE_SIZE, [9]);
    cpu.run(2000);
    expect(cpu.regs[EAX]).toBe(0x04030901);
    const other = board.map(CODE + PAGE_SIZE);
    expect(other).not.toBe(frame);
    board.poke(CODE + PAGE_SIZE, [7, 7, 7, 0xeb, 0xf9]);
    cpu.run(3000);
    expect(cpu.regs[EAX]).toBe(0x07070701);
  });

  test('the caches are bounded: more code than fits is dropped, not kept', () => {
    const board = boardWith();
    const { cpu } = board;
    // 2000 pages would be needed; one page is rewritten instead, each time with another immediate.
    for (let i = 0; i < 30_000; i++) {
      board.poke(CODE, [0xb8, ...little(i), 0xeb, 0xf9]);
      cpu.eip = CODE;
      cpu.run(cpu.icount + 70);
      if (cpu.regs[EAX] !== i) throw new Error(`round ${i}: stale code`);
    }
    expect(cpu.blocks.top).toBeLessThan(cpu.code.length);
  });
});

describe('traps and system calls', () => {
  test('INT 80h stops after it, counted', () => {
    const { cpu } = boardWith(0x40, 0xcd, 0x80);
    expect([cpu.run(1000), cpu.eip, cpu.icount]).toEqual([STOP.SYSCALL, CODE + 3, 2]);
  });

  test.each([
    ['INT3', [0xcc], 3, 0, 1],
    ['INT 3', [0xcd, 3], 3, 0, 1],
    ['INT 20h', [0xcd, 0x20], GP, 0x20 * 8 + 2, 0],
    ['HLT', [0xf4], GP, 0, 0],
    ['CLI', [0xfa], GP, 0, 0],
    ['IN', [0xec], GP, 0, 0],
    ['LGDT', [0x0f, 0x01, 0x15, ...little(DATA)], GP, 0, 0],
    ['UD2', [0x0f, 0x0b], UD, 0, 0],
    ['MOV CR1', [0x0f, 0x20, 0xc8], UD, 0, 0],
    ['LOCK on a register', [0xf0, 0x01, 0xc0], UD, 0, 0],
    ['16 bytes', [...new Array<number>(15).fill(0x66), 0x90], GP, 0, 0],
    ['SYSENTER', [0x0f, 0x34], UD, 0, 0],
  ])('%s raises its vector', (_name, bytes, vector, code, counted) => {
    for (const budget of [1, 1000]) {
      const { cpu } = boardWith(...bytes);
      expect(cpu.run(budget)).toBe(STOP.EXCEPTION);
      expect([cpu.vector, cpu.errorCode, cpu.icount]).toEqual([vector, code, counted]);
      expect(cpu.eip).toBe(counted === 1 ? CODE + bytes.length : CODE);
    }
  });

  test('INTO traps on overflow only; BOUND faults outside its bounds', () => {
    const { cpu } = boardWith(0xce, 0x40, 0xce);
    cpu.regs[EAX] = 0x7fffffff;
    expect([cpu.run(1000), cpu.vector, cpu.eip, cpu.icount]).toEqual([STOP.EXCEPTION, 4, CODE + 3, 3]);
    const board = boardWith(0x62, 0x05, ...little(DATA));
    board.poke(DATA, [...little(-5), ...little(5)]);
    board.cpu.regs[EAX] = 6;
    expect([board.cpu.run(1), board.cpu.vector]).toEqual([STOP.EXCEPTION, BR]);
    board.cpu.regs[EAX] = -5;
    expect(board.cpu.run(1)).toBe(STOP.LIMIT);
  });

  test('TF raises #DB after each instruction; POPF that sets it, after the next', () => {
    const { cpu } = boardWith(0x40, 0x40);
    cpu.setEflags(0x302);
    expect([cpu.run(100), cpu.vector, cpu.eip, cpu.icount]).toEqual([STOP.EXCEPTION, DB, CODE + 1, 1]);
    // push 0x302; popf; inc eax; inc eax
    const other = boardWith(0x68, ...little(0x302), 0x9d, 0x40, 0x40).cpu;
    expect([other.run(100), other.vector, other.eip, other.icount]).toEqual([STOP.EXCEPTION, DB, CODE + 7, 3]);
  });

  test('POPF changes what CPL 3 may, and no more', () => {
    const { cpu } = boardWith(0x9d, 0x9c, 0x58);
    cpu.regs[ESP] = DATA;
    cpu.writeMem32(DATA, ~0x100);
    cpu.regs[ESP] = DATA;
    cpu.run(3);
    expect(cpu.regs[EAX]! >>> 0).toBe(0x244ed7 | 0);
  });

  test('AC faults unaligned accesses, and only those', () => {
    const { cpu } = boardWith(0xa1, ...little(DATA + 4), 0xa1, ...little(DATA + 2));
    cpu.setEflags(0x40202);
    expect([cpu.run(1000), cpu.vector, cpu.eip]).toEqual([STOP.EXCEPTION, AC, CODE + 5]);
  });

  test('RDTSC follows the instruction count', () => {
    const { cpu } = boardWith(0x90, 0x90, 0x0f, 0x31, 0x0f, 0x31);
    cpu.tscPerInstruction = 3;
    cpu.tscOffset = 2 ** 32 + 5;
    cpu.run(3);
    expect([cpu.regs[EDX], cpu.regs[EAX]]).toEqual([1, 11]);
    cpu.run(100);
    expect(cpu.regs[EAX]).toBe(14);
  });
});

describe('segments', () => {
  /** lo, hi of a descriptor: base, limit in bytes (or pages with G), access byte and flags. */
  const descriptor = (base: number, limit: number, access: number, flags: number): [number, number] => [
    (limit & 0xffff) | (base << 16),
    (base & 0xff000000) | ((flags & 15) << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff),
  ];
  const FREE = 8;

  test('an access through a null selector is #GP(0)', () => {
    const { cpu } = boardWith(0x65, 0xa1, ...little(0));
    expect([cpu.run(1000), cpu.vector, cpu.errorCode]).toEqual([STOP.EXCEPTION, GP, 0]);
  });

  test('a GS base is added, limits are checked, and both follow descriptorsChanged', () => {
    const board = boardWith(0x65, 0x8b, 0x04, 0x8b, 0x65, 0xa1, ...little(0x10));
    const { cpu } = board;
    cpu.gdt.set(descriptor(DATA, 0xfffff, 0xf2, 0xc), FREE * 2);
    expect(cpu.loadSegment(GS, FREE * 8 + 3)).toBe(true);
    board.poke(DATA + 12, little(77));
    cpu.regs[EBX] = 4;
    cpu.regs[ECX] = 2;
    cpu.run(1);
    expect(cpu.regs[EAX]).toBe(77);
    cpu.gdt.set(descriptor(DATA, 0x12, 0xf2, 0x4), FREE * 2);
    cpu.descriptorsChanged();
    expect([cpu.run(1000), cpu.vector, cpu.eip]).toEqual([STOP.EXCEPTION, GP, CODE + 4]);
    cpu.gdt.set(descriptor(DATA, 0x13, 0xf2, 0x4), FREE * 2);
    cpu.descriptorsChanged();
    expect(cpu.run(2)).toBe(STOP.LIMIT);
  });

  test.each([
    ['a null stack selector', [0x8e, 0xd0], 0, GP, 0],
    ['a selector beyond the table', [0x8e, 0xd8], 0xfff3, GP, 0xfff0],
    ['one of an absent LDT', [0x8e, 0xd8], 0x0f, GP, 0x0c],
    ['a kernel segment', [0x8e, 0xd8], FREE * 8, GP, FREE * 8],
    ['a segment not present', [0x8e, 0xd8], (FREE + 1) * 8 + 3, NP, (FREE + 1) * 8],
    ['a stack not present', [0x8e, 0xd0], (FREE + 1) * 8 + 3, STACK_FAULT, (FREE + 1) * 8],
    ['CS', [0x8e, 0xc8], 0x73, UD, 0],
  ])('MOV to a segment register refuses %s', (_name, bytes, selector, vector, code) => {
    const { cpu } = boardWith(...bytes);
    cpu.gdt.set(descriptor(0, 0xfffff, 0x92, 0xc), FREE * 2);
    cpu.gdt.set(descriptor(0, 0xfffff, 0x72, 0xc), (FREE + 1) * 2);
    cpu.regs[EAX] = selector;
    const before = [DS, SS].map((i) => cpu.getSegment(i));
    expect([cpu.run(1000), cpu.vector, cpu.errorCode]).toEqual([STOP.EXCEPTION, vector, code]);
    expect([DS, SS].map((i) => cpu.getSegment(i))).toEqual(before);
  });

  test('segments of an LDT with base and limit work, and expand-down ones the other way round', () => {
    const board = boardWith(0x8e, 0xc0, 0x26, 0xa1, ...little(8), 0x26, 0xa1, ...little(0x1000));
    const { cpu } = board;
    cpu.ldt = Int32Array.from([...descriptor(DATA, 0xfff, 0xf2, 0x4), ...descriptor(DATA - 0x1000, 0xfff, 0xf6, 0x4)]);
    board.poke(DATA + 8, little(5));
    cpu.regs[EAX] = 7;
    expect([cpu.run(2), cpu.regs[EAX], cpu.getSegment(ES)]).toEqual([STOP.LIMIT, 5, 7]);
    expect([cpu.run(3), cpu.vector]).toEqual([STOP.EXCEPTION, GP]);
    cpu.eip = CODE;
    cpu.regs[EAX] = 15;
    expect([cpu.run(100), cpu.vector, cpu.eip]).toEqual([STOP.EXCEPTION, GP, CODE + 2]);
    cpu.eip = CODE + 8;
    board.poke(DATA, little(9));
    expect([cpu.run(cpu.icount + 1), cpu.regs[EAX]]).toEqual([STOP.LIMIT, 9]);
  });

  test('far calls enter 16-bit code and return from it', () => {
    // lcall FREE:0; inc ebx     in the segment: mov ax, 0x1234; jmp short +1; nop; retfd
    const board = boardWith(0x9a, ...little(0), (FREE * 8 + 3) & 0xff, 0, 0x43);
    const { cpu } = board;
    cpu.gdt.set(descriptor(CODE + 0x100, 0xff, 0xfa, 0x0), FREE * 2);
    board.poke(CODE + 0x100, [0xb8, 0x34, 0x12, 0xeb, 0x01, 0x90, 0x66, 0xcb]);
    for (const piece of [1, 1000]) {
      cpu.eip = CODE;
      cpu.regs.set([0, 0, 0, 0, DATA + PAGE_SIZE]);
      const end = cpu.icount + 5;
      while (cpu.icount < end) expect(cpu.run(Math.min(end, cpu.icount + piece))).toBe(STOP.LIMIT);
      expect([cpu.regs[EAX], cpu.regs[EBX], cpu.eip, cpu.regs[ESP], cpu.getSegment(CS)]).toEqual([
        0x1234,
        1,
        CODE + 8,
        DATA + PAGE_SIZE,
        USER_CS,
      ]);
    }
    cpu.eip = CODE;
    board.poke(CODE + 1, little(0x200));
    expect([cpu.run(1e6), cpu.vector, cpu.errorCode, cpu.eip]).toEqual([STOP.EXCEPTION, GP, 0, CODE]);
  });

  test('IRET returns to the same privilege with flags', () => {
    const { cpu } = boardWith(0xcf, 0x40);
    cpu.regs[ESP] = DATA;
    for (const [i, word] of [CODE + 1, USER_CS, 0x8d7].entries()) cpu.writeMem32(DATA + i * 4, word);
    cpu.run(1);
    expect([cpu.eip, cpu.regs[ESP], cpu.getEflags()]).toEqual([CODE + 1, DATA + 12, 0xad7]);
    cpu.writeMem32(DATA + 16, 0x70);
    cpu.regs[ESP] = DATA + 12;
    cpu.eip = CODE;
    expect([cpu.run(2), cpu.vector, cpu.errorCode]).toEqual([STOP.EXCEPTION, GP, 0x70]);
  });

  test('LAR, LSL, VERR and VERW see what CPL 3 may see', () => {
    const { cpu } = boardWith(0x0f, 0x02, 0xc1, 0x0f, 0x03, 0xd1, 0x0f, 0x00, 0xe1, 0x0f, 0x00, 0xe9);
    const zf = (): boolean => (cpu.getEflags() & 0x40) !== 0;
    cpu.regs[ECX] = USER_CS;
    const seen = [1, 2, 3, 4].map((until) => {
      cpu.run(until);
      return zf();
    });
    expect(seen).toEqual([true, true, true, false]);
    expect([cpu.regs[EAX]! >>> 0, cpu.regs[EDX]! >>> 0]).toEqual([0x00c0fb00, 0xffffffff]);
    cpu.gdt.set([FLAT_DATA[0], 0x00cf9300], FREE * 2);
    cpu.regs[ECX] = FREE * 8;
    cpu.eip = CODE;
    cpu.run(5);
    expect([zf(), cpu.regs[EAX]! >>> 0]).toEqual([false, 0x00c0fb00]);
  });
});
