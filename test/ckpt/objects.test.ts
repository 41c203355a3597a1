import { describe, expect, test } from 'vitest';
import { collect, DumpRefused } from '../../src/ckpt/collect.ts';
import { ImageError } from '../../src/kernel/kobject/errors.ts';
import {
  bool,
  bytes,
  i32,
  list,
  map,
  oneOf,
  optional,
  optRef,
  ref,
  str,
  struct,
  transient,
  u32,
  weak,
} from '../../src/kernel/kobject/fields.ts';
import { derived, get, type KindClass, type KObject, kobject, type Upgrade } from '../../src/kernel/kobject/kobject.ts';
import { readGraph, writeGraph } from './mock.ts';

class Inode extends kobject('inode', 1, { ino: u32('number') }) {}
class File extends kobject('file', 1, { inode: optRef<Inode>('inode', 'inode'), pos: u32('position') }) {}
class Eventfd extends derived(File, 'eventfd', 1, { semaphore: bool('one at a time') }) {}
class Table extends kobject('table', 1, {
  fds: map(u32('fd'), struct({ file: ref<File>('file', 'file'), cloexec: bool('cloexec') }, 'slot'), 'slots'),
  owner: weak<Table>('table', 'owner'),
  next: optRef<Table>('table', 'next'),
  cache: transient<number[]>('rebuilt', () => []),
}) {}
const KINDS = [Inode, File, Eventfd, Table];

/** A table with two descriptors for one file, a second table in a cycle with it, an eventfd in both. */
function sample(): Table {
  const file = new File({ inode: new Inode({ ino: 7 }), pos: 12 });
  const eventfd = new Eventfd({ pos: 0, semaphore: true });
  const table = new Table({});
  const slot = (f: File, cloexec: boolean): { file: File; cloexec: boolean } => ({ file: get(f), cloexec });
  table.fds.set(9, slot(file, true));
  table.fds.set(3, slot(file, false));
  table.fds.set(4, slot(eventfd, false));
  table.next = get(new Table({ owner: table, next: table }));
  table.next.fds.set(0, slot(eventfd, false));
  table.cache.push(1);
  return table;
}

const refusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    return (error as ImageError).message;
  }
  throw new Error('was not refused');
};

describe('objects of an image', () => {
  test('come back with shared identity, cycles, order of entries, counts and fresh transients', () => {
    const [table, file, eventfd, next, inode] = readGraph(writeGraph(sample()), KINDS) as [
      Table,
      File,
      Eventfd,
      Table,
      Inode,
    ];
    expect([...table.fds.keys()]).toEqual([9, 3, 4]);
    expect(table.fds.get(9)).toEqual({ file, cloexec: true });
    expect(table.fds.get(3)!.file).toBe(file);
    expect(file).toBeInstanceOf(File);
    expect(file.inode).toBe(inode);
    expect(inode.ino).toBe(7);
    expect(eventfd).toBeInstanceOf(Eventfd);
    expect(next.fds.get(0)!.file).toBe(eventfd);
    expect(table.next).toBe(next);
    expect(next.next).toBe(table);
    expect(next.owner).toBe(table);
    expect([table.refs, file.refs, eventfd.refs, next.refs, inode.refs]).toEqual([2, 2, 2, 1, 1]);
    expect(table.cache).toEqual([]);
    expect(Object.keys(table)).toEqual(Object.keys(sample()));
  });

  test('are the same bytes after they came back', () => {
    const first = writeGraph(sample());
    const root = readGraph(first, KINDS)[0]!;
    root.refs--; // writeGraph takes its own
    const again = writeGraph(root);
    for (const [name, data] of first.files) expect([...again.files.get(name)!]).toEqual([...data]);
  });

  test('of a kind that this cr86 does not know are refused', () => {
    const image = writeGraph(sample());
    expect(refusal(() => readGraph(image, [Inode, File, Table]))).toBe(
      'kinds.eventfd: kind eventfd is not known to this cr86 [EUNKNOWNKIND]',
    );
  });
});

