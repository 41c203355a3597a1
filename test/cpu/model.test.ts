import { describe, expect, test } from 'vitest';
import { STOP } from '../../src/cpu/cpu.ts';
import { UD } from '../../src/cpu/fault.ts';
import { EAX, EBX, ECX, EDX } from '../../src/cpu/layout.ts';
import { CPU_MODELS, type CpuModelName, cpuModel, familyOf, modelNumberOf, platformOf } from '../../src/cpu/model.ts';
import { Board } from './board.ts';

const CODE = 0x10000;
const DATA = 0x20000;
const EXTENDED = 0x80000000 | 0;

function boardOf(model: CpuModelName, bytes: readonly number[]): Board {
  const board = new Board(1, model);
  board.map(CODE);
  board.map(DATA);
  board.poke(CODE, bytes);
  board.cpu.eip = CODE;
  return board;
}

/** What CPUID answers on the processor itself, as uint32. */
function cpuid(model: CpuModelName, leaf: number): number[] {
  const { cpu } = boardOf(model, [0x0f, 0xa2]);
  cpu.regs[EAX] = leaf;
  cpu.run(1);
  return [EAX, EBX, ECX, EDX].map((r) => cpu.regs[r]! >>> 0);
}

const text = (words: readonly number[]): string =>
  String.fromCharCode(...words.flatMap((w) => [w & 0xff, (w >>> 8) & 0xff, (w >>> 16) & 0xff, w >>> 24]));

describe.each(CPU_MODELS)('%s', (name) => {
  const model = cpuModel(name);

  test('gives its vendor, its features and its name', () => {
    const [, ebx, ecx, edx] = cpuid(name, 0);
    expect(text([ebx!, edx!, ecx!])).toBe('GenuineIntel');
    expect(cpuid(name, 1)[0]).toBe(model.signature);
    expect(cpuid(name, 1)[3]).toBe(model.hwcap >>> 0);
    expect(cpuid(name, EXTENDED)[0]).toBe(0x80000004);
    const brand = [2, 3, 4].map((n) => text(cpuid(name, EXTENDED + n))).join('');
    expect(brand.replace(/\0+$/, '')).toBe(model.brand);
  });

  test('answers a leaf past the last basic one as that one', () => {
    const last = cpuid(name, 0)[0]!;
    expect(cpuid(name, last + 1)).toEqual(cpuid(name, last));
    expect(cpuid(name, 0x40000000)).toEqual(cpuid(name, last));
  });

  test('executes what it advertises', () => {
    for (const feature of model.features) expect(model.executes).toContain(feature);
  });

  // Instruction, bytes, and the feature without which it is undefined; null decodes everywhere.
  test.each([
    ['RDTSC', [0x0f, 0x31], 'tsc'],
    ['CMPXCHG8B', [0x0f, 0xc7, 0x0d, 0, 0, 2, 0], 'cx8'],
    ['CMOVE', [0x0f, 0x44, 0xc1], 'cmov'],
    ['FCMOVE', [0xda, 0xc9], 'cmov'],
    ['FCOMI', [0xdb, 0xf1], 'cmov'],
    ['FLD1', [0xd9, 0xe8], 'fpu'],
    ['FXSAVE', [0x0f, 0xae, 0x05, 0, 0, 2, 0], 'fxsr'],
    ['PADDB mm', [0x0f, 0xfc, 0xc1], 'mmx'],
    ['EMMS', [0x0f, 0x77], 'mmx'],
    ['ADDPS', [0x0f, 0x58, 0xc1], 'sse'],
    ['STMXCSR', [0x0f, 0xae, 0x1d, 0, 0, 2, 0], 'sse'],
    ['SFENCE', [0x0f, 0xae, 0xf8], 'sse'],
    ['ADDPD', [0x66, 0x0f, 0x58, 0xc1], 'sse2'],
    ['PADDB xmm', [0x66, 0x0f, 0xfc, 0xc1], 'sse2'],
    ['LFENCE', [0x0f, 0xae, 0xe8], 'sse2'],
    ['CLFLUSH', [0x0f, 0xae, 0x3d, 0, 0, 2, 0], 'clflush'],
    ['HADDPS', [0xf2, 0x0f, 0x7c, 0xc1], 'pni'],
    ['FISTTP', [0xdb, 0x0d, 0, 0, 2, 0], 'pni'],
    ['PSHUFB', [0x66, 0x0f, 0x38, 0x00, 0xc1], 'ssse3'],
    ['ENDBR32', [0xf3, 0x0f, 0x1e, 0xfb], null],
    ['a NOP of seven bytes', [0x0f, 0x1f, 0x80, 0, 0, 0, 0], null],
    ['PREFETCHNTA', [0x0f, 0x18, 0x00], null],
    ['PAUSE', [0xf3, 0x90], null],
  ])('%s is there, or undefined', (_name, bytes, feature) => {
    const { cpu } = boardOf(name, bytes);
    const known = feature === null || model.executes.some((f) => f === feature);
    expect(cpu.run(1)).toBe(known ? STOP.LIMIT : STOP.EXCEPTION);
    if (!known) expect([cpu.vector, cpu.eip]).toEqual([UD, CODE]);
  });
});

test('models are the parts they are named after', () => {
  const facts = CPU_MODELS.map((name) => {
    const model = cpuModel(name);
    return [name, familyOf(model), modelNumberOf(model), model.signature & 15, platformOf(model)];
  });
  expect(facts).toEqual([
    ['i486-cmov', 4, 8, 0, 'i486'],
    ['i686', 6, 1, 9, 'i686'],
    ['pentium3', 6, 8, 6, 'i686'],
    ['pentium4', 15, 2, 7, 'i686'],
    ['core2', 6, 15, 6, 'i686'],
  ]);
  expect(() => cpuModel('z80')).toThrow(RangeError);
});

test('feature bits are where the manual has them', () => {
  expect(cpuid('i486-cmov', 1).slice(1)).toEqual([0, 0, 0x8101]);
  expect(cpuid('i686', 1).slice(1)).toEqual([0, 0, 0x8111]);
  expect(cpuid('pentium3', 1).slice(1)).toEqual([2, 0, 0x03808111]);
  expect(cpuid('pentium4', 1).slice(1)).toEqual([0x809, 0, 0x07888111]);
  expect(cpuid('core2', 1).slice(1)).toEqual([0x800, 0x201, 0x07888111]);
});
