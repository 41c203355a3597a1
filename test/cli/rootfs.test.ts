/** `cr86 rootfs debian`: what it refuses, and the directory that it makes. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../src/cli/errors.ts';
import { alternativesOf, bestAlternatives } from '../../src/cli/rootfs/alternatives.ts';
import { buildDebianRoot, type RootfsOptions } from '../../src/cli/rootfs/debian.ts';
import { debianRoot } from '../native/debian.ts';
import { need } from '../native/need.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cr86-rootfs-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The line with which making a root of these packages fails. */
function failure(packages: readonly string[], options: Partial<RootfsOptions> = {}): string {
  const output = join(directory, 'root');
  const cache = join(directory, 'cache');
  try {
    buildDebianRoot(packages, { output, cache, tell: () => {}, ...options });
  } catch (error) {
    if (error instanceof CliError) return error.line;
    throw error;
  }
  throw new Error('a root was made');
}

describe('cr86 rootfs debian refuses', () => {
  it('what is no name of a package', () => {
    expect(failure(['bash', '../etc'])).toBe('../etc: is no name of a Debian package [EUSAGE]');
    expect(failure(['bash'], { exclude: ['-o'] })).toBe('-o: is no name of a Debian package [EUSAGE]');
  });

  it('a directory that holds something, which it leaves alone', () => {
    writeFileSync(join(directory, 'precious'), 'kept');
    expect(failure(['bash'], { output: directory })).toBe(
      `${directory}: holds files, which are not replaced (-o) [ENOTEMPTY]`,
    );
    expect(readdirSync(directory)).toEqual(['precious']);
  });

  it('a host without apt', () => {
    const path = process.env.PATH;
    process.env.PATH = directory;
    try {
      expect(failure(['bash'])).toMatch(/^apt-get: needed for Debian packages, and not on this host .*\[ENOAPT\]$/);
    } finally {
      process.env.PATH = path;
    }
  });

  it('a mirror that does not answer, and leaves nothing behind', (context) => {
    need(context, debianRoot({ name: 'lua', packages: ['lua5.4'] }));
    const mirror = `file:${directory}/none`;
    expect(failure(['bash'], { mirror, suite: 'bookworm' })).toMatch(/bookworm: no package list: .*\[ENETWORK\]$/);
    expect(readdirSync(directory)).toEqual(['cache']);
  });
});

describe('a root directory of Debian packages', () => {
  it('has merged directories, users, and links to the alternatives', (context) => {
    const root = need(context, debianRoot({ name: 'lua', packages: ['lua5.4'] }));
    for (const name of ['bin', 'sbin', 'lib']) expect(readlinkSync(join(root, name))).toBe(`usr/${name}`);
    expect(readFileSync(join(root, 'etc/passwd'), 'latin1')).toMatch(/^root:x:0:0:/);
    expect(lstatSync(join(root, 'tmp')).mode & 0o7777).toBe(0o1777);
    expect(readlinkSync(join(root, 'usr/bin/lua'))).toBe('/usr/bin/lua5.4');
    expect(readdirSync(join(root, 'usr/share'))).not.toContain('man');
    expect(lstatSync(join(root, 'etc/passwd')).mtimeMs).toBe(lstatSync(root).mtimeMs);
  });
});

describe('the links of maintainer scripts', () => {
  it('are found with their slaves, over continued lines', () => {
    const script = `#!/bin/sh
update-alternatives --quiet --install /usr/bin/awk awk /usr/bin/mawk 5 \\
    --slave /usr/bin/nawk nawk /usr/bin/mawk
update-alternatives --remove x /usr/bin/x
`;
    expect(alternativesOf(script)).toEqual([
      { link: '/usr/bin/awk', target: '/usr/bin/mawk', priority: 5 },
      { link: '/usr/bin/nawk', target: '/usr/bin/mawk', priority: 5 },
    ]);
  });

  it('are found in loops over words, and left alone where they are computed otherwise', () => {
    const loop = 'for i in vi ex; do\n  update-alternatives --install /usr/bin/$i $i /usr/bin/vim.tiny 15\ndone\n';
    expect(alternativesOf(loop).map(({ link }) => link)).toEqual(['/usr/bin/vi', '/usr/bin/ex']);
    expect(alternativesOf('update-alternatives --install $LINK x "$TARGET" 5\n')).toEqual([]);
  });

  it('lead to the alternative of the highest priority', () => {
    const of = (target: string, priority: number) => ({ link: '/usr/bin/awk', target, priority });
    expect(bestAlternatives([of('/a', 5), of('/b', 10), of('/c', 10)])).toEqual([of('/b', 10)]);
  });
});
