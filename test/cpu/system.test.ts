/** The cases of system-cases.ts, and CPUID. */
import { expect, test } from 'vitest';
import { STOP } from '../../src/cpu/cpu.ts';
import { EAX, EBX, ECX, EDX } from '../../src/cpu/layout.ts';
import { rows } from '../../src/cpu/rows/index.ts';
import { Board, FLAT_CODE, FLAT_DATA } from './board.ts';
import { decode } from './oracle/decode.ts';
import { isSystem, nameOf } from './oracle/rows.ts';
import { PLACES, SELECTORS, type SystemCase, systemCases } from './system-cases.ts';

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
/** A fault is told with RF set, a trap without. SDM vol. 3B, 17.3.1.1. */
const RF = 0x10000;
const PRESENT = 0x8000;
const DPL_3 = 0x6000;
const WRITABLE_OR_READABLE = 0x200;

function boardFor({ code, before = {} }: SystemCase): Board {
  const board = new Board(1);
  const { cpu } = board;
  const [low, high] = FLAT_DATA;
  const describe = (selector: number, upper: number): void => cpu.gdt.set([low, upper], (selector >> 3) * 2);
  describe(SELECTORS.otherData, high);
  describe(SELECTORS.kernelData, high & ~DPL_3);
  describe(SELECTORS.absentData, high & ~PRESENT);
  describe(SELECTORS.readOnlyData, high & ~WRITABLE_OR_READABLE);
  describe(SELECTORS.executeOnlyCode, FLAT_CODE[1] & ~WRITABLE_OR_READABLE);
  for (const at of [PLACES.code, PLACES.memory, PLACES.stackPage]) board.map(at);
  board.poke(PLACES.code, Buffer.from(code, 'hex'));
  board.poke(PLACES.memory, bytesOf(before.memory));
  board.poke(PLACES.stack, bytesOf(before.stack));
  cpu.eip = PLACES.code;
  cpu.setEflags(before.regs?.eflags ?? 0x202);
  for (const [i, name] of REGISTERS.entries()) cpu.regs[i] = before.regs?.[name] ?? (name === 'esp' ? PLACES.stack : 0);
  return board;
}

const bytesOf = (words: readonly number[] = []): Uint8Array => new Uint8Array(Int32Array.from(words).buffer);
const wordsAt = (board: Board, at: number, words: readonly number[]): number[] => [
  ...new Int32Array(board.peek(at, words.length * 4).buffer),
];

/** Registers, eip, eflags and selectors by name. */
function stateOf({ cpu }: Board): Record<string, number> {
  const state: Record<string, number> = { eip: cpu.eip, eflags: cpu.getEflags() };
  for (const [i, name] of REGISTERS.entries()) state[name] = cpu.regs[i]!;
  for (const [i, name] of SEGMENTS.entries()) state[name] = cpu.getSegment(i);
  return state;
}

for (const it of systemCases) {
  test(`${it.says} (SDM ${it.ref})`, () => {
    const board = boardFor(it);
    const before = stateOf(board);
    const stop = board.cpu.run(board.cpu.icount + 1);
    const { fault, trap, error, syscall, regs = {}, memory = it.before?.memory ?? [], stack = [] } = it.after;
    expect(stop).toBe(syscall ? STOP.SYSCALL : (fault ?? trap) !== undefined ? STOP.EXCEPTION : STOP.LIMIT);
    if (stop === STOP.EXCEPTION) expect(board.cpu.vector).toBe(fault ?? trap);
    if (error !== undefined) expect(board.cpu.errorCode).toBe(error);
    const eip = fault === undefined ? PLACES.code + it.code.length / 2 : PLACES.code;
    const eflags = (before.eflags ?? 0) | (fault === undefined ? 0 : RF);
    expect(stateOf(board)).toEqual({ ...before, eip, eflags, ...regs });
    expect(wordsAt(board, PLACES.memory, memory)).toEqual(memory);
    expect(wordsAt(board, board.cpu.regs[4]!, stack)).toEqual(stack);
  });
}

test('CPUID tells its vendor, and a leaf beyond the last answers as the last (SDM vol. 2A, CPUID)', () => {
  const ask = (leaf: number): number[] => {
    const board = boardFor({ says: '', code: '0fa2', ref: '', before: { regs: { eax: leaf } }, after: {} });
    board.cpu.run(1);
    return [EAX, EBX, ECX, EDX].map((i) => board.cpu.regs[i]!);
  };
  const [highest = 0, b = 0, c = 0, d = 0] = ask(0);
  const vendor = Buffer.from(Int32Array.of(b, d, c).buffer).toString('latin1');
  expect(vendor).toMatch(/^[ -~]{12}$/);
  expect(ask(highest + 5)).toEqual(ask(highest));
});

test('every row that no host can be asked about has a case', () => {
  const tested = new Set(systemCases.map(({ code }) => decode(Buffer.from(code, 'hex')).form.row));
  const lacking = rows.filter((row) => isSystem(row) && !tested.has(row) && row.op !== 'cpuid');
  expect(lacking.map(nameOf)).toEqual([]);
});
