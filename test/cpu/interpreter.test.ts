import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { interpreterSource } from '../../src/cpu/hot/emit.ts';
import { hotOps } from '../../src/cpu/hot/ops.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const withoutLayout = (text: string): string => text.replaceAll(/[\s()]|,(?=\s*[)\]}])/g, '');

/** Runs a static ELF program on the test board and prints how it ended. */
const PROGRAM = `
import { Board, dump } from './board.ts';
const board = new Board(64);
board.loadElf(process.argv[2]);
console.log(board.run(), board.exitCode, dump(board.cpu));
`;

test('the interpreter is the expansion of the hot operations', () => {
  const committed = readFileSync(at('../../src/cpu/interpreter.ts'), 'utf8');
  expect(withoutLayout(committed)).toBe(withoutLayout(interpreterSource()));
});

test('the switch stays below the number of cases that V8 still optimises', () => {
  expect(hotOps.length).toBeLessThanOrEqual(200);
});

test('V8 optimises the interpreter and keeps it optimised on a real program', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cr86-hot-'));
  const script = join(directory, 'run.mjs');
  execFileSync(
    at('../../node_modules/.bin/esbuild'),
    ['--bundle', '--platform=node', '--format=esm', `--outfile=${script}`, '--log-level=error'],
    { input: PROGRAM, cwd: at('.') },
  );
  const result = spawnSync(
    process.execPath,
    ['--trace-opt', '--trace-deopt', script, at('../../bench/cpu/kernels/kc.elf')],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  const lines = result.stdout.split('\n').filter((line) => line.includes('<JSFunction interpret '));
  const optimised = lines.findIndex((line) => line.includes('completed optimizing'));
  expect(optimised).toBeGreaterThanOrEqual(0);
  const lost = lines.slice(optimised).filter((line) => line.includes('bailout'));
  expect(lost).toEqual([]);
  expect(result.stdout).toContain('exit 68');
});
