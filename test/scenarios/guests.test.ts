/** Every embedded guest prints what it printed on a real kernel, in every mode. */
import { expectedOutput, guestRows } from '../native/guests.ts';
import { scenario } from './scenario.ts';

for (const row of guestRows()) {
  const guest = { argv: row.args, env: row.env, stdin: row.stdin };
  scenario(row.name, guest, { stdout: expectedOutput(row), code: row.code });
}
