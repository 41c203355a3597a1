/** `cr86 rootfs debian`: a root directory made of Debian's i386 packages, for `--root`. */

import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { type Alternative, alternativesOf } from './alternatives.ts';
import { Apt, type Chosen } from './apt.ts';
import { complaint, host } from './host.ts';
import { prepareRoot, settleRoot } from './settle.ts';

export interface RootfsOptions {
  /** The directory to make. */
  readonly output: string;
  readonly suite?: string;
  readonly mirror?: string;
  readonly exclude?: readonly string[];
  readonly recommends?: boolean;
  /** Keeps manuals and translations. */
  readonly documents?: boolean;
  /** Package lists and downloads; default: cr86/debian in the user's cache directory. */
  readonly cache?: string;
  /** Is told what goes on. Default: lines on stderr. */
  readonly tell?: (line: string) => void;
}

/** A name as Debian's policy has it, perhaps with a version. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/;
const MEGABYTE = 1_000_000;

function userCache(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cr86/debian');
}

const onStderr = (line: string): void => {
  process.stderr.write(`cr86: ${line}\n`);
};

/** Throws CliError EUSAGE, ENOTEMPTY before anything is fetched. */
function checkArguments(packages: readonly string[], exclude: readonly string[], output: string): void {
  const wrong = [...packages, ...exclude].find((name) => !PACKAGE.test(name));
  if (wrong !== undefined) throw new CliError(wrong, 'is no name of a Debian package', '', 'EUSAGE', 2);
  let entries: string[];
  try {
    entries = readdirSync(output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (entries.length > 0) throw new CliError(output, 'holds files, which are not replaced', '-o', 'ENOTEMPTY');
}

/** Unpacks a package; what it would put into /bin goes where that leads. Returns the links that its script makes. */
function unpack({ name, deb }: Chosen, root: string): Alternative[] {
  const archive = `${root}.tar`;
  const fd = openSync(archive, 'w');
  try {
    const read = host(['dpkg-deb', '--fsys-tarfile', deb], { into: fd });
    const keep = ['--keep-directory-symlink', '--no-same-owner', '--preserve-permissions', '--delay-directory-restore'];
    const done = read.ok ? host(['tar', '-x', ...keep, '-f', archive, '-C', root]) : read;
    if (!done.ok) throw new CliError(name, `${deb} cannot be unpacked: ${complaint(done)}`, '', 'EUNPACK');
  } finally {
    closeSync(fd);
    rmSync(archive, { force: true });
  }
  return alternativesOf(host(['dpkg-deb', '--info', deb, 'postinst']).stdout);
}

/** Makes `output` appear at once, complete. */
function place(fresh: string, output: string): void {
  try {
    rmdirSync(output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(fresh, output);
}

/**
 * Makes the directory; what goes wrong leaves none. Files belong to the user who makes them. Throws CliError with the
 * codes of docs/errors.md.
 */
export function buildDebianRoot(packages: readonly string[], options: RootfsOptions): void {
  const { exclude = [], recommends = false, documents = false, tell = onStderr } = options;
  const output = resolve(options.output);
  checkArguments(packages, exclude, output);
  const { mirror, suite, cache = userCache() } = options;
  const apt = new Apt({ cache: resolve(cache), tell, ...(mirror && { mirror }), ...(suite && { suite }) });
  const chosen = apt.resolve(packages, exclude, recommends);
  const missing = chosen.filter(({ bytes }) => bytes > 0);
  const megabytes = missing.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE;
  tell(`${apt.suite}: ${chosen.length} packages, ${missing.length} to download (${megabytes.toFixed(1)} MB)`);
  apt.download(chosen);
  mkdirSync(dirname(output), { recursive: true });
  const work = mkdtempSync(join(dirname(output), `${basename(output)}.new-`));
  try {
    const fresh = join(work, 'root');
    prepareRoot(fresh);
    tell(`${options.output}: unpacking`);
    const alternatives = chosen.flatMap((each) => unpack(each, fresh));
    settleRoot(fresh, alternatives, documents);
    place(fresh, output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  tell(`${options.output}: ${chosen.length} packages`);
}
