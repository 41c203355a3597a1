/** The rows of images/guests.json: how each embedded guest is run, and what it printed on a real kernel. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_ENV } from './native.ts';

const images = join(dirname(fileURLToPath(import.meta.url)), '../../images');

export interface GuestRow {
  /** Unique; the recorded output is images/expected/NAME.txt. */
  readonly name: string;
  /** The whole argument vector; args[0] is a path inside the embedded root. */
  readonly args: readonly [string, ...string[]];
  readonly stdin: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly code: number;
}

/** As written: stdin is empty, the environment TEST_ENV and the exit code 0 unless given. */
type Written = Pick<GuestRow, 'name' | 'args'> & Partial<GuestRow>;

export const expectedFile = (name: string): string => join(images, 'expected', `${name}.txt`);

/** All rows, in the order of the file. */
export function guestRows(): readonly GuestRow[] {
  const written: readonly Written[] = JSON.parse(readFileSync(join(images, 'guests.json'), 'utf8'));
  return written.map((row) => ({ stdin: '', env: TEST_ENV, code: 0, ...row }));
}

/** What the guest wrote to standard output natively, as a byte string. */
export function expectedOutput(row: GuestRow): string {
  const file = expectedFile(row.name);
  if (!existsSync(file)) throw new Error(`${file} is not recorded: npm run images`);
  return readFileSync(file, 'latin1');
}
