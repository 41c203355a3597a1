/**
 * `npm run cpython -- [MODULE...]`: CPython's own tests on a real kernel and here, and every test whose verdict differs.
 * `--ours`: only here. `--budget 5e9`: gives up after so many instructions, and says what was running.
 */
import { Command } from 'commander';
import { runNative } from '../native/native.ts';
import { demand } from '../native/need.ts';
import { Session } from '../scenarios/session.ts';
import { command, cpythonGuest, cpythonRoot, MODULES, parseVerdicts, type Verdicts } from './modules.ts';

interface Options {
  readonly ours?: true;
  readonly budget: number;
}

const NATIVE_MS = 3_600_000;

/** How a run ended, when not by itself: in words. */
interface Run {
  readonly verdicts: Verdicts;
  readonly stop: string;
}

function runHere(name: string, budget: number): Run {
  const session = Session.boot(demand(cpythonGuest([name])));
  let stdout = '';
  session.machine.events.on('output', (stream, bytes) => {
    if (stream === 1) stdout += Buffer.from(bytes).toString('latin1');
  });
  let stop = '';
  try {
    if (session.runTo(budget)) stop = `gave up after ${budget} instructions`;
    session.machine.audit();
  } catch (error) {
    stop = error instanceof Error ? error.message : String(error);
  }
  session.machine.dispose();
  return { verdicts: parseVerdicts(stdout), stop };
}

function runThere(name: string): Run {
  const { stdout, code } = runNative(demand(cpythonRoot()), command([name]), {
    asInit: true,
    layered: true,
    timeoutMs: NATIVE_MS,
  });
  return { verdicts: parseVerdicts(stdout), stop: code === 0 ? '' : `exit code ${code}` };
}

/** Whether a verdict is one: numbers and addresses in a reason may differ. */
const kindOf = (verdict: string | undefined): string =>
  /^(expected failure|unexpected success|\w+)/.exec(verdict ?? '')?.[0] ?? 'none';

/** Prints the tests that ended otherwise; how many. */
function compare(real: Verdicts, ours: Verdicts): number {
  let count = 0;
  for (const name of new Set([...real.keys(), ...ours.keys()])) {
    const [a, b] = [real.get(name), ours.get(name)];
    if (kindOf(a) === kindOf(b)) continue;
    count++;
    console.log(`  ${name}\n  -  ${a ?? 'not run'}\n  +  ${b ?? 'not run'}`);
  }
  return count;
}

function tally(verdicts: Verdicts): string {
  const counts = new Map<string, number>();
  for (const verdict of verdicts.values()) counts.set(kindOf(verdict), (counts.get(kindOf(verdict)) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing run';
}

/** True when every test of the module ends as on the real kernel. */
function attempt(name: string, { ours, budget }: Options): boolean {
  const start = performance.now();
  const here = runHere(name, budget);
  const failed = [...here.verdicts].filter(([, verdict]) => /^(FAIL|ERROR|unexpected)/.test(verdict));
  if (ours) for (const [test, verdict] of failed) console.log(`  ${test}\n  +  ${verdict}`);
  const there = ours ? here : runThere(name);
  const different = compare(there.verdicts, here.verdicts);
  for (const [where, { stop }] of [
    ['here', here],
    ['really', there],
  ] as const)
    if (stop) console.log(`  ${where}: ${stop}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${name}: ${tally(here.verdicts)}; ${ours ? 'not compared' : `${different} differ`} (${seconds} s)`);
  return here.stop === '' && (ours ? failed.length === 0 : different === 0 && there.stop === '');
}

const program = new Command('cpython')
  .argument('[module...]', 'test_os, or one test: test_os.FileTests.test_access')
  .option('--ours', 'only here: what does not succeed')
  .option('--budget <n>', 'instructions at most', Number, 5e10)
  .parse();
const names = program.args.length > 0 ? program.args : MODULES;
const green = names.filter((name) => attempt(name, program.opts<Options>()));
console.log(`${green.length} of ${names.length} modules green`);
process.exitCode = green.length === names.length ? 0 : 1;
