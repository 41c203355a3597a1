/** A few short modules of CPython's own tests end as on a real kernel; `npm run cpython` runs them all. */
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { isMissing, type Missing, need } from '../native/need.ts';
import { cpythonGuest, runHere, untilItWaits, type Waiting } from './modules.ts';
import { differences, readRecord } from './verdicts.ts';

const BUDGET = 2e9;

describe('CPython’s own tests', () => {
  let start: Waiting | Missing;
  beforeAll(() => {
    const guest = cpythonGuest();
    start = isMissing(guest) ? guest : untilItWaits(guest);
  }, 300_000);

  it.for(['test_poll', 'test_epoll', 'test_mmap'])('%s', (name, context: TestContext) => {
    const { verdicts, stop } = runHere(need(context, start), [name], BUDGET);
    const expected = readRecord(name)!;
    expect(stop).toBe('');
    expect(expected.size).toBeGreaterThan(5);
    expect(differences(expected, verdicts)).toEqual([]);
  });
});
