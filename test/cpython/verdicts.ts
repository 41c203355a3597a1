/** What is on record about CPython's tests: how each ends on a real kernel, and which are known to end otherwise here. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXPECTED = join(dirname(fileURLToPath(import.meta.url)), 'expected');

/** Verdicts by the name of the test, in the order in which they came. */
export type Verdicts = ReadonlyMap<string, string>;

/** Picks the verdicts out of what a run printed. */
export function parseVerdicts(stdout: string): Verdicts {
  const lines = [...stdout.matchAll(/^(\S.*?)\t(ok|FAIL|ERROR|skipped|expected failure|unexpected success)(.*)$/gm)];
  return new Map(lines.map(([, name, verdict, rest]) => [name!, `${verdict}${rest}`]));
}

/** The first words of a verdict: numbers and addresses in its reason may differ. */
export const kindOf = (verdict: string | undefined): string =>
  /^(expected failure|unexpected success|\w+)/.exec(verdict ?? '')?.[0] ?? 'none';

const fileOf = (name: string): string => join(EXPECTED, `${name}.txt`);

/** Modules whose verdicts on a real kernel are on record. */
export const recorded = (): string[] => readdirSync(EXPECTED).map((file) => file.replace('.txt', ''));

export function writeRecord(name: string, verdicts: Verdicts): void {
  writeFileSync(fileOf(name), [...verdicts].map(([test, verdict]) => `${test}\t${kindOf(verdict)}\n`).join(''));
}

/** How the tests of a module, of a class, or one test end on a real kernel; null when the module is not on record. */
export function readRecord(name: string): Verdicts | null {
  const [module] = name.split('.') as [string];
  if (!existsSync(fileOf(module))) return null;
  const all = [...parseVerdicts(readFileSync(fileOf(module), 'utf8'))];
  if (name === module) return new Map(all);
  return new Map(all.filter(([test]) => test.startsWith(`test.${name}`)));
}

export interface Difference {
  readonly name: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/** Tests that ended otherwise, or were run on one side only. */
export function differences(real: Verdicts, ours: Verdicts): Difference[] {
  const all = [...new Set([...real.keys(), ...ours.keys()])];
  const rows = all.map((name) => ({ name, expected: real.get(name), found: ours.get(name) }));
  return rows.filter(({ expected, found }) => kindOf(expected) !== kindOf(found));
}
