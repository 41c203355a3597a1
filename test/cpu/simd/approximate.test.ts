/** RCPPS and RSQRTPS promise a relative error of at most 1.5 * 2^-12, and no exceptions. */
import { expect, test } from 'vitest';
import { OPERAND_AT, RESULT_AT } from '../../../src/cpu/layout.ts';
import { Ram } from '../../../src/cpu/ram.ts';
import { approximate } from '../../../src/cpu/simd/approximate.ts';
import { Random } from '../oracle/random.ts';

const BOUND = 1.5 * 2 ** -12;
const CASES = 20000;
const ram = new Ram(1);

function of(root: boolean, bits: number): number {
  ram.i32[OPERAND_AT >>> 2] = bits;
  approximate(ram, root, RESULT_AT, OPERAND_AT);
  return ram.i32[RESULT_AT >>> 2]!;
}

test('results are within the bound', () => {
  const random = new Random(1);
  for (let i = 0; i < CASES; i++) {
    // Exponents whose reciprocals are normal numbers.
    const bits = ((2 + random.below(250)) << 23) | (random.int32() >>> 9);
    of(false, bits);
    const x = ram.f32[OPERAND_AT >>> 2]!;
    expect(Math.abs(ram.f32[RESULT_AT >>> 2]! * x - 1)).toBeLessThanOrEqual(BOUND);
    of(true, bits);
    expect(Math.abs(ram.f32[RESULT_AT >>> 2]! * Math.sqrt(x) - 1)).toBeLessThanOrEqual(BOUND);
  }
});

test('special operands, as SDM vol. 2B, RCPPS and RSQRTPS', () => {
  const cases: [root: boolean, operand: number, result: number][] = [
    [false, 0, 0x7f800000],
    [false, 0x80000000, 0xff800000],
    [false, 1, 0x7f800000],
    [false, 0x7f800000, 0],
    [false, 0xff800000, 0x80000000],
    [false, 0x7f7fffff, 0],
    [false, 0x7f800001, 0x7fc00001],
    [true, 0x80000000, 0xff800000],
    [true, 0x80000001, 0xff800000],
    [true, 0xbf800000, 0xffc00000],
    [true, 0xff800000, 0xffc00000],
    [true, 0x7f800000, 0],
    [true, 0xffc12345, 0xffc12345],
  ];
  for (const [root, operand, result] of cases) expect(of(root, operand) >>> 0).toBe(result);
});
