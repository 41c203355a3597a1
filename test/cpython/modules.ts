/**
 * CPython's own tests (Debian's libpython3.11-testsuite) of the modules that say something about a kernel, as a program
 * that prints one verdict for each test.
 */
import { readFileSync } from 'node:fs';
import { type BaseLayer, HostDirectory, Machine, type MemoryImage } from '../../src/api/node.ts';
import { debianRoot } from '../native/debian.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import type { Guest } from '../scenarios/session.ts';
import { parseVerdicts, type Verdicts } from './verdicts.ts';

/** Needed by packages, and by none of these tests. */
const WITHOUT = ['ca-certificates', 'netbase', 'perl', 'sensible-utils', 'mailcap'];

/** A root directory with python3.11 and its tests, or what is missing for it. */
export function cpythonRoot(): string | Missing {
  const packages = ['python3.11', 'libpython3.11-testsuite', 'bash', 'coreutils', 'base-passwd'];
  return debianRoot({ name: 'cpython', packages, without: WITHOUT });
}

const NAMES =
  'wait3 wait4 fork1 poll epoll select popen pipes pty openpty pwd grp stat glob genericpath posixpath pathlib fileio ' +
  'file largefile filecmp fileinput time sched queue resource fcntl mmap thread threading_local threadsignals ' +
  'threading tempfile threadedtempfile shutil zlib struct float math selectors socket asyncore asynchat ' +
  'signal eintr subprocess posix os io';
/** What `npm run cpython` runs without arguments, the short ones first. */
export const MODULES: readonly string[] = NAMES.split(' ').map((name) => `test_${name}`);

const RUNNER = readFileSync(new URL('./runner.py', import.meta.url), 'utf8');

/** The command that runs what standard input names. */
export const COMMAND: readonly [string, ...string[]] = ['/usr/bin/python3.11', '-B', '-c', RUNNER];

/** Standard input for these modules, classes or tests: `test_os`, `test_os.FileTests.test_access`. */
export const inputFor = (names: readonly string[]): string => `${names.join(' ')}\n`;

/** It as a guest of ours. */
export function cpythonGuest(): Guest | Missing {
  const path = cpythonRoot();
  return isMissing(path) ? path : { root: new HostDirectory(path), argv: COMMAND, env: TEST_ENV, ram: 512 };
}

/** A machine that waits for the names of tests, as an image from which each module starts. */
export interface Waiting {
  readonly image: MemoryImage;
  readonly base: BaseLayer;
}

export function untilItWaits(guest: Guest): Waiting {
  const machine = Machine.boot(guest);
  const end = machine.run(Number.MAX_SAFE_INTEGER, { prefer: 'input' });
  if (end !== 'idle') throw new Error(`the runner of tests does not wait for their names: ${end}`);
  const { image } = machine.checkpoint();
  const { base } = machine;
  machine.dispose();
  return { image, base };
}

/** How a run ended, when not by itself: in words. */
export interface Run {
  readonly verdicts: Verdicts;
  readonly stop: string;
  /** Instructions. */
  readonly cost: number;
}

/** Runs tests in a machine made from the image, at most so many instructions. */
export function runHere({ image, base }: Waiting, names: readonly string[], budget: number): Run {
  const machine = Machine.restore(image, { root: base });
  const start = machine.icount;
  let stdout = '';
  machine.events.on('output', (stream, bytes) => {
    if (stream === 1) stdout += Buffer.from(bytes).toString('latin1');
  });
  machine.feed(Buffer.from(inputFor(names)));
  machine.endInput();
  let stop = '';
  try {
    const end = machine.run(start + budget, { prefer: 'input' });
    if (end !== 'exited') stop = end === 'limit' ? `gave up after ${budget} instructions` : 'all sleep for ever';
    machine.audit();
  } catch (error) {
    stop = error instanceof Error ? error.message : String(error);
  }
  const cost = machine.icount - start;
  machine.dispose();
  return { verdicts: parseVerdicts(stdout), stop, cost };
}
