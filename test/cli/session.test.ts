/** `run -it` and `restore -it` on a pseudo-terminal that the test holds: sizes, keys, signals, the escape key, settings. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { compile, hasCompiler } from '../native/compiler.ts';
import { isMissing, type Missing, need } from '../native/need.ts';
import { CR86, cr86 } from './cr86.ts';

const here = dirname(fileURLToPath(import.meta.url));
const MINUTES = 240_000;

type Step = readonly [wait: string, what: 'type' | 'resize' | 'kill', argument: string | readonly number[]];

interface Seen {
  readonly screen: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: number;
  /** The terminal's settings are what they were before. */
  readonly restored: boolean;
  /** Steps whose text never came. */
  readonly left: number;
}

function python(): 'python3' | Missing {
  return spawnSync('python3', ['--version']).status === 0 ? 'python3' : { missing: 'python3, to make a terminal' };
}

function onTerminal(args: readonly string[], steps: readonly Step[]): Seen {
  const input = JSON.stringify([[process.execPath, ...CR86, ...args], steps]);
  const done = spawnSync('python3', [join(here, 'pseudo_terminal.py')], { input, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as Seen;
}

let built: string | undefined;
function root(): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  built ??= compile(join(here, 'guests'), ['winsize']);
  return built;
}
const images = mkdtempSync(join(tmpdir(), 'cr86-session-'));
afterAll(() => {
  rmSync(images, { recursive: true, force: true });
  if (built !== undefined) rmSync(built, { recursive: true, force: true });
});

it('the size of the window, its changes, and Ctrl-C reach the guest', { timeout: MINUTES }, (context) => {
  need(context, python());
  const from = need(context, root());
  const seen = onTerminal(
    ['run', '-it', '--root', from, '--', '/bin/winsize'],
    [
      ['first 30 by 90.', 'resize', [40, 100]],
      ['now 40 by 100.', 'type', 'ab\r'],
      ['read 3.', 'resize', [20, 50]],
      ['now 20 by 50.', 'type', '\x03'],
    ],
  );
  expect(seen).toMatchObject({ code: 9, left: 0, restored: true });
  expect(seen.screen).toContain('ab\r\n');
  expect(seen.screen).not.toContain('\r\r');
});

it('a signal that ends cr86 finds the terminal put back', { timeout: MINUTES }, (context) => {
  need(context, python());
  const from = need(context, root());
  for (const [name, number] of [
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    const seen = onTerminal(['run', '-it', '--root', from, '--', '/bin/winsize'], [['first', 'kill', name]]);
    expect(seen).toMatchObject({ signal: number, left: 0, restored: true });
  }
});

it('Ctrl-] d dumps and leaves; restore -it goes on in another window', { timeout: MINUTES }, (context) => {
  need(context, python());
  const from = need(context, root());
  const image = join(images, 'dumped');
  const first = onTerminal(
    ['run', '-it', '-D', image, '--root', from, '--', '/bin/winsize'],
    [
      ['first 30', 'type', '\x1d?'],
      ['Ctrl-] q leaves', 'type', 'ab\x1dd'],
    ],
  );
  expect(first).toMatchObject({ code: 0, left: 0, restored: true });
  expect(first.screen).toContain('dumped and left');
  const second = onTerminal(
    ['restore', '-it', '-D', image, '--root', from],
    [
      ['', 'resize', [33, 44]],
      ['now 33 by 44.', 'type', 'c\r'],
      ['read 4.', 'type', '\x1dx\x1d\x1d\r'],
      ['read 4.', 'type', '\x04'],
    ],
  );
  expect(second).toMatchObject({ code: 3, left: 0, restored: true });
});

it('Ctrl-] d without a directory says so, and the guest lives on', { timeout: MINUTES }, (context) => {
  need(context, python());
  const from = need(context, root());
  const seen = onTerminal(
    ['run', '-it', '--root', from, '--', '/bin/winsize'],
    [
      ['first', 'type', '\x1dd'],
      ['nowhere to dump to (-D IMG)', 'type', '\x1dq'],
    ],
  );
  expect(seen).toMatchObject({ code: 0, left: 0, restored: true });
  expect(seen.screen).toContain('left by Ctrl-] q');
});

it('-i without a terminal is an error that says so', () => {
  const ran = cr86(['run', '-it', '--', '/bin/true']);
  expect(ran).toMatchObject({ code: 125, stdout: '' });
  expect(ran.stderr).toBe('cr86: stdin: a session needs a terminal as stdin and stdout (-i) [ENOTTY]\n');
});

it('restore -i of a guest without a terminal is an error', { timeout: MINUTES }, (context) => {
  need(context, python());
  const image = join(images, 'streams');
  expect(cr86(['run', '--dump-at', '1000', '-D', image, '--', '/bin/true']).code).toBe(0);
  const seen = onTerminal(['restore', '-it', '-D', image], []);
  expect(seen).toMatchObject({ code: 125, restored: true });
  expect(seen.screen).toContain('[ENOTTY]');
});
