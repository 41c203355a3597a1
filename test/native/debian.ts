/** Debian's i386 packages, unpacked for tests. Nothing is installed, and no binary of Debian's enters the repository. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.ts';
import { isMissing, type Missing } from './need.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/debian');
const WAIT_MS = 300_000;
const COMMAND_MS = 240_000;
/** With or without an architecture: `musl-dev:amd64`, `perl-modules-5.36:all`. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?$/;

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

function command(argv: readonly string[], cwd: string): Outcome {
  const result = spawnSync(argv[0] as string, argv.slice(1), {
    cwd,
    encoding: 'utf8',
    timeout: COMMAND_MS,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.error) return { ok: false, output: result.error.message };
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Makes apt know i386 packages. Only root may, and only once. */
function knowArchitecture(): Missing | undefined {
  const known = command(['dpkg', '--print-foreign-architectures'], '/');
  if (!known.ok) return { missing: 'dpkg and apt (a Debian or Ubuntu host)' };
  if (known.output.split('\n').includes('i386')) return undefined;
  if (process.getuid?.() !== 0)
    return { missing: 'the i386 architecture in dpkg, which only root can add (.ci/needs)' };
  const added = command(['dpkg', '--add-architecture', 'i386'], '/');
  return added.ok ? undefined : { missing: `the i386 architecture in dpkg: ${lastLine(added.output)}` };
}

const withArchitecture = (name: string): string => (name.includes(':') ? name : `${name}:i386`);

/** What `attempt` finds; where it finds nothing, the package lists are fetched and it is asked once more. */
function withLists<T>(what: string, attempt: () => T | undefined): T | Missing {
  const first = attempt();
  if (first !== undefined) return first;
  const update = process.getuid?.() === 0 ? command(['apt-get', 'update', '-q'], '/') : undefined;
  const second = update && attempt();
  if (second !== undefined) return second;
  const reason = update ? lastLine(update.output) : 'apt-get update needs root (.ci/needs)';
  return { missing: `Debian's ${what}: ${reason}` };
}

/** `apt-get download` into a directory. */
function download(name: string, into: string): string | Missing {
  return withLists(`${name}, which apt-get could not download`, () => {
    command(['apt-get', 'download', '-q', name], into);
    const found = readdirSync(into).find((file) => file.endsWith('.deb'));
    return found && join(into, found);
  });
}

/** A line of `apt-cache depends`: `|Depends: ` has an alternative, and names in <> are of no package of this architecture. */
const DEPENDS = /^ ([ |])(?:Pre)?Depends: (<?)([^>\s]+)>?$/;

/**
 * The packages that `names` need directly, as fetchDebian takes them; undefined when apt knows none of a name. Of
 * alternatives the first that is there counts; a package for all architectures is listed below its name in <>.
 */
function dependencies(names: readonly string[]): string[] | undefined {
  const asked = command(['apt-cache', 'depends', '-i', ...names.map(withArchitecture)], '/');
  const lines = asked.output.split('\n');
  if (!asked.ok || lines.filter((line) => /^[a-z0-9]/.test(line)).length < names.length) return undefined;
  const found: string[] = [];
  let isChosen = false;
  lines.forEach((line, at) => {
    const [, mark, absent, needed] = DEPENDS.exec(line) ?? [];
    if (needed === undefined) return;
    const forAll = /^ {4}(\S+)$/.exec(lines[at + 1] ?? '')?.[1];
    const candidate = absent ? forAll && `${forAll}:all` : needed.replace(/:i386$/, '');
    if (!isChosen && candidate) found.push(candidate);
    isChosen = mark === '|' && (isChosen || Boolean(candidate));
  });
  return found;
}

/** `names` and all that they need, each once, except `without` (no architectures there) and what only these need. */
export function closure(names: readonly string[], without: readonly string[]): string[] | Missing {
  const lacks = knowArchitecture();
  if (lacks) return lacks;
  const all = new Set<string>();
  for (let fresh = [...names]; fresh.length > 0; ) {
    for (const name of fresh) all.add(name);
    const needed = withLists(`${fresh.join(', ')} in apt's lists`, () => dependencies(fresh));
    if (isMissing(needed)) return needed;
    fresh = [...new Set(needed)].filter((name) => !all.has(name) && !without.includes(name.replace(/:.*/, '')));
  }
  return [...all];
}

function fetch(name: string, target: string): string | Missing {
  const lacks = knowArchitecture();
  if (lacks) return lacks;
  const work = `${target}.work`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'root'), { recursive: true });
  try {
    const deb = download(withArchitecture(name), work);
    if (typeof deb !== 'string') return deb;
    const unpacked = command(['dpkg-deb', '-x', deb, join(work, 'root')], work);
    if (!unpacked.ok) return { missing: `a readable ${withArchitecture(name)}: ${lastLine(unpacked.output)}` };
    writeFileSync(join(work, 'root', '.complete'), '');
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'root'), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const known = new Map<string, string | Missing>();

/**
 * The directory into which Debian's package NAME is unpacked (.cache/debian/NAME), for i386 unless the name says
 * otherwise (`musl-dev:amd64`), fetched at the first use; or what is missing for that. Safe in parallel. Ask in a test, not while tests are collected: the first use takes seconds.
 */
export function fetchDebian(name: string): string | Missing {
  if (!PACKAGE_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no Debian package name`);
  const target = join(cache, name);
  const isThere = (): boolean => existsSync(join(target, '.complete'));
  if (isThere()) return target;
  const before = known.get(name);
  if (before) return before;
  mkdirSync(cache, { recursive: true });
  const found = withLock(join(cache, '.lock'), WAIT_MS, () => (isThere() ? target : fetch(name, target)));
  known.set(name, found);
  return found;
}

/** Debian's static busybox, or what is missing. */
export function fetchBusybox(): string | Missing {
  const root = fetchDebian('busybox-static');
  return typeof root === 'string' ? join(root, 'bin/busybox') : root;
}

const KERNEL = 'linux-image-686-pae';

/** The directory of Debian's current i386 kernel and its modules, or what is missing. */
export function fetchKernel(): string | Missing {
  const lacks = knowArchitecture();
  if (lacks) return lacks;
  const depends = command(['apt-cache', 'depends', `${KERNEL}:i386`], '/').output;
  const name = /Depends: (linux-image-[0-9][^:\s]*)/.exec(depends)?.[1];
  return name === undefined ? { missing: `Debian's ${KERNEL}:i386 in apt's lists (.ci/needs)` } : fetchDebian(name);
}
