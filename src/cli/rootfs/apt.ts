/**
 * apt with a state of its own: package lists, downloads and the view of what is installed lie in a cache directory, so
 * that it needs no root and the host's apt never notices. apt verifies signatures and checksums.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { complaint, host, type Ran } from './host.ts';
import { findSources, type Source, sourcesList } from './sources.ts';

export interface AptOptions {
  /** The directory for lists and downloads; made when it is not there. */
  readonly cache: string;
  /** The host's own Debian mirror unless given. */
  readonly mirror?: string;
  /** Code name of the release; the host's unless given. */
  readonly suite?: string;
  /** Debian's name. Default: i386. */
  readonly architecture?: string;
  /** Is told what goes on, in lines of words. */
  readonly tell?: (line: string) => void;
}

/** A package that apt chose: its file in the cache, and how many bytes are to be downloaded for it. */
export interface Chosen {
  readonly name: string;
  readonly deb: string;
  readonly bytes: number;
}

/** Lists older than this many milliseconds are asked for again. */
const FRESH_MS = 24 * 3600 * 1000;
/** Fields of a package's description that matter when it counts as installed: all but what it would pull in or push out. */
const RELATIONS =
  /^(Depends|Pre-Depends|Recommends|Suggests|Enhances|Conflicts|Breaks|Replaces|Description.*|Status):.*(\n[ \t].*)*\n/gm;

export class Apt {
  readonly #state: string;
  readonly #archives: string;
  readonly #sources: readonly Source[];
  readonly #architecture: string;
  readonly #tell: (line: string) => void;
  #checked = false;

