/** The writable layer over the base: a tree that comes from the base behaves as one made by calls, through images too. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Machine, MemoryBase } from '../../../src/api/index.ts';
import { changeMode } from '../../../src/kernel/fs/attr.ts';
import { linkAt, mkdirAt, symlinkAt } from '../../../src/kernel/fs/create.ts';
import {
  AT_FDCWD,
  O_CREAT,
  O_DIRECTORY,
  O_LARGEFILE,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
} from '../../../src/kernel/fs/flags.ts';
import { openFile } from '../../../src/kernel/fs/open.ts';
import { Regular } from '../../../src/kernel/fs/regular.ts';
import { rmdirAt, unlinkAt } from '../../../src/kernel/fs/remove.ts';
import { renameAt } from '../../../src/kernel/fs/rename.ts';
import { statOf } from '../../../src/kernel/fs/stat.ts';
import { lookupAt } from '../../../src/kernel/fs/walk.ts';
import { get, put } from '../../../src/kernel/kobject/kobject.ts';

const guests = join(dirname(fileURLToPath(import.meta.url)), '../../../images/root/bin');
const hello = new Uint8Array(readFileSync(join(guests, 'hello')));

const LONG = 'z'.repeat(5000);
/** The tree: path and content; null for a directory, a leading `>` for a link. */
const TREE: readonly (readonly [string, string | null])[] = [
  ['/t', null],
  ['/t/a', 'file a'],
  ['/t/b', null],
  ['/t/b/a', LONG],
  ['/t/b/b', null],
  ['/t/b/b/c', 'deep'],
  ['/t/c', null],
  ['/t/d', '>b/a'],
];

function layered(): Machine {
  const nodes: Record<string, object> = { '/bin/hello': { content: hello, mode: 0o755 } };
  for (const [path, content] of TREE) {
    if (content === null) nodes[path] = { type: 'dir' };
    else nodes[path] = content.startsWith('>') ? { target: content.slice(1) } : { content };
  }
  return Machine.boot({ argv: ['/bin/hello'], root: new MemoryBase(nodes), ram: 8 });
}

function plain(): Machine {
  const machine = Machine.boot({
    argv: ['/bin/hello'],
    root: new MemoryBase({ '/bin/hello': { content: hello, mode: 0o755 } }),
    ram: 8,
  });
  for (const [path, content] of TREE) {
    const op: Op =
      content === null
        ? ['mkdir', path, path]
        : content.startsWith('>')
          ? ['symlink', path, content.slice(1)]
          : ['write', path, content];
    if (perform(machine, op) !== '0') throw new Error(`cannot make ${path}`);
  }
  return machine;
}

type Op = readonly [name: keyof typeof OPS, path: string, other: string];

interface Context {
  readonly k: Machine['kernel'];
  readonly t: NonNullable<Machine['kernel']['container']['init']>;
}

function contextOf(machine: Machine): Context {
  const k = machine.kernel;
  const t = k.container.init;
  if (t === null) throw new Error('no init');
  return { k, t };
}

