/**
 * Programs that compute, at length: `npm run programs -- --count 1000000 --cpu pentium4 --only decimals-glibc`. decimals.c
 * is compared with the same source on this host's processor, line by line; the others with what is recorded.
 * `--record` writes what Debian's programs print on a real kernel, and runs nothing else.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { nativeSupport, runNative } from '../native/native.ts';
import { demand } from '../native/need.ts';
import { Session } from '../scenarios/session.ts';
import { expectedFile, GLIBC, guestOf, MODELS, type Model, MUSL, OPENSSL, type Program, SCRIPTS } from './programs.ts';
import { compileForHost, muslForHost } from './reference.ts';

interface Options {
  readonly count: number;
  readonly first: number;
  readonly cpu: Model | 'all';
  readonly only?: string;
  readonly record?: true;
}

function record(): void {
  demand(nativeSupport());
  for (const { name, root, argv, stdin } of SCRIPTS) {
    const { stdout, stderr, code } = runNative(demand(root()), argv, { stdin, asInit: true });
    if (code !== 0 || stderr !== '') throw new Error(`${name} ended with ${code}: ${stderr}`);
    writeFileSync(expectedFile(name), stdout, 'latin1');
    console.log(`${name}: ${stdout.length} bytes`);
  }
}

function decimals(args: readonly string[]): Program[] {
  const natively = (path: string): string => execFileSync(path, args, { encoding: 'latin1', maxBuffer: 1 << 26 });
  const musl = muslForHost('decimals');
  const argv = ['/bin/decimals', ...args];
  const rows: Program[] = [{ ...GLIBC, argv, expected: () => natively(demand(compileForHost('decimals'))) }];
  if (existsSync(musl)) rows.push({ ...MUSL, argv, expected: () => natively(musl) });
  else console.log('no decimals-musl: its judge is made by test/programs/build.sh');
  return rows;
}

/** Says at which line two outputs part; true when they are equal. */
function compareLines(printed: string, expected: string): boolean {
  if (printed === expected) return true;
  const [a, b] = [printed.split('\n'), expected.split('\n')];
  const at = b.findIndex((line, i) => line !== a[i]);
  console.log(`  line ${at + 1}: ${a[at]}\n  instead of: ${b[at]}`);
  return false;
}

function attempt(program: Program, cpu: Model): boolean {
  const start = performance.now();
  const { stdout, stderr, code, icount } = Session.boot(demand(guestOf(program, cpu))).finish();
  const seconds = (performance.now() - start) / 1000;
  const isEqual = compareLines(stdout, program.expected()) && code === 0 && stderr === '';
  const verdict = isEqual ? 'equal' : `DIFFERENT (exit code ${code}) ${stderr}`;
  console.log(`${program.name} on ${cpu}: ${verdict}, ${icount} instructions in ${seconds.toFixed(1)} s`);
  return isEqual;
}

function compareAll({ count, first, cpu, only }: Options): boolean {
  const all = [...decimals([String(count), String(first)]), ...SCRIPTS, ...OPENSSL];
  const chosen = all.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`no program is called ${only}: ${all.map(({ name }) => name).join(', ')}`);
  const results = chosen.flatMap((row) => MODELS.filter((m) => cpu === 'all' || m === cpu).map((m) => attempt(row, m)));
  return results.every(Boolean);
}

const options = new Command('programs')
  .option('--count <n>', 'numbers that decimals.c goes through', Number, 10_000)
  .option('--first <n>', 'seed of these numbers', Number, 0)
  .addOption(new Option('--cpu <model>', 'processor model').choices([...MODELS, 'all']).default('all'))
  .option('--only <name>', 'one program')
  .option('--record', 'record what the scripts print on a real kernel')
  .parse()
  .opts<Options>();

if (options.record) record();
else process.exitCode = compareAll(options) ? 0 : 1;