  constructor({ cache, mirror, suite, architecture = 'i386', tell = () => {} }: AptOptions) {
    this.#sources = findSources(mirror, suite);
    this.#architecture = architecture;
    this.#tell = tell;
    const list = sourcesList(this.#sources, architecture);
    const key = createHash('sha256').update(list).digest('hex').slice(0, 12);
    this.#archives = join(cache, 'archives');
    this.#state = join(cache, `${this.suite}-${architecture}-${key}`);
    for (const directory of [join(this.#archives, 'partial'), join(this.#state, 'lists/partial')])
      mkdirSync(directory, { recursive: true });
    writeFileSync(join(this.#state, 'sources.list'), list);
    writeFileSync(join(this.#state, 'config'), this.#config());
    this.#pretend('');
  }

  /** Code name of the release. */
  get suite(): string {
    return this.#sources[0]!.suite;
  }

  /** apt.conf(5). The host's is read before it, for proxies and keys; its hooks are for the host's own packages. */
  #config(): string {
    const state = this.#state;
    const rows: readonly (readonly [string, string])[] = [
      ['Dir::State', state],
      ['Dir::State::status', join(state, 'status')],
      ['Dir::Cache', state],
      ['Dir::Cache::pkgcache', 'pkgcache.bin'],
      ['Dir::Cache::srcpkgcache', 'srcpkgcache.bin'],
      ['Dir::Cache::archives', `${this.#archives}/`],
      ['Dir::Etc::SourceList', join(state, 'sources.list')],
      ['Dir::Etc::SourceParts', '/dev/null'],
      ['Dir::Etc::Preferences', '/dev/null'],
      ['Dir::Etc::PreferencesParts', '/dev/null'],
      ['Dir::Log', state],
      ['APT::Architecture', this.#architecture],
      ['APT::Architectures::', this.#architecture],
      ['APT::Install-Suggests', 'false'],
      // The user that apt changes to for downloads cannot write to a directory of ours.
      ['APT::Sandbox::User', 'root'],
      ['Acquire::Languages', 'none'],
      ['Acquire::Retries', '2'],
      // Nothing is essential to a directory that is no system.
      ['pkgCacheGen::Essential', 'none'],
    ];
    const hooks = ['APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success', 'DPkg::Post-Invoke'];
    const cleared = [...hooks, 'APT::Architectures'].map((name) => `#clear ${name};\n`);
    return [...cleared, ...rows.map(([name, value]) => `${name} "${value}";\n`)].join('');
  }

  /** Makes these descriptions what apt sees as installed. */
  #pretend(status: string): void {
    writeFileSync(join(this.#state, 'status'), status);
  }

  #run(program: string, args: readonly string[], shown = false): Ran {
    return host([program, '-q', '-c', join(this.#state, 'config'), ...args], { cwd: this.#archives, shown });
  }

  /** Whether there is a package list of the suite itself; updates may be missing. */
  #hasLists(): boolean {
    const { uri, suite } = this.#sources[0]!;
    const found = this.#run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages']);
    return found.stdout.split('\n').includes(`${uri}/ ${suite}`);
  }

  /** Fetches the package lists unless they are fresh. Throws CliError ENETWORK when there are none, then. */
  #needLists(force = false): void {
    if (this.#checked && !force) return;
    const mark = join(this.#state, 'updated');
    const fresh = existsSync(mark) && Date.now() - statSync(mark).mtimeMs < FRESH_MS;
    if (!fresh || force) {
      this.#tell(`${this.suite}: fetching the package lists`);
      const updated = this.#run('apt-get', ['update'], true);
      if (!this.#hasLists()) throw this.#noLists(updated);
      if (!updated.ok) this.#tell(`${this.suite}: not everything could be fetched: ${complaint(updated)}`);
      writeFileSync(mark, '');
    }
    this.#checked = true;
  }

  #noLists(updated: Ran): CliError {
    const { uri, suite } = this.#sources[0]!;
    return new CliError(`${uri} ${suite}`, `no package list: ${complaint(updated)}`, '--mirror, --suite', 'ENETWORK');
  }

  /** The package's description, as apt-cache shows the version that would be installed. Throws CliError ENOPACKAGE. */
  #describe(name: string): string {
    const shown = this.#run('apt-cache', ['show', '--no-all-versions', name]);
    if (!shown.ok || shown.stdout.trim() === '') throw this.#unknown(name);
    return shown.stdout.split('\n\n')[0]!;
  }

  #unknown(name: string): CliError {
    return new CliError(
      name,
      `Debian ${this.suite} has no such package for ${this.#architecture}`,
      '--suite',
      'ENOPACKAGE',
    );
  }

  /**
   * The packages that have to be there for `names`, all that they need included. Those of `exclude` count as there
   * already: they are left out, and so is what only they need. Throws CliError ENOPACKAGE, EDEPENDS, ENETWORK.
   */
  resolve(names: readonly string[], exclude: readonly string[], recommends: boolean): Chosen[] {
    this.#needLists();
    const installed = exclude.map((name) => `${this.#describe(name)}\n`.replace(RELATIONS, '').trimEnd());
    this.#pretend(installed.map((text) => `${text}\nStatus: install ok installed\n\n`).join(''));
    const nothing = mkdtempSync(join(this.#state, 'empty-'));
    try {
      mkdirSync(join(nothing, 'partial'));
      const plan = this.#run('apt-get', [
        ...['install', '-y', '--print-uris', '-o', `Dir::Cache::archives=${nothing}/`],
        ...['-o', `APT::Install-Recommends=${recommends}`, ...names],
      ]);
      if (!plan.ok) throw this.#unresolved(names, plan);
      return this.#parsePlan(plan.stdout);
    } finally {
      rmSync(nothing, { recursive: true, force: true });
      this.#pretend('');
    }
  }

  #unresolved(names: readonly string[], plan: Ran): CliError {
    const absent = /Unable to locate package (\S+)|Package '?([^\s']+)'? has no installation candidate/.exec(
      plan.stderr,
    );
    const name = absent?.[1] ?? absent?.[2];
    if (name !== undefined) return this.#unknown(name);
    const unmet = /^ \S.* : .*$/m.exec(plan.stdout)?.[0].trim();
    return new CliError(
      names.join(' '),
      `cannot be had together: ${unmet ?? complaint(plan)}`,
      '--exclude',
      'EDEPENDS',
    );
  }

  /** Lines `'URI' FILE BYTES HASH`, those that are in the cache already with 0 bytes. */
  #parsePlan(text: string): Chosen[] {
    return [...text.matchAll(/^'\S+' (\S+) (\d+) /gm)].map(([, file, size]) => {
      const deb = join(this.#archives, file!);
      const there = existsSync(deb) && statSync(deb).size === Number(size);
      return { name: file!.split('_')[0]!, deb, bytes: there ? 0 : Number(size) };
    });
  }

  /** Downloads what is not in the cache. Throws CliError ENETWORK. */
  download(chosen: readonly Chosen[]): void {
    const missing = chosen.filter(({ bytes }) => bytes > 0);
    if (missing.length === 0) return;
    const names = missing.map(({ name, deb }) => `${name}=${versionOf(deb)}`);
    const done = this.#run('apt-get', ['download', ...names], true);
    const lost = chosen.find(({ deb }) => !existsSync(deb));
    if (!done.ok || lost !== undefined) {
      rmSync(join(this.#state, 'updated'), { force: true });
      throw new CliError(lost?.name ?? 'download', complaint(done), '--mirror', 'ENETWORK');
    }
  }

  /** One package's file, without what it needs. Throws CliError ENOPACKAGE, ENETWORK. */
  fetch(name: string): string {
    this.#needLists();
    const plan = this.#run('apt-get', ['download', '--print-uris', name]);
    const chosen = this.#parsePlan(plan.stdout);
    if (!plan.ok || chosen.length === 0) throw this.#unknown(name);
    this.download(chosen);
    return chosen[0]!.deb;
  }

  /** The name of the package that a package needs first, such as the current kernel; undefined when it needs none. */
  firstDependency(name: string): string | undefined {
    this.#needLists();
    return /^(?:Pre-)?Depends: ([a-z0-9][a-z0-9+.-]+)/m.exec(this.#describe(name))?.[1];
  }
}

/** The version in NAME_VERSION_ARCHITECTURE.deb, where apt writes a colon as %3a. */
function versionOf(deb: string): string {
  return decodeURIComponent(deb.split('/').at(-1)!.split('_')[1]!);
}