/** Opens, works on the inode, closes. */
function withFile({ k, t }: Context, path: string, flags: number, work: (inode: Regular) => string): string {
  const file = openFile(k, t, AT_FDCWD, path, flags | O_LARGEFILE, 0o644);
  if (typeof file === 'number') return String(file);
  get(file);
  const result = file.inode instanceof Regular ? work(file.inode) : 'not regular';
  put(file);
  return result;
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function read(inode: Regular): string {
  return String.fromCharCode(...(inode.bytesAt(0, 10_000) ?? bytes('no memory')));
}

/** What a path shows, and everything below it. */
function survey(c: Context, path: string): string {
  const found = lookupAt(c.k, c.t, AT_FDCWD, path, false);
  if (typeof found === 'number') return `${path}: ${found}\n`;
  const inode = found.dentry.target;
  const { mode, nlink, size, blocks } = statOf(inode, found.dentry, found.mount);
  const line = `${path}: ${mode.toString(8)} ${nlink} ${inode.isRegular ? `${size} ${blocks > 0} ${read(inode as Regular)}` : ''}`;
  if (inode.isLink) return `${line} ${inode.readlink(c.k, c.t)}\n`;
  if (!inode.isDir) return `${line}\n`;
  const names: string[] = [];
  const file = openFile(c.k, c.t, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
  if (typeof file === 'number') return `${line} ${file}\n`;
  get(file);
  file.readdir(c.k, c.t, (name) => names.push(name) > 0);
  put(file);
  const below = names.filter((name) => name !== '.' && name !== '..').sort();
  return `${line}\n${below.map((name) => survey(c, `${path}/${name}`)).join('')}`;
}

const OPS = {
  write: (c: Context, path: string, other: string) =>
    withFile(c, path, O_RDWR | O_CREAT | O_TRUNC, (inode) => (inode.writeBytes(0, bytes(other)) ? '0' : 'no memory')),
  patch: (c: Context, path: string, other: string) =>
    withFile(c, path, O_RDWR, (inode) => (inode.writeBytes(4090, bytes(other)) ? '0' : 'no memory')),
  cut: (c: Context, path: string) => withFile(c, path, O_RDWR, (inode) => String(inode.resize(inode.size >> 1))),
  grow: (c: Context, path: string) => withFile(c, path, O_RDWR, (inode) => String(inode.resize(inode.size + 5000))),
  read: (c: Context, path: string) => withFile(c, path, O_RDONLY, read),
  mkdir: ({ k, t }: Context, path: string) => String(mkdirAt(k, t, AT_FDCWD, path, 0o755)),
  rmdir: ({ k, t }: Context, path: string) => String(rmdirAt(k, t, AT_FDCWD, path)),
  unlink: ({ k, t }: Context, path: string) => String(unlinkAt(k, t, AT_FDCWD, path)),
  rename: ({ k, t }: Context, path: string, other: string) =>
    String(renameAt(k, t, AT_FDCWD, path, AT_FDCWD, other, 0)),
  exchange: ({ k, t }: Context, path: string, other: string) =>
    String(renameAt(k, t, AT_FDCWD, path, AT_FDCWD, other, 2)),
  link: ({ k, t }: Context, path: string, other: string) => String(linkAt(k, t, AT_FDCWD, path, AT_FDCWD, other, 0)),
  symlink: ({ k, t }: Context, path: string, other: string) => String(symlinkAt(k, t, other, AT_FDCWD, path)),
  chmod: ({ k, t }: Context, path: string) => {
    const found = lookupAt(k, t, AT_FDCWD, path, true);
    return String(typeof found === 'number' ? found : changeMode(t, found.mount, found.dentry.target, 0o750));
  },
  list: (c: Context, path: string) => survey(c, path),
} as const;

function perform(machine: Machine, [name, path, other]: Op): string {
  return OPS[name](contextOf(machine), path, other);
}

const part = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/t/${parts.join('/')}`);
const op: fc.Arbitrary<Op> = fc.tuple(fc.constantFrom(...(Object.keys(OPS) as (keyof typeof OPS)[])), path, path);

function throughImage(machine: Machine): Machine {
  const hash = machine.hash();
  const { image } = machine.checkpoint();
  const restored = Machine.restore(image, { root: machine.base });
  expect(restored.hash()).toBe(hash);
  machine.dispose();
  return restored;
}

describe('the writable layer', () => {
  it('over a base acts as the same tree made by calls, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 40 }), fc.nat(40), (ops, at) => {
        let over = layered();
        const apart = plain();
        for (const [i, each] of ops.entries()) {
          expect(perform(over, each), JSON.stringify(each)).toBe(perform(apart, each));
          if (i === at) over = throughImage(over);
        }
        expect(survey(contextOf(over), '/t')).toBe(survey(contextOf(apart), '/t'));
        over.audit();
        apart.audit();
        over.dispose();
        apart.dispose();
      }),
      { numRuns: 60, seed: 86 },
    );
  });

  it('keeps a removed base file away, and a new one of its name apart from it', () => {
    const machine = layered();
    expect(perform(machine, ['unlink', '/t/a', ''])).toBe('0');
    expect(perform(machine, ['read', '/t/a', ''])).toBe('-2');
    expect(perform(machine, ['write', '/t/a', 'new'])).toBe('0');
    expect(perform(machine, ['read', '/t/a', ''])).toBe('new');
    expect(perform(machine, ['rename', '/t/b', '/t/c'])).toBe('0');
    expect(perform(machine, ['read', '/t/c/b/c', ''])).toBe('deep');
    expect(perform(machine, ['read', '/t/b/b/c', ''])).toBe('-2');
    expect(perform(machine, ['mkdir', '/t/b', ''])).toBe('0');
    expect(perform(machine, ['list', '/t/b', ''])).toBe('/t/b: 40755 2 \n');
    machine.audit();
  });

  it('holds only the pages that were changed, and reads the others from the base again', () => {
    const machine = layered();
    const c = contextOf(machine);
    withFile(c, '/t/b/a', O_RDWR, (inode) => {
      expect(inode.writeBytes(4096, bytes('page two'))).toBe(true);
      expect([...inode.pages()].map(({ index, flags }) => [index, flags])).toEqual([[1, 0]]);
      expect(read(inode)).toBe(`${LONG.slice(0, 4096)}page two${LONG.slice(4104)}`);
      expect([...inode.pages()].map(({ index, flags }) => [index, flags])).toEqual([
        [0, 2],
        [1, 0],
      ]);
      return '';
    });
  });
});

describe('exhausted RAM', () => {
  it('gives unchanged base pages back before a write fails with ENOSPC', () => {
    const big = new Uint8Array(3 << 20).fill(1);
    const root = new MemoryBase({ '/bin/hello': { content: hello, mode: 0o755 }, '/big': big });
    const machine = Machine.boot({ argv: ['/bin/hello'], root, ram: 4 });
    const c = contextOf(machine);
    withFile(c, '/big', O_RDONLY, (inode) => String(inode.bytesAt(0, big.length)?.length));
    const before = machine.kernel.frames.available;
    let written = 0;
    const result = withFile(c, '/new', O_RDWR | O_CREAT, (inode) => {
      while (inode.writeBytes(written, new Uint8Array(4096).fill(2))) written += 4096;
      return 'full';
    });
    expect(result).toBe('full');
    expect(written / 4096).toBeGreaterThan(before + 700);
    // What was written is whole, and the base file can be had again once there is room.
    expect(
      withFile(c, '/new', O_RDONLY, (inode) => String(inode.bytesAt(written - 4096, 4096)?.every((b) => b === 2))),
    ).toBe('true');
    expect(withFile(c, '/big', O_RDONLY, (inode) => String(inode.bytesAt(0, 4096)))).toBe('null');
    expect(perform(machine, ['unlink', '/new', ''])).toBe('0');
    expect(withFile(c, '/big', O_RDONLY, (inode) => String(inode.bytesAt(0, 4096)?.every((b) => b === 1)))).toBe(
      'true',
    );
    machine.audit();
  });
});
