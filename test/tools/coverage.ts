/** `npm run coverage`: which supported system calls the scenarios make, and how often; `--write` records those they do not. */
import { writeFileSync } from 'node:fs';
import { compatibility } from '../../src/kernel/syscall/table.ts';
import { isMissing } from '../native/need.ts';
import { exercisedCalls, LOCK, unexercised } from '../scenarios/coverage.ts';

const exercised = exercisedCalls();
if (isMissing(exercised)) {
  console.error(`this host lacks ${exercised.missing}`);
  process.exitCode = 1;
} else {
  const rows = compatibility();
  for (const { nr, name, supported, errno } of rows) {
    const made = exercised.get(name) ?? 0;
    const state = supported ? (made > 0 ? `${made}` : 'NOT MADE') : errno;
    console.log(`${String(nr).padStart(4)}  ${name.padEnd(28)} ${state}`);
  }
  const missing = unexercised(exercised);
  const supported = rows.filter((row) => row.supported).length;
  console.log(`${supported - missing.length} of ${supported} supported calls are made by a scenario`);
  if (process.argv.includes('--write')) writeFileSync(LOCK, `${JSON.stringify(missing, null, 2)}\n`);
}
