/**
 * `npm run cpython -- [MODULE...]`: CPython's own tests here, and every test that ends otherwise than on record from a
 * real kernel. `--native`: compares with a real kernel, now. `--record`: writes down how tests end on a real kernel.
 * `--ours`: only what does not succeed here. `--budget 5e9`: gives up after so many instructions.
 */
import { Command } from 'commander';
import { runNative } from '../native/native.ts';
import { demand } from '../native/need.ts';
import { KNOWN } from './known.ts';
import {
  COMMAND,
  cpythonGuest,
  cpythonRoot,
  inputFor,
  MODULES,
  type Run,
  runHere,
  untilItWaits,
  type Waiting,
} from './modules.ts';
import { differences, kindOf, parseVerdicts, readRecord, type Verdicts, writeRecord } from './verdicts.ts';

interface Options {
  readonly native?: true;
  readonly record?: true;
  readonly ours?: true;
  readonly budget: number;
}

const NATIVE_MS = 3_600_000;

function runThere(name: string): Run {
  const { stdout, code } = runNative(demand(cpythonRoot()), COMMAND, {
    asInit: true,
    stdin: inputFor([name]),
    layered: true,
    timeoutMs: NATIVE_MS,
  });
  return { verdicts: parseVerdicts(stdout), stop: code === 0 ? '' : `exit code ${code}`, cost: 0 };
}

function fromRecord(name: string): Run {
  const verdicts = readRecord(name);
  return verdicts === null ? { verdicts: new Map(), stop: 'not on record', cost: 0 } : { verdicts, stop: '', cost: 0 };
}

/** Every test that succeeds: what `--ours` compares with. */
function allWell({ verdicts }: Run): Run {
  const bad = /^(FAIL|ERROR|unexpected)/;
  return {
    verdicts: new Map([...verdicts].map(([name, verdict]) => [name, bad.test(verdict) ? 'ok' : verdict])),
    stop: '',
    cost: 0,
  };
}

/** Prints the tests that ended otherwise, those that are known to as such; how many are not. */
function compare(real: Verdicts, ours: Verdicts): number {
  let count = 0;
  for (const { name, expected, found } of differences(real, ours)) {
    const known = KNOWN.get(name);
    if (known?.here === kindOf(found)) {
      console.log(`  ${name}: ${known.here}, as known: ${known.why}`);
    } else {
      count++;
      console.log(`  ${name}\n  -  ${expected ?? 'not run'}\n  +  ${found ?? 'not run'}`);
    }
  }
  return count;
}

function tally(verdicts: Verdicts): string {
  const counts = new Map<string, number>();
  for (const verdict of verdicts.values()) counts.set(kindOf(verdict), (counts.get(kindOf(verdict)) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing run';
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

function record(name: string): boolean {
  const start = performance.now();
  const { verdicts, stop } = runThere(name);
  console.log(`${name}: ${tally(verdicts)} ${stop} (${seconds(start)})`);
  if (stop === '') writeRecord(name, verdicts);
  return stop === '';
}

let waiting: Waiting | undefined;

/** The machine from which every module starts; made once. */
function start(): Waiting {
  waiting ??= untilItWaits(demand(cpythonGuest()));
  return waiting;
}

/** True when every test of the module ends as on the real kernel, or as it is known to. */
function attempt(name: string, { native, ours, budget }: Options): boolean {
  const since = performance.now();
  const here = runHere(start(), [name], budget);
  const there = ours ? allWell(here) : native ? runThere(name) : fromRecord(name);
  const different = compare(there.verdicts, here.verdicts);
  if (here.stop) console.log(`  here: ${here.stop}`);
  if (there.stop) console.log(`  really: ${there.stop}`);
  const cost = `${here.cost} instructions, ${seconds(since)}`;
  console.log(`${name}: ${tally(here.verdicts)}; ${different} ${ours ? 'do not succeed' : 'differ'} (${cost})`);
  return here.stop === '' && there.stop === '' && different === 0;
}

const program = new Command('cpython')
  .argument('[module...]', 'test_os, or one test: test_os.FileTests.test_access')
  .option('--native', 'compare with a real kernel, not with what is recorded')
  .option('--record', 'record how the tests of a module end on a real kernel')
  .option('--ours', 'only what does not succeed here')
  .option('--budget <n>', 'instructions at most', Number, 5e10)
  .parse();
const options = program.opts<Options>();
const names = program.args.length > 0 ? program.args : MODULES;
const green = names.filter((name) => (options.record ? record(name) : attempt(name, options)));
console.log(`${green.length} of ${names.length} modules ${options.record ? 'recorded' : 'green'}`);
process.exitCode = green.length === names.length ? 0 : 1;
