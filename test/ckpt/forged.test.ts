import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/ckpt/decode.ts';
import { stateHash } from '../../src/ckpt/hash.ts';
import { inspect, inspectTree } from '../../src/ckpt/inspect.ts';
import { ownerField, type PageRun } from '../../src/ckpt/pages.ts';
import { RecordWriter, readRecords } from '../../src/ckpt/record.ts';
import { MemoryImage, MemorySink } from '../../src/ckpt/store.ts';
import { pack, unpack } from '../../src/ckpt/wire.ts';
import { audit } from '../../src/kernel/audit.ts';
import { ImageError } from '../../src/kernel/kobject/errors.ts';
import type { Wire } from '../../src/kernel/kobject/field.ts';
import { dumpToMemory, handMade, KINDS, restoreFrom } from './machine.ts';
import { rng } from './mock.ts';
import { forge, reseal } from './reseal.ts';

const whole = dumpToMemory(handMade());

/** The message of the ImageError, or '' when a sound machine came out. Anything else fails. */
function outcome(image: MemoryImage, what: string): string {
  for (const print of [() => inspectTree(inspect(image)), () => decodeText(image, KINDS)]) silence(print, what);
  return silence(() => {
    const kernel = restoreFrom(image);
    audit(kernel);
    stateHash(kernel);
  }, what);
}

