/**
 * CPython's own tests (Debian's libpython3.11-testsuite) of the modules that say something about a kernel, as a program
 * that prints one verdict for each test.
 */
import { readFileSync } from 'node:fs';
import { HostDirectory } from '../../src/api/node.ts';
import { debianRoot } from '../native/debian.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import type { Guest } from '../scenarios/session.ts';

/** Needed by packages, and by none of these tests. */
const WITHOUT = ['ca-certificates', 'netbase', 'perl', 'sensible-utils', 'mailcap'];

/** A root directory with python3.11 and its tests, or what is missing for it. */
export function cpythonRoot(): string | Missing {
  const packages = ['python3.11', 'libpython3.11-testsuite', 'bash', 'coreutils', 'base-passwd'];
  return debianRoot({ name: 'cpython', packages, without: WITHOUT });
}

const NAMES =
  'os posix signal mmap select poll epoll threading io subprocess fcntl resource time tempfile shutil zlib struct float ' +
  'math fork1 wait3 wait4 stat glob fileio thread posixpath genericpath pathlib eintr';
/** What `npm run cpython` runs without arguments. */
export const MODULES: readonly string[] = NAMES.split(' ').map((name) => `test_${name}`);

const RUNNER = readFileSync(new URL('./runner.py', import.meta.url), 'utf8');

/** The command that runs these modules, classes or tests: `test_os`, `test_os.FileTests.test_access`. */
export function command(names: readonly string[]): [string, ...string[]] {
  return ['/usr/bin/python3.11', '-B', '-c', RUNNER, ...names];
}

/** It as a guest of ours. */
export function cpythonGuest(names: readonly string[]): Guest | Missing {
  const path = cpythonRoot();
  if (isMissing(path)) return path;
  return { root: new HostDirectory(path), argv: command(names), env: TEST_ENV, ram: 512 };
}

/** Verdicts by the name of the test; what else was printed is left out. */
export type Verdicts = ReadonlyMap<string, string>;

export function parseVerdicts(stdout: string): Verdicts {
  const lines = [...stdout.matchAll(/^(\S.*?)\t(ok|FAIL|ERROR|skipped|expected failure|unexpected success)(.*)$/gm)];
  return new Map(lines.map(([, name, verdict, rest]) => [name!, `${verdict}${rest}`]));
}
