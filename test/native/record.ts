/**
 * Runs every row of images/guests.json natively, as an ordinary process and as process 1, and records the output in
 * images/expected. Part of `npm run images`; with --check it only compares. Exits with 1 when the two runs differ, a code
 * is not the row's, or something was written to standard error.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expectedFile, expectedOutput, type GuestRow, guestRows } from './guests.ts';
import { EMBEDDED_ROOT, nativeSupport, runNative } from './native.ts';
import { isMissing } from './need.ts';

/** The output, or what is wrong with the run. */
function outputOf(row: GuestRow): { output: string } | { wrong: string } {
  const { args, stdin, env } = row;
  const plain = runNative(EMBEDDED_ROOT, args, { stdin, env });
  const asInit = runNative(EMBEDDED_ROOT, args, { stdin, env, asInit: true });
  if (plain.code !== row.code) return { wrong: `exit code ${plain.code}, not ${row.code}: ${plain.stderr}` };
  if (plain.stderr) return { wrong: `standard error: ${plain.stderr}` };
  if (plain.stdout !== asInit.stdout || plain.code !== asInit.code) {
    return { wrong: `as process 1 it prints:\n${asInit.stdout}${asInit.stderr}instead of:\n${plain.stdout}` };
  }
  return { output: plain.stdout };
}

function recordAll(check: boolean): number {
  let wrong = 0;
  const complain = (name: string, what: string): void => {
    wrong++;
    process.stderr.write(`${name}: ${what}\n`);
  };
  const rows = guestRows();
  for (const row of rows) {
    const result = outputOf(row);
    if ('wrong' in result) complain(row.name, result.wrong);
    else if (!check) writeFileSync(expectedFile(row.name), result.output, 'latin1');
    else if (expectedOutput(row) !== result.output) complain(row.name, 'prints something else than recorded');
  }
  const names = new Set(rows.map((row) => `${row.name}.txt`));
  for (const file of readdirSync(dirname(expectedFile('x')))) {
    if (names.has(basename(file))) continue;
    if (check) complain(file, 'belongs to no row');
    else rmSync(join(dirname(expectedFile('x')), file));
  }
  process.stdout.write(`images: ${rows.length - wrong} of ${rows.length} guest runs ${check ? 'equal' : 'recorded'}\n`);
  return wrong ? 1 : 0;
}

const support = nativeSupport();
if (isMissing(support)) {
  process.stderr.write(`images: nothing is run natively: needs ${support.missing}\n`);
  process.exitCode = 1;
} else {
  process.exitCode = recordAll(process.argv.includes('--check'));
}
