/** Every case on a real kernel and on ours: the same lines. And in every mode: an image between calls changes nothing. */
import { describe, expect, it } from 'vitest';
import { nativeSupport, type RunResult, runNative } from '../native/native.ts';
import { need } from '../native/need.ts';
import { baseline, boundaries, chained, evenly, spreadCounts } from '../scenarios/modes.ts';
import { Session } from '../scenarios/session.ts';
import { casesOf, TOPICS, topicGuest, topicRoot, verdicts } from './cases.ts';

const MINUTES = 240_000;

/** The tests of the topics from `first` on, up to `end` and without it, by name: each file has a part, so that they run side by side. */
export function testTopics(first: string, end: string): void {
  for (const topic of TOPICS.filter((name) => name >= first && name < end)) testTopic(topic);
}

function testTopic(topic: string): void {
  describe(`${topic}.c`, () => {
    let native: Map<string, string[]> | undefined;
    let ours: Map<string, string[]> | undefined;

    it('runs to its end on both kernels', { timeout: 2 * MINUTES }, (context) => {
      const guest = need(context, topicGuest(topic));
      need(context, nativeSupport());
      const options = { asInit: true, timeoutMs: MINUTES };
      const real: RunResult = runNative(need(context, topicRoot(topic)), guest.argv, options);
      const { stdout, stderr, code } = Session.boot(guest).finish();
      native = verdicts(real.stdout);
      ours = verdicts(stdout);
      expect({ stderr, code }).toEqual({ stderr: real.stderr, code: 0 });
      expect(real.code).toBe(0);
      expect([...native.keys()]).toEqual(casesOf(topic));
    });

    it.for(casesOf(topic))('%s', (name, context) => {
      need(context, topicGuest(topic));
      need(context, nativeSupport());
      expect(ours?.get(name)).toEqual(native?.get(name));
      expect(native?.get(name)?.length).toBeGreaterThan(2);
    });

    it('restored again and again, between calls and anywhere', { timeout: MINUTES }, (context) => {
      const guest = need(context, topicGuest(topic));
      const base = baseline(guest);
      const between = evenly(boundaries(base), 30);
      const anywhere = spreadCounts(base.outcome.icount - 1, 10, 86);
      chained(
        guest,
        base,
        [...new Set([...between, ...anywhere])].sort((a, b) => a - b),
      );
    });
  });
}
