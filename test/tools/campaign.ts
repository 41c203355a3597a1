/**
 * The long versions of the scenarios: `npm run campaign -- --guest pipes --mode every-syscall`. Guests are the rows of
 * images/guests.json, `busybox:NAME` for the busybox scripts, and `all` for everything.
 */
import { Command, Option } from 'commander';
import { fetchBusybox } from '../native/debian.ts';
import { busyboxRoot } from '../native/fixture.ts';
import { guestRows } from '../native/guests.ts';
import { isMissing } from '../native/need.ts';
import { BUSYBOX_SCRIPTS } from '../scenarios/busybox-scripts.ts';
import { type Baseline, baseline, boundaries, chained, spread, spreadCounts } from '../scenarios/modes.ts';
import type { Guest } from '../scenarios/session.ts';

interface Named {
  readonly name: string;
  readonly guest: Guest;
}

/** Every guest by name; the busybox scripts are left out, with a word, where Debian's busybox cannot be had. */
function allGuests(): Named[] {
  const own = guestRows().map(({ name, args, env, stdin }) => ({ name, guest: { argv: args, env, stdin } }));
  const busybox = fetchBusybox();
  if (isMissing(busybox)) {
    console.log(`no busybox scripts: this host lacks ${busybox.missing}`);
    return own;
  }
  const root = busyboxRoot(busybox);
  const scripts = BUSYBOX_SCRIPTS.map(({ name, text }) => ({
    name: `busybox:${name}`,
    guest: { root, argv: ['/bin/busybox', 'sh', '-c', text] },
  }));
  return [...own, ...scripts];
}

const MODES = ['every-syscall', 'spread', 'both'] as const;
interface Options {
  readonly guest: string;
  readonly mode: (typeof MODES)[number];
  readonly count: number;
  readonly seed: number;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Runs one mode; true when nothing differed. */
function attempt(title: string, action: () => void): boolean {
  const start = performance.now();
  try {
    action();
    console.log(`  ${title}: equal (${seconds(start)})`);
    return true;
  } catch (error) {
    console.log(`  ${title}: DIFFERENT: ${error instanceof Error ? error.message : error} (${seconds(start)})`);
    return false;
  }
}

function runGuest({ name, guest }: Named, { mode, count, seed }: Options): boolean {
  let base: Baseline;
  try {
    base = baseline(guest);
  } catch (error) {
    console.log(`${name}: does not run: ${error instanceof Error ? error.message : error}`);
    return false;
  }
  const { icount, code } = base.outcome;
  console.log(`${name}: ${icount} instructions, ${base.syscalls.length} system call boundaries, exit code ${code}`);
  const every = boundaries(base);
  const points = spreadCounts(icount, count, seed);
  const results = [
    mode === 'spread' || attempt(`after each of ${every.length} system calls`, () => chained(guest, base, every)),
    mode === 'every-syscall' || attempt(`restored at ${points.length} counts`, () => spread(guest, base, points)),
  ];
  return results.every(Boolean);
}

const program = new Command('campaign')
  .requiredOption('--guest <name>', 'a guest, or all')
  .addOption(new Option('--mode <mode>', 'what to do').choices(MODES).default('both'))
  .option('--count <n>', 'instruction counts of the spread mode', Number, 500)
  .option('--seed <n>', 'seed of the spread', Number, 1)
  .parse();

const options = program.opts<Options>();
const chosen = allGuests().filter(({ name }) => options.guest === 'all' || name === options.guest);
if (chosen.length === 0) program.error(`no guest is called ${options.guest}`);
const failed = chosen.filter((guest) => !runGuest(guest, options));
console.log(failed.length === 0 ? 'all equal' : `different: ${failed.map(({ name }) => name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
