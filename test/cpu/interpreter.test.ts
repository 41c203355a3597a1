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

/** Kernels and the exit codes they end with: integers, x87, SSE2 doubles and SSE2 integers. */
const KERNELS = [
  ['kc', 68],
  ['kf', 130],
  ['kd', 235],
  ['ki', 137],
] as const;

/** Runs a program until the compiler, beside it, is done and prints its exit code and what V8 made of the interpreter (v8 runtime.h: bits). */
const OPTIMISED = 1 << 4;
const PROGRAM = `
import { interpret } from '../../src/cpu/interpreter.ts';
import { Board } from './board.ts';
const status = new Function('f', 'return %GetOptimizationStatus(f)');
for (let i = 0; i < 60 && (i < 3 || (status(interpret) & ${OPTIMISED}) === 0); i++) {
  const board = new Board(64);
  board.loadElf(process.argv[2]);
  console.log(board.run(), board.exitCode);
}
console.log('status', status(interpret));
`;
/** Each costs a tenth of a second: a program may meet a few operands that the warm-up did not show. */
const BAILOUTS = 5;

test('the interpreter is the expansion of the hot operations', () => {
  const committed = readFileSync(at('../../src/cpu/interpreter.ts'), 'utf8');
  expect(withoutLayout(committed)).toBe(withoutLayout(interpreterSource()));
});

test('the switch stays below the number of cases that V8 still optimises', () => {
  expect(hotOps.length).toBeLessThanOrEqual(200);
});

test.each(KERNELS)('V8 optimises the interpreter and keeps it optimised on %s', (kernel, exit) => {
  const directory = mkdtempSync(join(tmpdir(), 'cr86-hot-'));
  const script = join(directory, 'run.mjs');
  execFileSync(
    at('../../node_modules/.bin/esbuild'),
    ['--bundle', '--platform=node', '--format=esm', `--outfile=${script}`, '--log-level=error'],
    { input: PROGRAM, cwd: at('.') },
  );
  const result = spawnSync(
    process.execPath,
    ['--allow-natives-syntax', '--trace-deopt', script, at(`../../bench/cpu/kernels/${kernel}.elf`)],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  const bailouts = result.stdout.split('\n').filter((line) => /bailout.*<JSFunction interpret /.test(line));
  expect(bailouts.length).toBeLessThanOrEqual(BAILOUTS);
  expect(result.stdout).toContain(`exit ${exit}`);
  const status = Number(/status (\d+)/.exec(result.stdout)?.[1]);
  expect(status & OPTIMISED).toBe(OPTIMISED);
});
