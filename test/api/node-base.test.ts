import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostDirectory } from '../../src/api/node-base.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a host directory as base layer', () => {
  let root: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'cr86-base-')));
    mkdirSync(join(root, 'etc/deep'), { recursive: true });
    writeFileSync(join(root, 'etc/motd'), 'hello\n');
    chmodSync(join(root, 'etc/motd'), 0o4640);
    utimesSync(join(root, 'etc/motd'), 1000, 1000.5);
    writeFileSync(join(root, 'etc/deep/x'), '');
    symlinkSync('/etc/passwd', join(root, 'out'));
    symlinkSync('etc', join(root, 'inner'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lists entries by name, with what lstat says', () => {
    const base = new HostDirectory(root);
    expect(base.entries('/').map((e) => [e.name, e.type])).toEqual([
      ['etc', 'dir'],
      ['inner', 'link'],
      ['out', 'link'],
    ]);
    const motd = base.entries('/etc').find((e) => e.name === 'motd');
    expect(motd).toMatchObject({ type: 'file', mode: 0o4640, size: 6, mtimeNs: 1_000_500_000_000n });
    expect(base.origin).toBe(root);
  });

  it('reads parts of files, and shorter ones at the end', () => {
    const base = new HostDirectory(root);
    expect(Buffer.from(base.read('/etc/motd', 1, 3)).toString()).toBe('ell');
    expect(base.read('/etc/motd', 4, 100).length).toBe(2);
    expect(base.read('/etc/motd', 6, 1).length).toBe(0);
    expect(base.read('/etc/motd', 60, 1).length).toBe(0);
  });

  it('gives a link as data and never follows it', () => {
    const base = new HostDirectory(root);
    expect(base.entries('/').find((e) => e.name === 'out')?.target).toBe('/etc/passwd');
    expect(() => base.read('/out', 0, 10)).toThrow(/no such file in the root directory \[ENOENT\]/);
    expect(base.entries('/inner')).toEqual([]);
    expect(() => base.read('/inner/motd', 0, 1)).toThrow(/ENOENT/);
    expect(() => base.read('/../../etc/passwd', 0, 1)).toThrow(/ENOENT/);
    expect(base.entries('/..')).toEqual([]);
  });

  it('keeps names that are not UTF-8 byte for byte', () => {
    writeFileSync(Buffer.concat([latin1(root), latin1('/caf\xe9')]), 'au lait');
    const base = new HostDirectory(root);
    expect(base.entries('/').map((e) => e.name)).toContain('caf\xe9');
    expect(Buffer.from(base.read('/caf\xe9', 0, 99)).toString()).toBe('au lait');
  });

  it('gives a sorted manifest with digests', () => {
    const rows = new HostDirectory(root).manifest();
    expect(rows.map((r) => r.path)).toEqual(['/etc', '/etc/deep', '/etc/deep/x', '/etc/motd', '/inner', '/out']);
    expect(rows.find((r) => r.path === '/etc/motd')?.digest).toBe(createHash('sha256').update('hello\n').digest('hex'));
    expect(rows.find((r) => r.path === '/etc')?.digest).toBe('');
  });

  it('shows the same files on every host when fixed', () => {
    chmodSync(join(root, 'etc/motd'), 0o600);
    mkdirSync(join(root, 'tmp'));
    writeFileSync(join(root, 'tmp/.keep'), '');
    const base = new HostDirectory(root, { fixed: { mtimeNs: 5n }, hidden: ['.keep'], origin: 'embedded' });
    const motd = base.entries('/etc').find((e) => e.name === 'motd');
    expect(motd).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtimeNs: 5n });
    expect(base.entries('/').find((e) => e.name === 'tmp')?.mode).toBe(0o1777);
    expect(base.entries('/tmp')).toEqual([]);
    expect(base.origin).toBe('embedded');
  });

  it('refuses a file that changed its size under the machine', () => {
    const base = new HostDirectory(root);
    base.entries('/etc');
    writeFileSync(join(root, 'etc/motd'), 'longer than before\n');
    expect(() => base.read('/etc/motd', 0, 6)).toThrow(/motd: changed while the machine was using it \[ECHANGED\]/);
  });

  it('names a root that is not there or no directory', () => {
    expect(() => new HostDirectory(join(root, 'nowhere'))).toThrow(
      /nowhere: cannot be read as a root directory \[ENOENT\]/,
    );
    expect(() => new HostDirectory(join(root, 'etc/motd'))).toThrow(/\[ENOTDIR\]/);
  });
});
