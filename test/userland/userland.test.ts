/** Debian's programs print what they print on a real kernel, and a run of them goes through images unnoticed. */
import { describe, expect, it, type TestContext } from 'vitest';
import { need } from '../native/need.ts';
import { type Baseline, baseline, chained, spreadCounts } from '../scenarios/modes.ts';
import type { Guest } from '../scenarios/session.ts';
import { expectedOutput, SESSIONS } from './sessions.ts';

describe.for(SESSIONS.filter(({ long }) => !long))('$name', (session) => {
  let known: Baseline | undefined;
  const run = (context: TestContext): { guest: Guest; base: Baseline } => {
    const guest = need(context, session.guest());
    known ??= baseline(guest);
    return { guest, base: known };
  };

  it('prints what it prints on a real kernel', (context) => {
    const { stdout, stderr, code } = run(context).base.outcome;
    expect(stdout).toBe(expectedOutput(session.name));
    expect({ stderr, code }).toEqual({ stderr: '', code: session.code });
  });

  it('goes on from images made on the way', (context) => {
    const { guest, base } = run(context);
    chained(guest, base, spreadCounts(base.outcome.icount - 1, 6, session.name.length));
  });
});
