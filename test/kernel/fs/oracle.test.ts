/** Programs that print what hundreds of file calls return, on a real kernel and on ours: line by line the same. */
import { describe, expect, it } from 'vitest';
import { nativeSupport, runNative } from '../../native/native.ts';
import { need } from '../../native/need.ts';
import { baseline, boundaries, chained, evenly, spread, spreadCounts } from '../../scenarios/modes.ts';
import { Session } from '../../scenarios/session.ts';
import { PROGRAMS, programGuest, programsRoot } from './programs.ts';

/** names.c makes a tree of files some thousand times, which takes a test machine a while. */
const MINUTES = 240_000;

describe('file calls as on a real kernel', () => {
  it.for(PROGRAMS)('%s.c', { timeout: 2 * MINUTES }, (name, context) => {
    const guest = need(context, programGuest(name));
    need(context, nativeSupport());
    const native = runNative(need(context, programsRoot()), [`/bin/${name}`], { timeoutMs: MINUTES });
    const { stdout, stderr, code } = Session.boot(guest).finish();
    expect(stdout.split('\n')).toEqual(native.stdout.split('\n'));
    expect({ stderr, code }).toEqual({ stderr: native.stderr, code: 0 });
    expect(native.stdout.split('\n').length).toBeGreaterThan(60);
  });
});

describe('open files through images', () => {
  it('io.c, restored again and again between its calls', (context) => {
    const guest = need(context, programGuest('io'));
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 60));
  });

  it('waits.c, restored again and again between its calls', (context) => {
    const guest = need(context, programGuest('waits'));
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 120));
  });

  it('events.c, restored again and again between its calls', (context) => {
    const guest = need(context, programGuest('events'));
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 200));
  });

  it('events.c, restored at counts spread over the run', (context) => {
    const guest = need(context, programGuest('events'));
    const base = baseline(guest);
    spread(guest, base, spreadCounts(base.outcome.icount, 20, 86));
  });

  it('perms.c, restored again and again between its calls', (context) => {
    const guest = need(context, programGuest('perms'));
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 30));
  });
});