describe('a kind that has changed', () => {
  /** Writes one object of `from` and reads it as `to`, both kinds called `thing`. */
  function convert<T extends KindClass>(object: KObject, to: T, ...more: KindClass[]): T['prototype'] {
    return readGraph(writeGraph(object), [to, ...more])[0]!;
  }
  const V1 = kobject('thing', 1, { data: bytes('data'), size: u32('size') });
  const v1 = (): InstanceType<typeof V1> => new V1({ data: Uint8Array.of(1, 2), size: 2 });

  test('gives new fields their initial values in older images', () => {
    const V2 = kobject('thing', 2, {
      limit: u32('limit', { since: 2, initial: 65536 }),
      size: u32('size'),
      data: bytes('data'),
      peers: list(u32('peer'), 'peers', { since: 2 }),
    });
    expect(convert(v1(), V2)).toMatchObject({ limit: 65536, size: 2, data: Uint8Array.of(1, 2), peers: [] });
  });

  test('gives new fields inside records, lists and optionals theirs', () => {
    const old = { fd: u32('fd') };
    const now = { flags: u32('flags', { since: 2, initial: 5 }), fd: u32('fd') };
    const Old = kobject('thing', 1, {
      one: struct(old, ''),
      many: list(struct(old, ''), ''),
      maybe: optional(struct(old, '')),
      none: optional(struct(old, '')),
      named: map(str(''), struct(old, ''), ''),
    });
    const New = kobject('thing', 2, {
      one: struct(now, ''),
      many: list(struct(now, ''), ''),
      maybe: optional(struct(now, '')),
      none: optional(struct(now, '')),
      named: map(str(''), struct(now, ''), ''),
    });
    const object = new Old({
      one: { fd: 1 },
      many: [{ fd: 2 }, { fd: 3 }],
      maybe: { fd: 4 },
      named: new Map([['a', { fd: 6 }]]),
    });
    expect(convert(object, New)).toMatchObject({
      one: { flags: 5, fd: 1 },
      many: [
        { flags: 5, fd: 2 },
        { flags: 5, fd: 3 },
      ],
      maybe: { flags: 5, fd: 4 },
      none: null,
      named: new Map([['a', { flags: 5, fd: 6 }]]),
    });
  });

  test('counts a base kind and what derives from it each in its own versions', () => {
    const Old = derived(kobject('base', 3, { a: u32('a') }), 'thing', 1, { b: u32('b') });
    const New = derived(kobject('base', 4, { a: u32('a'), c: u32('c', { since: 4, initial: 9 }) }), 'thing', 1, {
      b: u32('b'),
    });
    expect(convert(new Old({ a: 1, b: 2 }), New)).toMatchObject({ a: 1, b: 2, c: 9 });
    const Wrong = derived(kobject('base', 3, { a: u32('a'), c: u32('c', { since: 3, initial: 9 }) }), 'thing', 5, {
      b: u32('b'),
    });
    expect(refusal(() => convert(new Old({ a: 1, b: 2 }), Wrong))).toContain(
      'kinds.thing.c: is missing, though version 3 has it [ENOFIELD]',
    );
  });

  test('may widen a number and add a name to a choice; values are checked', () => {
    const Old = kobject('thing', 1, { n: u32('n'), state: oneOf('a')('state'), maybe: str('text') });
    const New = kobject('thing', 2, { n: i32('n'), state: oneOf('a', 'b')('state'), maybe: optional(str('text')) });
    expect(convert(new Old({ n: 5, state: 'a', maybe: 'x' }), New)).toMatchObject({ n: 5, state: 'a', maybe: 'x' });
    expect(refusal(() => convert(new Old({ n: 2 ** 31, state: 'a', maybe: '' }), New))).toContain(
      'thing#0.n: expected i32',
    );
  });

  test('may change older values before they are read', () => {
    class Scaled extends kobject('thing', 2, { data: bytes('data'), size: u32('size in bits') }) {
      static override readonly upgrade: Upgrade = (values, from) => {
        if (from < 2) values.set('size', Number(values.get('size')) * 8);
      };
    }
    expect(convert(v1(), Scaled)).toMatchObject({ size: 16 });
    expect(convert(new Scaled({ data: new Uint8Array(0), size: 3 }), Scaled)).toMatchObject({ size: 3 });
  });

  test('is refused when the image is newer, has other fields, or a field has become something else', () => {
    const V0 = kobject('thing', 0, { data: bytes('data'), size: u32('size') });
    expect(refusal(() => convert(v1(), V0))).toContain('[ENEWER]');
    const lost = kobject('thing', 2, { data: bytes('data') });
    expect(refusal(() => convert(v1(), lost))).toBe('kinds.thing.size: kind thing has no such field [EUNKNOWNFIELD]');
    const text = kobject('thing', 2, { data: bytes('data'), size: str('size') });
    expect(refusal(() => convert(v1(), text))).toBe('kinds.thing.size: its type has become str [EFIELDTYPE]');
    const required = kobject('thing', 2, { data: bytes('data'), size: u32('size'), more: u32('more', { since: 2 }) });
    expect(refusal(() => convert(v1(), required))).toContain('kinds.thing.more: is missing');
    const inner = kobject('thing', 1, { data: struct({ constructor: u32('a') }, '') });
    const inner2 = kobject('thing', 1, { data: struct({ b: u32('a', { since: 2, initial: 0 }) }, '') });
    expect(refusal(() => convert(new inner({ data: { constructor: 1 } as never }), inner2))).toContain(
      '[EUNKNOWNFIELD]',
    );
  });
});

describe('collect', () => {
  test('numbers what it finds', () => {
    expect(collect(get(sample())).objects).toHaveLength(5);
  });

  test('refuses an object that someone outside holds, naming it, where it hangs and who holds it', () => {
    const table = get(sample());
    get(table.fds.get(3)!.file);
    const findings = findingsOf(() => collect(table));
    expect(findings).toEqual([
      {
        code: 'ELEAK',
        object: 'file#1',
        path: 'table#0.fds[9].file',
        reason: 'has 3 references, but the container holds 2 (table#0.fds[9].file, table#0.fds[3].file)',
        option: null,
      },
    ]);
  });

  test('refuses a weak reference that leads outside, and reports everything at once', () => {
    const table = get(sample());
    table.owner = new Table({});
    table.fds.get(3)!.file.refs--;
    expect(findingsOf(() => collect(table)).map(({ code, path }) => [code, path])).toEqual([
      ['EUNDERCOUNT', 'table#0.fds[9].file'],
      ['EDANGLING', 'table#0'],
    ]);
  });

  test('refuses what refuses itself, with the option that would allow it', () => {
    class Socket extends kobject('socket', 1, { peers: list(ref<Inode>('inode', 'peer'), 'peers') }) {
      override refusal(): { code: string; reason: string; option: string } {
        return { code: 'EEXTERNAL', reason: 'its peer is outside', option: '--external' };
      }
    }
    const error = thrown(() => collect(get(new Socket({}))));
    expect(error.message).toBe('socket#0: its peer is outside (--external) [EEXTERNAL]');
  });
});

function thrown(action: () => unknown): DumpRefused {
  try {
    action();
  } catch (error) {
    if (error instanceof DumpRefused) return error;
    throw error;
  }
  throw new Error('was not refused');
}
function findingsOf(action: () => unknown): DumpRefused['findings'] {
  return thrown(action).findings;
}
