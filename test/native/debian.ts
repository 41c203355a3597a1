/** Debian's i386 packages, unpacked for tests. Nothing is installed, and no binary of Debian's enters the repository. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../../src/cli/errors.ts';
import { Apt } from '../../src/cli/rootfs/apt.ts';
import { buildDebianRoot } from '../../src/cli/rootfs/debian.ts';
import { complaint, host } from '../../src/cli/rootfs/host.ts';
import { withLock } from './lock.ts';
import { isMissing, type Missing } from './need.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache');
const packages = join(cache, 'debian');
const roots = join(cache, 'roots');
/** apt's own lists and downloads. */
const downloads = join(cache, 'apt');
const WAIT_MS = 600_000;
/** With or without an architecture: `musl-dev:amd64`. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?$/;

/** What `action` gives, or what this host lacks for it. One process at a time. */
export function underLock<T>(action: () => T | Missing): T | Missing {
  mkdirSync(cache, { recursive: true });
  return withLock(join(cache, '.apt-lock'), WAIT_MS, () => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return { missing: error.message };
    }
  });
}

const apts = new Map<string, Apt>();

function aptOf(architecture: string): Apt {
  const apt = apts.get(architecture) ?? new Apt({ cache: downloads, architecture });
  apts.set(architecture, apt);
  return apt;
}

function unpack(name: string, target: string): string | Missing {
  const [bare, architecture = 'i386'] = name.split(':') as [string, string?];
  const deb = aptOf(architecture).fetch(bare);
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const unpacked = host(['dpkg-deb', '-x', deb, fresh]);
  if (!unpacked.ok) return { missing: `a readable ${name}: ${complaint(unpacked)}` };
  writeFileSync(join(fresh, '.complete'), '');
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
  return target;
}

const known = new Map<string, string | Missing>();

/**
 * The directory into which Debian's package NAME is unpacked (.cache/debian/NAME), for i386 unless the name says
 * otherwise (`musl-dev:amd64`), fetched at the first use; or what is missing for that. Safe in parallel. Ask in a test,
 * not while tests are collected: the first use takes seconds.
 */
export function fetchDebian(name: string): string | Missing {
  if (!PACKAGE_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no Debian package name`);
  const target = join(packages, name);
  const isThere = (): boolean => existsSync(join(target, '.complete'));
  if (isThere()) return target;
  const before = known.get(name);
  if (before) return before;
  const found = underLock(() => (isThere() ? target : unpack(name, target)));
  known.set(name, found);
  return found;
}

/** Debian's static busybox, or what is missing. */
export function fetchBusybox(): string | Missing {
  const root = fetchDebian('busybox-static');
  return typeof root === 'string' ? join(root, 'bin/busybox') : root;
}

const KERNEL = 'linux-image-686-pae';

/** The directory of a Debian i386 kernel and its modules, the current one at the first use, or what is missing. */
export function fetchKernel(): string | Missing {
  const there = existsSync(packages)
    ? readdirSync(packages).find((name) => name.startsWith('linux-image-'))
    : undefined;
  if (there !== undefined) return fetchDebian(there);
  const name = underLock(() => aptOf('i386').firstDependency(KERNEL) ?? { missing: `a kernel behind ${KERNEL}` });
  return isMissing(name) ? name : fetchDebian(name);
}

export interface RootRecipe {
  /** Name of the directory in .cache/roots. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Packages that are left out although something needs them. */
  readonly without?: readonly string[];
}

/** Needed by packages and never by a program that runs: Debian's own tools and data. */
const WITHOUT = ['dpkg', 'debconf', 'gcc-12-base', 'media-types', 'readline-common', 'tzdata', 'libc-bin'];

/**
 * The directory .cache/roots/NAME-..., made at the first use as `cr86 rootfs debian` makes it, or what is missing for it.
 * Not to be written to. Safe in parallel.
 */
export function debianRoot(recipe: RootRecipe): string | Missing {
  const { name, packages: wanted, without = [] } = recipe;
  const key = createHash('sha256').update(JSON.stringify([2, wanted, without, WITHOUT]));
  const output = join(roots, `${name}-${key.digest('hex').slice(0, 16)}`);
  if (existsSync(output)) return output;
  return underLock(() => {
    const exclude = [...WITHOUT, ...without];
    if (!existsSync(output)) buildDebianRoot(wanted, { output, exclude, cache: downloads, tell: () => {} });
    return output;
  });
}
