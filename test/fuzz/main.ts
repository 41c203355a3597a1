/**
 * `npm run fuzz -- --count N --seed S`: N system calls made up from the seed, by several tasks of small machines. What the
 * kernel throws, an audit that finds something, a restored machine that differs, and a process that hangs or grows are
 * findings: each is printed with the fewest calls that still show it and a command that repeats it.
 */
import { Command } from 'commander';
import { Machine } from '../../src/api/node.ts';
import { callTable } from '../../src/kernel/syscall/table.ts';
import { type Batch, budgetOf, guestOf, makeBatch, select } from './batch.ts';
import { minimise } from './minimise.ts';
import { runBatch } from './run.ts';
import { type Finding, watched } from './watch.ts';

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly batch: number;
  readonly only?: string;
  readonly seconds?: number;
  readonly go: boolean;
  readonly tally: boolean;
}

const CALLS_EACH = 100_000;
const MOST_SHOWN = 60;

/** The first line that says what is wrong: findings are the same when these are. */
function kindOf(failure: string | null): string {
  return (failure ?? '').split('\n')[0]!.replace(/\d+/g, 'N');
}

/** The numbers of the fewest calls of the batch that still fail in the same way. */
function fewest(batch: Batch, failure: string): readonly number[] {
  const kind = kindOf(failure);
  const all = batch.calls.map((_, i) => i);
  const fails = (only: readonly number[]): boolean => kindOf(runBatch(select(batch, only)).failure) === kind;
  return fails(all) ? minimise(all, fails) : all;
}

function rawCall(nr: number, args: readonly number[]): string {
  const name = callTable()[nr]?.name ?? `syscall_${nr}`;
  return `${name}(${args.map((arg) => `0x${arg.toString(16)}`).join(', ')})`;
}

/** The list as it is, and the workers' calls as strace shows them. */
function printCalls(batch: Batch): void {
  if (batch.calls.length < MOST_SHOWN) for (const { nr, args } of batch.calls) console.log(rawCall(nr, args));
  const machine = Machine.boot(guestOf(batch));
  const lines: string[] = [];
  machine.events.on('syscall', ({ tid, describe }) => {
    if (tid !== 1) lines.push(`  [${tid}] ${describe()}`);
  });
  try {
    machine.run(budgetOf(batch));
  } catch {
    lines.push('  ... and here the kernel fails');
  }
  console.log(lines.slice(-MOST_SHOWN).join('\n'));
}

function explain(seed: number, { batch, what }: Finding): void {
  console.log(`batch ${batch} of seed ${seed}: ${what.split('\n').slice(0, 8).join('\n')}`);
  const whole = makeBatch(seed, batch);
  const repeat = `npm run fuzz -- --seed ${seed} --batch ${batch}`;
  if (/takes too long|process has/.test(what)) {
    console.log(`repeat with: ${repeat}`);
    return;
  }
  const only = fewest(whole, what);
  printCalls(select(whole, only));
  console.log(`repeat with: ${repeat} --only ${only.join()}`);
}

/** One batch, here, as often as somebody who mends it likes. */
function repeatOne(seed: number, index: number, only: string | undefined): boolean {
  const chosen =
    only === undefined
      ? null
      : only
          .split(',')
          .filter((n) => n !== '')
          .map(Number);
  const batch = select(makeBatch(seed, index), chosen);
  const { made, failure } = runBatch(batch);
  if (failure !== null || chosen !== null) printCalls(batch);
  console.log(failure ?? `${made} calls, nothing found`);
  return failure === null;
}

function print(tally: Map<string, [number, number]>): void {
  const rows = [...tally].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, [made, good]] of rows)
    console.log(`${name.padEnd(28)} ${String(made).padStart(7)} ${String(good).padStart(7)}`);
}

/** Runs until that many calls were made, or the time is over. Returns the number of findings. */
async function campaign({ count, seed, seconds, go, tally: counted }: Options): Promise<number> {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const tally = new Map<string, [number, number]>();
  let made = 0;
  let first = 0;
  let findings = 0;
  while (made < count && (seconds === undefined || elapsed() < seconds)) {
    const share = seconds === undefined ? CALLS_EACH : CALLS_EACH / 10;
    const result = await watched({ seed, first, count: Math.min(share, count - made), only: null, tally: counted });
    made += result.made;
    first = result.next;
    for (const [name, [all, good]] of Object.entries(result.tally)) {
      const [a, g] = tally.get(name) ?? [0, 0];
      tally.set(name, [a + all, g + good]);
    }
    if (result.finding !== null) {
      findings++;
      explain(seed, result.finding);
      if (!go) break;
    }
    console.log(
      `${made} calls in ${first} batches, ${findings} findings, ${(made / elapsed()).toFixed(0)} calls a second`,
    );
  }
  print(tally);
  return findings;
}

const program = new Command('fuzz')
  .option('--count <n>', 'system calls to make', Number, 1_000_000)
  .option('--seed <n>', 'seed of all choices', Number, 1)
  .option('--batch <n>', 'this batch alone', Number, -1)
  .option('--only <list>', 'of that batch these calls alone')
  .option('--seconds <n>', 'end after this time at the latest', Number)
  .option('--go', 'go on after a finding', false)
  .option('--tally', 'print how often each call was made, and how often without an error', false)
  .parse();
const options = program.opts<Options>();
const good =
  options.batch >= 0 ? repeatOne(options.seed, options.batch, options.only) : (await campaign(options)) === 0;
process.exitCode = good ? 0 : 1;
