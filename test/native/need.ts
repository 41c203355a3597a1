/** What a test may lack on a host, and how it then skips: by name, with the reason, never as passed. */
import type { TestContext } from 'vitest';

/** Why something that a test needs is not there, as one sentence for whoever reads the report. */
export interface Missing {
  readonly missing: string;
}

export function isMissing(found: unknown): found is Missing {
  return typeof found === 'object' && found !== null && 'missing' in found;
}

/**
 * Gives back what was found, or skips the running test with what it lacks. Where everything must be there (the
 * variable CR86_NEED=all, set by .ci/test), it fails the test instead.
 *
 * test('...', (context) => { const busybox = need(context, fetchDebian('busybox-static')); ... });
 */
export function need<T>(context: TestContext, found: T | Missing): T {
  if (!isMissing(found)) return found;
  if (process.env.CR86_NEED === 'all') throw new Error(`CR86_NEED=all, but this host lacks: ${found.missing}`);
  return context.skip(`needs ${found.missing}`);
}

/** For commands: what was found, or an error that says what this host lacks. */
export function demand<T>(found: T | Missing): T {
  if (isMissing(found)) throw new Error(`this host lacks ${found.missing}`);
  return found as T;
}
