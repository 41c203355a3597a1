/** Host trees shared with a guest: seen where they are put, written to only in the machine, found again by a restore. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine, MemoryBase } from '../../src/api/node.ts';
import { JoinedBase } from '../../src/kernel/fs/joined-base.ts';

describe('shared trees', () => {
  let host: string;
  beforeEach(() => {
    host = mkdtempSync(join(tmpdir(), 'cr86-share-'));
    mkdirSync(join(host, 'tree'));
    writeFileSync(join(host, 'tree/word'), 'shared\n');
  });
  afterEach(() => rmSync(host, { recursive: true, force: true }));

  function output(machine: Machine): string {
    let text = '';
    machine.events.on('output', (_stream, bytes) => {
      text += Buffer.from(bytes).toString('latin1');
    });
    machine.runToEnd();
    return text;
  }

  const share = (argv: string[], readOnly = false): Machine =>
    Machine.boot({ argv, shares: [{ from: join(host, 'tree'), at: '/srv/work', readOnly }] });

  it('a file is read where its tree was put, in directories that the root lacks', () => {
    expect(output(share(['cat', '/srv/work/word']))).toBe('shared\n');
    expect(output(share(['ls', '/srv']))).toBe('work\n');
    expect(output(share(['ls', '/']))).toContain('srv\n');
  });

  it('what the guest writes stays in the machine', () => {
    expect(output(share(['cp', '/bin/hello', '/srv/work/word']))).toBe('');
    expect(output(share(['rm', '/srv/work/word']))).toBe('');
    expect(readFileSync(join(host, 'tree/word'), 'utf8')).toBe('shared\n');
  });

  it('a read-only one refuses to be written, also after a restore', () => {
    const machine = share(['rm', '/srv/work/word'], true);
    const restored = Machine.restore(machine.checkpoint().image);
    expect(output(machine)).toMatch(/Read-only file system/);
    expect(output(restored)).toMatch(/Read-only file system/);
  });

  it('an image names it, and demands what it was', () => {
    const { image } = share(['cat', '/srv/work/word']).checkpoint();
    expect(output(Machine.restore(image))).toBe('shared\n');
    renameSync(join(host, 'tree'), join(host, 'moved'));
    expect(() => Machine.restore(image)).toThrow(/cannot be read as a root directory \[ENOENT\]/);
    const shares = [{ from: join(host, 'moved'), at: '/srv/work' }];
    const machine = Machine.restore(image, { shares });
    const again = Machine.restore(machine.checkpoint().image);
    expect([output(machine), output(again)]).toEqual(['shared\n', 'shared\n']);
    writeFileSync(join(host, 'moved/word'), 'another\n');
    expect(() => Machine.restore(image, { shares })).toThrow(/\/srv\/work\/word has another content.*\[EROOTFS\]/);
  });

  it('places that cannot be are refused by name', () => {
    const boot = (at: string) => () => Machine.boot({ argv: ['true'], shares: [{ from: host, at }] });
    for (const at of ['/', 'srv', '/srv/../etc', '/srv/']) expect(boot(at)).toThrow(/is no absolute path.*\[ESHARE\]/);
    expect(boot('/proc/x')).toThrow(/\/proc\/x: is where the kernel has its own \[ESHARE\]/);
    expect(boot('/none')).not.toThrow();
    const { image } = share(['true']).checkpoint();
    expect(() => Machine.restore(image, { shares: [{ from: host, at: '/else' }] })).toThrow(/no tree was shared there/);
  });
});

describe('a joined base layer', () => {
  const root = new MemoryBase({ '/etc/motd': 'root', '/data': 'a file', '/b/own': 'hidden' });
  const outer = new MemoryBase({ '/x': 'outer', '/inner/lost': 'hidden' });
  const inner = new MemoryBase({ '/y': 'inner' });
  const base = new JoinedBase(root, [
    { at: '/b', base: outer },
    { at: '/b/inner', base: inner },
    { at: '/data/deep', base: inner },
  ]);
  const names = (path: string) => base.entries(path).map(({ name, type }) => `${name} ${type}`);

  it('shows each tree at its place and hides what was there', () => {
    expect(names('/')).toEqual(['b dir', 'data dir', 'etc dir']);
    expect(names('/b')).toEqual(['inner dir', 'x file']);
    expect(names('/b/inner')).toEqual(['y file']);
    expect(names('/data')).toEqual(['deep dir']);
    expect(Buffer.from(base.read('/b/inner/y', 0, 9)).toString()).toBe('inner');
    expect(base.digest('/data/deep/y')).toBe(inner.digest('/y'));
  });

  it('its manifest is what a walk finds', () => {
    const found: string[] = [];
    const visit = (path: string): void => {
      for (const { name, type } of base.entries(path)) {
        const child = `${path === '/' ? '' : path}/${name}`;
        found.push(`${child} ${type}`);
        if (type === 'dir') visit(child);
      }
    };
    visit('/');
    expect(base.manifest().map(({ path, entry }) => `${path} ${entry.type}`)).toEqual(found.sort());
  });
});
