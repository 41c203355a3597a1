/** A slice of the fuzzer; `npm run fuzz` is the long version. */
import { expect, it } from 'vitest';
import { hasCompiler } from '../native/compiler.ts';
import { need } from '../native/need.ts';
import { makeBatch, select } from './batch.ts';
import { minimise } from './minimise.ts';
import { runBatch } from './run.ts';

const SLICE_MS = 20_000;
const SEED = 86;

it('calls made up from a seed find nothing wrong', (context) => {
  need(context, hasCompiler());
  const end = performance.now() + SLICE_MS;
  let made = 0;
  for (let batch = 0; performance.now() < end; batch++) {
    const report = runBatch(makeBatch(SEED, batch));
    expect(report.failure, `npm run fuzz -- --seed ${SEED} --batch ${batch}`).toBeNull();
    made += report.made;
  }
  expect(made).toBeGreaterThan(1000);
});

it('most kinds of call get through now and then', (context) => {
  need(context, hasCompiler());
  const answered = new Set<string>();
  const good = new Set<string>();
  for (let batch = 0; batch < 6; batch++) {
    runBatch({ ...makeBatch(SEED, batch), images: false }, (name, result) => {
      answered.add(name);
      if (result !== null && result >= 0) good.add(name);
    });
  }
  expect(answered.size).toBeGreaterThan(300);
  expect(good.size).toBeGreaterThan(150);
});

it('a batch is the same each time', (context) => {
  need(context, hasCompiler());
  expect(makeBatch(SEED, 3)).toEqual(makeBatch(SEED, 3));
  const results = (): (number | null)[] => {
    const list: (number | null)[] = [];
    runBatch(select(makeBatch(SEED, 3), [1, 2, 3, 5, 8, 13, 21]), (_name, result) => list.push(result));
    return list;
  };
  expect(results()).toEqual(results());
});

it('what a kernel throws is reported and cut down to the calls that matter', () => {
  const fails = (items: readonly number[]): boolean => items.includes(30) && items.includes(71);
  expect(
    minimise(
      Array.from({ length: 100 }, (_, i) => i),
      fails,
    ),
  ).toEqual([30, 71]);
});
