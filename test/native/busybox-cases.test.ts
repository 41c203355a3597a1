import { describe, expect, test } from 'vitest';
import { type BusyboxCase, busyboxCases } from './busybox-cases.ts';
import { fetchBusybox } from './debian.ts';
import { busyboxRoot } from './fixture.ts';
import { nativeSupport, runNative } from './native.ts';
import { need } from './need.ts';

/** Lines about usage or an absent applet: the case would then test nothing but the message. */
const MISTAKE = /Usage:|applet not found|invalid option|not compiled in|(?<!nonexistent-command): not found/;

describe('the busybox command lines', () => {
  test('have names of their own', () => {
    expect(new Set(busyboxCases.map((row) => row.name)).size).toBe(busyboxCases.length);
    expect(busyboxCases.length).toBeGreaterThanOrEqual(60);
  });

  test.for<BusyboxCase>(busyboxCases)('$name: the same twice on a real kernel', (row, context) => {
    need(context, nativeSupport());
    const root = busyboxRoot(need(context, fetchBusybox()));
    const first = runNative(root, row.argv, { stdin: row.stdin });
    const second = runNative(root, row.argv, { stdin: row.stdin, asInit: true });
    expect(second).toEqual(first);
    expect(first.stdout + first.stderr).not.toBe('');
    expect(first.stderr).not.toMatch(MISTAKE);
  });
});
