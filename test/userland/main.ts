/**
 * Sessions of Debian's programs: `npm run userland -- [NAME...]`. Each is run here and compared with what is recorded.
 * `--native`: also with a real kernel, now. `--record`: writes down what a real kernel prints. `--restores 20`: dumps the
 * run at so many instruction counts, restores each image, and compares how it ends. `--chained 20`: one run that goes on
 * restored at each count.
 */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { type RunResult, runNative } from '../native/native.ts';
import { demand } from '../native/need.ts';
import { type Baseline, baseline, chained, spread, spreadCounts } from '../scenarios/modes.ts';
import type { Guest } from '../scenarios/session.ts';
import { expectedFile, expectedOutput, SESSIONS, type UserlandSession } from './sessions.ts';

interface Options {
  readonly native?: true;
  readonly record?: true;
  readonly restores: number;
  readonly chained: number;
}

const NATIVE_MS = 1_200_000;

function natively({ argv, rootPath }: UserlandSession): RunResult {
  return runNative(demand(rootPath()), argv, { asInit: true, layered: true, timeoutMs: NATIVE_MS });
}

/** Prints the lines that differ, up to a number of them; true when none does. */
function isSame(printed: string, expected: string): boolean {
  if (printed === expected) return true;
  const [ours, real] = [printed.split('\n'), expected.split('\n')];
  let shown = 0;
  for (let i = 0; i < Math.max(ours.length, real.length) && shown < 12; i++) {
    if (ours[i] === real[i]) continue;
    shown++;
    console.log(`  line ${i + 1}\n  -  ${real[i] ?? '(no line)'}\n  +  ${ours[i] ?? '(no line)'}`);
  }
  return false;
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

function record(session: UserlandSession): boolean {
  const start = performance.now();
  const { stdout, stderr, code } = natively(session);
  if (code !== session.code || stderr !== '') {
    console.log(
      `${session.name}: exit code ${code} on a real kernel, not ${session.code}; stderr: ${stderr}\n${stdout}`,
    );
    return false;
  }
  writeFileSync(expectedFile(session.name), stdout, 'latin1');
  console.log(`${session.name}: ${stdout.split('\n').length} lines (${seconds(start)})`);
  return true;
}

/** Puts the session through `count` images by a mode; 0 is none, and well. */
function through(mode: typeof spread, session: readonly [Guest, Baseline], count: number): boolean {
  if (count === 0) return true;
  const start = performance.now();
  const [, base] = session;
  try {
    mode(...session, spreadCounts(base.outcome.icount - 1, count, 86));
    console.log(`  ${mode.name} through ${count} images: equal (${seconds(start)})`);
    return true;
  } catch (error) {
    console.log(`  ${mode.name}: DIFFERENT: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

function attempt(session: UserlandSession, { native, ...counts }: Options): boolean {
  const start = performance.now();
  const guest = demand(session.guest());
  const base = baseline(guest);
  const { stdout, stderr, code, icount } = base.outcome;
  const expected = native ? natively(session).stdout : expectedOutput(session.name);
  const same = isSame(stdout, expected) && stderr === '' && code === session.code;
  const verdict = same ? 'equal' : `DIFFERENT (exit code ${code}) ${stderr}`;
  console.log(`${session.name}: ${verdict}, ${icount} instructions (${seconds(start)})`);
  return same && through(spread, [guest, base], counts.restores) && through(chained, [guest, base], counts.chained);
}

function tryAll(names: readonly string[], options: Options): boolean {
  const chosen = SESSIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.length === 0) throw new Error(`sessions are ${SESSIONS.map(({ name }) => name).join(', ')}`);
  const results = chosen.map((session) => {
    try {
      return options.record ? record(session) : attempt(session, options);
    } catch (error) {
      console.log(`${session.name}: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  });
  console.log(`${results.filter(Boolean).length} of ${results.length} equal`);
  return results.every(Boolean);
}

const command = new Command('userland')
  .argument('[name...]', 'sessions; default: all')
  .option('--native', 'compare with a real kernel, not with what is recorded')
  .option('--record', 'record what a real kernel prints')
  .option('--restores <n>', 'instruction counts at which to dump and restore', Number, 0)
  .option('--chained <n>', 'instruction counts at which one run is dumped and goes on restored', Number, 0)
  .parse();
process.exitCode = tryAll(command.args, command.opts<Options>()) ? 0 : 1;
