/** A scenario: a guest program and what it must print. The runner, not the author, puts it through the modes. */
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { type Baseline, baseline, boundaries, chained, evenly, spread, spreadCounts } from './modes.ts';
import type { Guest } from './session.ts';

export interface Expectation {
  /** A byte string; left out when a test of its own judges the output. */
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
}

export interface ScenarioOptions {
  /** Images in the chained mode: as many system calls, evenly spread, are followed by a dump and restore. Default 24. */
  readonly chain?: number;
  /** Independent restores at counts spread over the run. Default 5. */
  readonly restores?: number;
}

/** Every system call that a scenario of this process has made. */
export const exercised = new Set<string>();

/**
 * Declares the tests of a scenario. `guest` may be a function that skips the test when this host lacks what it needs.
 */
export function scenario(
  name: string,
  guest: Guest | ((context: TestContext) => Guest),
  expected: Expectation,
  { chain = 24, restores = 5 }: ScenarioOptions = {},
): void {
  let known: Baseline | null = null;
  const find = (context: TestContext): { guest: Guest; base: Baseline } => {
    const found = typeof guest === 'function' ? guest(context) : guest;
    known ??= baseline(found);
    return { guest: found, base: known };
  };
  describe(name, () => {
    it('plain', (context) => {
      const { outcome, names } = find(context).base;
      for (const call of names) exercised.add(call);
      expect(outcome).toMatchObject({ code: 0, stderr: '', ...expected });
    });
    it('dumped and restored half-way', (context) => {
      const { guest: found, base } = find(context);
      chained(found, base, [Math.floor(base.outcome.icount / 2)]);
    });
    it('with an image after system calls, one after another', (context) => {
      const { guest: found, base } = find(context);
      chained(found, base, evenly(boundaries(base), chain));
    });
    it('restored at counts spread over the run', (context) => {
      const { guest: found, base } = find(context);
      spread(found, base, spreadCounts(base.outcome.icount, restores, 86));
    });
    afterAll(() => {
      known = null;
    });
  });
}
