/** Where Debian's packages come from: a mirror that was named, or the host's own apt sources. */
import { existsSync, readFileSync } from 'node:fs';
import { CliError } from '../errors.ts';
import { host } from './host.ts';

/** One repository, as apt's sources.list(5) has it on a line. */
export interface Source {
  /** Without a slash at its end. */
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
  readonly keyring?: string;
}

/** A distribution whose packages are Debian's or derived from them: os-release(5)'s name for it. */
interface Distribution {
  readonly id: string;
  /** Its keys, where a package of it puts them; without that file apt's trusted keys count. */
  readonly keyring: string;
  readonly components: string;
}

const DEBIAN: Distribution = {
  id: 'debian',
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  components: 'main',
};
const UBUNTU: Distribution = {
  id: 'ubuntu',
  keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  components: 'main universe',
};

/** The repositories of the host's apt, as it would ask them for their InRelease files. */
function hostSources(): { readonly uri: string; readonly suite: string }[] {
  const { stdout } = host(['apt-get', 'update', '--print-uris']);
  return [...stdout.matchAll(/^'(\S+)\/dists\/(\S+)\/InRelease'/gm)].map(([, uri, suite]) => ({
    uri: uri!,
    suite: suite!,
  }));
}

/** What the host runs: a distribution and the code name of its release; undefined where it is none of these. */
function hostRelease(): { readonly distribution: Distribution; readonly suite: string } | undefined {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const id = /^ID="?([\w-]+)"?$/m.exec(text)?.[1];
  const suite = /^VERSION_CODENAME="?([\w-]+)"?$/m.exec(text)?.[1];
  const distribution = [DEBIAN, UBUNTU].find((each) => each.id === id);
  return distribution && suite !== undefined ? { distribution, suite } : undefined;
}

const source = (distribution: Distribution, uri: string, suite: string): Source => {
  const { keyring, components } = distribution;
  return { uri: uri.replace(/\/$/, ''), suite, components, ...(existsSync(keyring) && { keyring }) };
};

/**
 * The repositories to use, the suite itself first. Without a mirror those that the host has of its own release count,
 * with its updates; for another suite than the host's the same mirror is asked. Throws CliError ENOMIRROR.
 */
export function findSources(mirror: string | undefined, suite: string | undefined): Source[] {
  const host = hostRelease();
  if (mirror !== undefined) {
    const chosen = suite ?? (host?.distribution === DEBIAN ? host.suite : undefined);
    if (chosen === undefined) throw new CliError(mirror, 'which of its suites is not known', '--suite', 'ENOMIRROR');
    return [source(DEBIAN, mirror, chosen)];
  }
  const known = hostSources();
  const own = known.find((each) => each.suite === host?.suite);
  if (own === undefined || host === undefined) {
    throw new CliError('apt', 'this host has no source of a release of its own', '--mirror, --suite', 'ENOMIRROR');
  }
  const { distribution } = host;
  if (suite !== undefined && suite !== host.suite) return [source(distribution, own.uri, suite)];
  const updates = known.filter((each) => each.suite.startsWith(`${own.suite}-`));
  return [own, ...updates].map((each) => source(distribution, each.uri, each.suite));
}

/** The text of a sources.list(5). */
export function sourcesList(sources: readonly Source[], architecture: string): string {
  return sources
    .map(({ uri, suite, components, keyring }) => {
      const signed = keyring === undefined ? '' : ` signed-by=${keyring}`;
      return `deb [arch=${architecture}${signed}] ${uri} ${suite} ${components}\n`;
    })
    .join('');
}
