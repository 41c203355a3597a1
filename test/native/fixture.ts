/** The root directory on which the busybox command lines work: the same bytes, modes and times on every host. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/fixtures');
/** Seconds since the Epoch: 2001-09-09 01:46:40 UTC. All times of the fixture are this one, plus the entry's number. */
const LONG_AGO = 1_000_000_000;
/** Links beside the binary: what programs outside of the shell look for in PATH. */
const APPLETS = [
  'sh',
  'ash',
  'ls',
  'cat',
  'env',
  'sed',
  'awk',
  'sort',
  'grep',
  'sleep',
  'true',
  'false',
  'tar',
  'gzip',
];

interface File {
  readonly text: string;
  readonly mode?: number;
}
type Entry = File | { readonly link: string } | { readonly directory: number };

/** Bytes that look random and never change: a linear congruence, the high byte of each state. */
function noise(length: number, seed: number): string {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return Buffer.from(bytes).toString('latin1');
}

const WORDS = 'the quick brown fox jumps over a lazy dog while seven wizards brew potent ale beside an old oak'.split(
  ' ',
);

/** Lines of words: repeats, so that sort, uniq, awk and gzip have something to find. */
function prose(lines: number): string {
  const word = (line: number, column: number): string => WORDS[(line * line + 3 * column) % WORDS.length] as string;
  const row = (line: number): string =>
    Array.from({ length: 4 + (line % 5) }, (_, column) => word(line, column)).join(' ');
  return Array.from({ length: lines }, (_, line) => `${row(line)}\n`).join('');
}

const PEOPLE = [
  'ada:1815:London:mathematics',
  'grace:1906:New York:compilers',
  'alan:1912:London:computability',
  'edsger:1930:Rotterdam:algorithms',
  'barbara:1939:Los Angeles:abstraction',
  'ken:1943:New Orleans:systems',
  'dennis:1941:Bronxville:languages',
  'frances:1932:Peru:optimisation',
];

const SCRIPT = `#!/bin/sh
# Counts its arguments and prints them backwards.
echo "$# arguments"
reversed=
for argument; do reversed="$argument $reversed"; done
echo "$reversed"
exit $#
`;

const entries: readonly (readonly [path: string, entry: Entry])[] = [
  ['etc/passwd', { text: 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:A user:/home/user:/bin/sh\n' }],
  ['etc/group', { text: 'root:x:0:\nuser:x:1000:\n' }],
  ['etc/hostname', { text: 'cr86\n' }],
  ['work/people', { text: `${PEOPLE.join('\n')}\n` }],
  ['work/numbers', { text: `${[42, 7, 100, 7, 0, -3, 15, 42, 8, 1000].join('\n')}\n` }],
  ['work/prose', { text: prose(200) }],
  ['work/old', { text: 'one\ntwo\nthree\nfour\nfive\n' }],
  ['work/new', { text: 'one\n2\nthree\nfour\nfive\nsix\n' }],
  ['work/script', { text: SCRIPT, mode: 0o755 }],
  ['work/secret', { text: 'nobody else may read this\n', mode: 0o600 }],
  ['work/noise', { text: noise(3000, 1) }],
  ['work/big', { text: noise(1 << 20, 86) }],
  ['work/empty', { text: '' }],
  ['work/tree/a/one.txt', { text: 'first\n' }],
  ['work/tree/a/two.c', { text: 'int main(void) { return 2; }\n' }],
  ['work/tree/b/c/three.txt', { text: 'third\n' }],
  ['work/tree/b/four.c', { text: 'int four = 4;\n' }],
  ['work/tree/link', { link: 'b/c/three.txt' }],
  ['work/tree/private', { directory: 0o700 }],
  ['root', { directory: 0o755 }],
  ['tmp', { directory: 0o1777 }],
  ['dev', { directory: 0o755 }],
  ['proc', { directory: 0o755 }],
  ...APPLETS.map((applet): [string, Entry] => [`bin/${applet}`, { link: 'busybox' }]),
];

function write(root: string, path: string, entry: Entry): void {
  const at = join(root, path);
  mkdirSync('directory' in entry ? at : dirname(at), { recursive: true });
  if ('link' in entry) symlinkSync(entry.link, at);
  else if ('text' in entry) writeFileSync(at, entry.text, 'latin1');
  if ('directory' in entry) chmodSync(at, entry.directory);
  else if ('text' in entry) chmodSync(at, entry.mode ?? 0o644);
}

/** Sets the times, children before their directories; plain directories on the way get plain modes. */
function settle(root: string): void {
  const paths = new Set(['bin', 'bin/busybox']);
  for (const [path] of entries) for (let at = path; at !== '.'; at = dirname(at)) paths.add(at);
  const special = new Set(entries.map(([path]) => path));
  const sorted = [...paths].sort().reverse();
  sorted.forEach((path, index) => {
    const isPlainDirectory = !special.has(path) && path !== 'bin/busybox';
    if (isPlainDirectory) chmodSync(join(root, path), 0o755);
    lutimesSync(join(root, path), LONG_AGO + index, LONG_AGO + index);
  });
  chmodSync(root, 0o755);
  lutimesSync(root, LONG_AGO, LONG_AGO);
}

function build(root: string, busybox: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  for (const [path, entry] of entries) write(root, path, entry);
  if (process.getuid?.() === 0) spawnSync('chown', ['-R', '-h', '0:0', root]);
  settle(root);
}

/**
 * A root directory with the given busybox and the files above, built at the first use in .cache/fixtures. Not to be written to: runs
 * work on a copy or on a layer above. Everything belongs to user 0 when root builds it.
 */
export function busyboxRoot(busybox: string): string {
  const recipe = JSON.stringify([1, busybox, process.getuid?.() === 0, LONG_AGO, entries]);
  const root = join(cache, `busybox-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  return withLock(join(cache, '.lock'), 60_000, () => {
    if (existsSync(root)) return root;
    const fresh = `${root}.new`;
    rmSync(fresh, { recursive: true, force: true });
    build(fresh, busybox);
    renameSync(fresh, root);
    return root;
  });
}
