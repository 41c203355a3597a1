/** A user at a shell with job control, on a real kernel and on ours: the same screen, also through images. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { HostDirectory } from '../../../src/api/node.ts';
import { compile, hasCompiler } from '../../native/compiler.ts';
import { debianRoot, fetchBusybox } from '../../native/debian.ts';
import { nativeSupport, runNative } from '../../native/native.ts';
import { isMissing, type Missing, need } from '../../native/need.ts';
import { baseline, boundaries, chained, evenly } from '../../scenarios/modes.ts';
import type { Guest } from '../../scenarios/session.ts';

const sources = join(dirname(fileURLToPath(import.meta.url)), 'shells');
const MINUTES = 600_000;
const work = mkdtempSync(join(tmpdir(), 'cr86-shells-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The shell (`s`) or a program that it runs (`f`) waits, and the text has come; then the keys are typed. */
type Step = readonly [who: 's' | 'f', text: string, keys: string];

/**
 * Job control as both shells have it. A real kernel may let the shell go on between a signal and its echo, and a killed
 * job before or after who killed it: control characters are not echoed, and the shell waits for the dead a while later.
 */
const STEPS: readonly Step[] = [
  ['s', '$ ', 'stty -echoctl\r'],
  ['s', '$ ', 'sleep 1000 &\r'],
  ['s', '$ ', 'sleep 2000\r'],
  ['f', 'sleep 2000', '\x1a'],
  ['s', '$ ', 'jobs\r'],
  ['s', '$ ', 'bg %2\r'],
  ['s', '$ ', 'jobs\r'],
  ['s', '$ ', 'fg %1\r'],
  ['f', 'sleep 1000', '\x03'],
  ['s', '$ ', 'echo $?\r'],
  ['s', '$ ', 'kill %2; sleep 0.2; wait %2\r'],
  ['s', '$ ', 'cat\r'],
  ['f', 'cat', 'hellp\x7fo\r'],
  ['f', 'o\r\nhello', '\x04'],
  ['s', '$ ', 'sleep 3000 | cat\r'],
  ['f', 'cat', '\x1a'],
  ['s', '$ ', 'cat & sleep 0.2\r'],
  ['s', '$ ', 'jobs\r'],
  ['s', '$ ', 'echo done\r'],
  ['s', '$ ', 'exit 7\r'],
  ['s', 'stopped jobs', 'exit 7\r'],
];

interface Shell {
  readonly name: string;
  readonly argv: readonly string[];
  readonly steps: readonly Step[];
  /** Fills the directory, or says what is missing. */
  readonly fill: (into: string) => Missing | undefined;
}

const SHELLS: readonly Shell[] = [
  {
    name: 'busybox',
    argv: ['/bin/sh'],
    steps: STEPS,
    fill: (into) => {
      const busybox = fetchBusybox();
      if (isMissing(busybox)) return busybox;
      cpSync(busybox, join(into, 'bin/busybox'));
      for (const name of ['sh', 'sleep', 'cat', 'stty']) symlinkSync('busybox', join(into, 'bin', name));
      return undefined;
    },
  },
  {
    name: 'bash',
    argv: ['/bin/bash', '--norc', '--noprofile', '-i'],
    steps: STEPS,
    fill: (into) => {
      const root = debianRoot({ name: 'bash', packages: ['bash', 'coreutils'], without: [] });
      if (isMissing(root)) return root;
      const copied = spawnSync('cp', ['-a', `${root}/.`, into], { encoding: 'utf8' });
      if (copied.status !== 0) throw new Error(copied.stderr);
      return undefined;
    },
  },
];

/** A root directory with the driver and a shell. */
function rootOf({ name, fill }: Shell): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  const root = join(work, name);
  mkdirSync(join(root, name === 'busybox' ? 'bin' : ''), { recursive: true });
  const missing = fill(root);
  if (missing !== undefined) return missing;
  const built = compile(sources, ['driver']);
  cpSync(join(built, 'bin/driver'), join(root, 'driver'));
  rmSync(built, { recursive: true, force: true });
  return root;
}

const ENV = { PATH: '/bin:/usr/bin', HOME: '/', TERM: 'dumb', PS1: '$ ', ENV: '' };

function commandOf({ argv, steps }: Shell): string[] {
  const hex = (keys: string): string => Buffer.from(keys, 'latin1').toString('hex');
  return ['/driver', ...argv, '--', ...steps.map(([who, text, keys]) => `${who}:${text}:${hex(keys)}`)];
}

for (const shell of SHELLS) {
  describe(shell.name, () => {
    it('shows what it shows on a real kernel, also through images', { timeout: MINUTES }, (context) => {
      need(context, nativeSupport());
      const root = need(context, rootOf(shell));
      const argv = commandOf(shell);
      const native = runNative(root, argv, { asInit: true, env: ENV, timeoutMs: MINUTES / 3 });
      const guest: Guest = { root: new HostDirectory(root), argv, env: ENV };
      const base = baseline(guest);
      expect(base.outcome.stdout.split('\n')).toEqual(native.stdout.split('\n'));
      expect(native.stdout).toContain('\n0 steps left');
      chained(guest, base, evenly(boundaries(base), 20));
    });
  });
}
