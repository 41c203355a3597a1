/** The quick sums and products equal those of arithmetic.ts, which the vectors judge, on operands that carry and cancel. */
import { expect, it } from 'vitest';
import { add, multiply } from '../../../src/cpu/x87/arithmetic.ts';
import { EXCEPTIONS, M, PC_EXTENDED, R, SIGN } from '../../../src/cpu/x87/format.ts';
import { Fpu } from '../../../src/cpu/x87/fpu.ts';
import { NOT_QUICK, quickAdd, quickMultiply } from '../../../src/cpu/x87/quick.ts';
import { generator } from '../../scenarios/modes.ts';

const COUNT = Number(process.env.CR86_QUICK_COUNT ?? 300_000);
const PATTERNS = [0, -1, 1, -0x80000000, 0x7fffffff, 0x800, 0x7ff, -0x800];

it(`${COUNT} sums, differences and products`, () => {
  const f = new Fpu();
  f.control = EXCEPTIONS | PC_EXTENDED;
  const random = generator(86);
  const word = (): number => (random() < 0.4 ? PATTERNS[(random() * PATTERNS.length) | 0]! : (random() * 2 ** 32) | 0);
  const quick = { sums: 0, products: 0 };
  const check = (what: string, flags: number, expected: number): boolean => {
    if (flags === NOT_QUICK) return false;
    const found = [f.se[0], f.hi[0]! >>> 0, f.lo[0]! >>> 0, flags];
    const right = [f.se[R], f.hi[R]! >>> 0, f.lo[R]! >>> 0, expected];
    if (found.join() !== right.join()) {
      const operands = [1, M].map((n) => [f.se[n], f.hi[n]! >>> 0, f.lo[n]! >>> 0]);
      expect({ what, operands, found }).toEqual({ what, operands, found: right });
    }
    return true;
  };
  for (let i = 0; i < COUNT; i++) {
    const exponent = 0x3fff + ((random() * 200) | 0) - 100;
    f.set(1, exponent | (random() < 0.5 ? SIGN : 0), word() | 0x80000000, word());
    const near = random() < 0.1;
    const other = exponent + ((random() * (random() < 0.5 ? 4 : 140)) | 0) * (random() < 0.5 ? -1 : 1);
    f.set(
      M,
      other | (random() < 0.5 ? SIGN : 0),
      near ? f.hi[1]! : word() | 0x80000000,
      near ? word() : f.lo[1]! ^ word(),
    );
    const negate = random() < 0.5 ? SIGN : 0;
    if (check('sum', quickAdd(f, 0, 1, M, negate), add(f, 1, M, negate))) quick.sums++;
    if (check('product', quickMultiply(f, 0, 1, M), multiply(f, 1, M))) quick.products++;
  }
  expect(quick.sums).toBeGreaterThan(COUNT / 2);
  expect(quick.products).toBe(COUNT);
});
