/** A root directory made of several of Debian's i386 packages and what they need. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closure, fetchDebian } from './debian.ts';
import { withLock } from './lock.ts';
import { isMissing, type Missing } from './need.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/roots');
const WAIT_MS = 600_000;

export interface RootRecipe {
  /** Name of the directory in .cache/roots. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Packages that are left out although something needs them. */
  readonly without?: readonly string[];
}

/** Needed by packages and never by a program that runs: Debian's own tools and data. */
const WITHOUT = ['dpkg', 'debconf', 'gcc-12-base', 'media-types', 'readline-common', 'tzdata', 'libc-bin'];
/** Directories that are links into /usr, as on a merged system; a package may have files at both places. */
const MERGED = ['bin', 'sbin', 'lib'];
const EMPTY = ['dev', 'proc', 'root', 'tmp', 'work'];
/** Documents, translations and character sets. */
const PRUNED = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/lib/i386-linux-gnu/gconv',
];

function copy(from: string, into: string): void {
  mkdirSync(into, { recursive: true });
  const done = spawnSync('cp', ['-a', '--', `${from}/.`, into], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`cp ${from}: ${done.error?.message ?? done.stderr}`);
}

function merge(unpacked: string, root: string): void {
  for (const { name } of readdirSync(unpacked, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    copy(join(unpacked, name), join(root, MERGED.includes(name) ? `usr/${name}` : name));
  }
}

function build(names: readonly string[], root: string): Missing | undefined {
  const fresh = `${root}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const name of [...MERGED.map((each) => `usr/${each}`), ...EMPTY])
    mkdirSync(join(fresh, name), { recursive: true });
  for (const name of MERGED) symlinkSync(`usr/${name}`, join(fresh, name));
  for (const name of names) {
    const unpacked = fetchDebian(name);
    if (isMissing(unpacked)) return unpacked;
    merge(unpacked, fresh);
  }
  for (const name of PRUNED) rmSync(join(fresh, name), { recursive: true, force: true });
  renameSync(fresh, root);
  return undefined;
}

/**
 * The directory .cache/roots/NAME-..., made at the first use, or what is missing for it. Programs find their libraries
 * in /lib and /usr/lib: there is no ldconfig cache. Not to be written to. Safe in parallel.
 */
export function debianRoot({ name, packages, without = [] }: RootRecipe): string | Missing {
  const recipe = JSON.stringify([1, packages, without, WITHOUT, EMPTY, PRUNED]);
  const root = join(cache, `${name}-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  return withLock(join(cache, '.lock'), WAIT_MS, () => {
    if (existsSync(root)) return root;
    const names = closure(packages, [...WITHOUT, ...without]);
    return isMissing(names) ? names : (build(names, root) ?? root);
  });
}
