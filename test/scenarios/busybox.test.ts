/** Debian's busybox, unmodified: each command line gives what it gives on a real kernel; the scripts go through every mode. */
import { describe, expect, it, type TestContext } from 'vitest';
import { HostDirectory } from '../../src/api/node.ts';
import { busyboxCases } from '../native/busybox-cases.ts';
import { fetchBusybox } from '../native/debian.ts';
import { busyboxRoot } from '../native/fixture.ts';
import { nativeSupport, type RunResult, runNative, TEST_ENV } from '../native/native.ts';
import { need } from '../native/need.ts';
import { BUSYBOX_SCRIPTS } from './busybox-scripts.ts';
import { scenario } from './scenario.ts';
import { type Guest, Session } from './session.ts';

let base: HostDirectory | null = null;

/** The fixture's directory, and the base layer made of it once, so that digests are computed once. */
function fixture(context: TestContext): { path: string; root: HostDirectory } {
  const path = busyboxRoot(need(context, fetchBusybox()));
  base ??= new HostDirectory(path);
  return { path, root: base };
}

function runGuest(guest: Guest): RunResult {
  const { stdout, stderr, code } = Session.boot(guest).finish();
  return { stdout, stderr, code };
}

/** Lines about usage or an absent applet: the case would then test nothing but the message. */
const MISTAKE = /Usage:|applet not found|invalid option|not compiled in|(?<!nonexistent-command): not found/;

describe('busybox as on a real kernel', () => {
  it('has command lines with names of their own', () => {
    expect(new Set(busyboxCases.map((row) => row.name)).size).toBe(busyboxCases.length);
    expect(busyboxCases.length).toBeGreaterThanOrEqual(100);
  });

  for (const { name, argv, stdin } of busyboxCases) {
    it(name, (context) => {
      const { path, root } = fixture(context);
      need(context, nativeSupport());
      const native = runNative(path, argv, { stdin, asInit: true });
      expect(native.stdout + native.stderr).not.toBe('');
      expect(native.stderr).not.toMatch(MISTAKE);
      expect(runGuest({ root, argv, stdin, env: TEST_ENV })).toEqual(native);
    });
  }
});

describe('busybox scripts as on a real kernel', () => {
  for (const { name, text } of BUSYBOX_SCRIPTS) {
    it(name, (context) => {
      const { path, root } = fixture(context);
      need(context, nativeSupport());
      const argv = ['/bin/busybox', 'sh', '-c', text];
      expect(runGuest({ root, argv, env: TEST_ENV })).toEqual(runNative(path, argv, { asInit: true }));
    });
  }
});

for (const { name, text } of BUSYBOX_SCRIPTS) {
  const guest = (context: TestContext): Guest => {
    const { root } = fixture(context);
    return { root, argv: ['/bin/busybox', 'sh', '-c', text], env: TEST_ENV };
  };
  scenario(`busybox: ${name}`, guest, { stderr: '' });
}