function silence(action: () => unknown, what: string): string {
  try {
    action();
    return '';
  } catch (error) {
    if (error instanceof ImageError) return error.message;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

/** The image with the records of one file replaced. */
function rewrite(name: string, change: (type: string, value: Wire, index: number) => Wire): MemoryImage {
  const sink = new MemorySink();
  const writer = new RecordWriter(sink);
  writer.begin(name);
  for (const [i, record] of readRecords(whole, name).entries()) {
    writer.record(record.type, pack(change(record.type, unpack(record.payload, name), i)));
  }
  sink.commit();
  return reseal(new MemoryImage([...whole.files, ...sink.image!.files]));
}

describe('a forged image, its checksums right', () => {
  test('is the image itself when nothing was forged', () => {
    expect(outcome(reseal(whole), 'resealed')).toBe('');
    expect(
      outcome(
        rewrite('objects', (_type, value) => value),
        'rewritten',
      ),
    ).toBe('');
  });

  test('with any byte changed is refused or gives a sound machine', () => {
    let refused = 0;
    let tried = 0;
    for (const [name, data] of whole.files) {
      if (name === 'pages' || name === 'commit') continue;
      for (let at = 0; at < data.length; at += 2) {
        const change = [0x01, 0x80, 0xff][at % 3]!;
        tried++;
        const forged = forge(whole, name, (bytes) => {
          bytes[at]! ^= change;
        });
        if (outcome(forged, `${name}[${at}] ^ ${change}`) !== '') refused++;
      }
    }
    expect(refused).toBeGreaterThan(tried / 2);
  });

  test('with any value of any row replaced is refused or gives a sound machine', () => {
    const random = rng(7);
    const odd: readonly Wire[] = [
      0,
      1,
      -1,
      2 ** 31,
      2 ** 53,
      1n << 63n,
      Number.NaN,
      1e300,
      null,
      true,
      '',
      'x',
      [],
      [[]],
      new Uint8Array(3),
    ];
    const replace = (value: Wire, path: number[]): Wire => {
      const [at, ...rest] = path;
      if (at === undefined || !Array.isArray(value)) return odd[random.below(odd.length)]!;
      return value.map((item, i) => (i === at ? replace(item, rest) : item));
    };
    for (let round = 0; round < 600; round++) {
      const name = ['objects', 'objects', 'pagemap', 'inventory', 'kinds', 'rootfs', 'stats'][random.below(7)]!;
      const victim = random.below(readRecords(whole, name).length);
      const forged = rewrite(name, (_type, value, i) => {
        if (i !== victim) return value;
        const path: number[] = [];
        for (let v = value; Array.isArray(v) && v.length > 0 && random.below(6) > 0; v = v[path.at(-1)!]!)
          path.push(random.below(v.length));
        return replace(value, path);
      });
      outcome(forged, `round ${round}, ${name}[${victim}]`);
    }
  });
});

describe('what an image must not say', () => {
  const objects = (change: (row: Wire[], id: number) => void): MemoryImage =>
    rewrite('objects', (_type, row, id) => {
      change(row as Wire[], id);
      return row;
    });
  const owner = (object: number, at: number, change: Partial<PageRun>): MemoryImage =>
    rewrite('pagemap', (type, value) => {
      if (type !== 'MAP ') return value;
      const none = { idOf: () => 0, objectOf: () => undefined as never };
      const row = ownerField.decode(value, none, '');
      if (row.object === object) Object.assign(row.runs.at(at)!, change);
      return ownerField.encode(row, none);
    });
  const cases: readonly (readonly [string, MemoryImage, string])[] = [
    [
      'a processor that we are not',
      rewrite('inventory', (t, v) => (t === 'CPU ' ? ['i686', ['fpu', 'avx512']] : v)),
      'may rely on avx512, which i686 lacks (--cpu) [ECPU]',
    ],
    ['RAM that no machine has', rewrite('inventory', (t, v) => (t === 'MACH' ? [9999, 12345, 1, 0] : v)), '[EMACHINE]'],
    ['RAM too small for its pages', owner(-1, 0, {}), ''],
    [
      'a count that is not what is found',
      objects((row, id) => id === 2 && row.splice(1, 1, 2)),
      'mm#2.refs: 2 references stated, 1 found [EREFCOUNT]',
    ],
    [
      'an object that is not there',
      objects((row, id) => id === 1 && row.splice(10, 1, [99])),
      'holder#1.mms[0]: refers to object 99 of 8 [ENOOBJECT]',
    ],
    [
      'an object of another kind',
      objects((row, id) => id === 1 && row.splice(10, 1, [6])),
      'holder#1.mms[0]: expected a mm, found superblock#6 [EBADREF]',
    ],
    ['a page outside every area', owner(2, 0, { index: 0x20000 }), '[EPAGEMAP]'],
    ['a kernel page', owner(2, 2, { index: 0xc0001 }), '[EPAGEMAP]'],
    ['a writable page in a read-only area', owner(2, 0, { flags: 1 }), 'writable in a read-only area'],
    ['a private page that both may write', owner(2, 1, { flags: 1 }), '[EINVARIANT]'],
    ['a page twice', owner(2, 2, { index: 0x10000 }), '[EPAGEMAP]'],
    ['a frame that nobody has', owner(2, 0, { frame: 7 }), '[EPAGEMAP]'],
    ['more pages than can be', owner(5, 0, { count: 2 ** 52 }), '[EPAGEMAP]'],
    ['a page past the end of a file', owner(5, -1, { index: 10 }), 'lies past the end of the file'],
    ['overlapping areas', objects((row, id) => id === 2 && (row[2] as Wire[][])[1]!.splice(0, 1, 0x8048000)), '[E'],
    [
      'a root that is no container',
      objects((row, id) => id === 0 && row.splice(0, 1, 99)),
      'objects[0]: expected a kind of the table, found number 99 [EBADFIELD]',
    ],
  ];
  test.each(cases)('%s', (what, image, message) => {
    const found = outcome(image, what);
    if (message === '') expect(found).toBe('');
    else expect(found).toContain(message);
  });

  test('more than it brings: kinds and rows are never made from a stated length', () => {
    const huge = new Uint8Array([0xdd, 0x7f, 0xff, 0xff, 0xff]);
    const sink = new MemorySink();
    const writer = new RecordWriter(sink);
    writer.begin('objects');
    writer.record('OBJ ', huge);
    sink.commit();
    const forged = reseal(new MemoryImage([...whole.files, ...sink.image!.files]));
    expect(outcome(forged, 'huge')).toContain('[EMSGPACK]');
  });
});
