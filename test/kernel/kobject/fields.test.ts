import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pack, unpack } from '../../../src/ckpt/wire.ts';
import type { Decoder, Encoder, Field, Wire } from '../../../src/kernel/kobject/field.ts';
import {
  bool,
  bytes,
  count,
  fixedBytes,
  i32,
  integer53,
  list,
  map,
  oneOf,
  optional,
  str,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../../src/kernel/kobject/fields.ts';
import { rng } from '../../ckpt/mock.ts';

const none: Encoder & Decoder = {
  idOf: () => -1,
  objectOf: () => {
    throw new Error('no objects here');
  },
};
const decode = <T>(field: Field<T>, wire: Wire): T => field.decode(wire, none, 'thing#1.field');

describe('what a field takes from an image', () => {
  const refused: readonly (readonly [string, Field<unknown>, readonly Wire[]])[] = [
    ['u8', u8('') as Field<unknown>, [-1, 256, 1.5, '1', null, true, -0, Number.NaN, [1]]],
    ['u16', u16('') as Field<unknown>, [-1, 65536]],
    ['u32', u32('') as Field<unknown>, [-1, 2 ** 32, 2n ** 40n, Number.POSITIVE_INFINITY]],
    ['i32', i32('') as Field<unknown>, [2 ** 31, -(2 ** 31) - 1]],
    ['count', count('') as Field<unknown>, [-1, 2 ** 53, 2n ** 53n]],
    ['integer', integer53('') as Field<unknown>, [2 ** 53, -(2 ** 53)]],
    ['u64', u64('') as Field<unknown>, [-1, 1.5, 1n << 64n, -1n, '0']],
    ['bool', bool('') as Field<unknown>, [0, 1, null]],
    ['str', str('') as Field<unknown>, [1, null, '\u0100', new Uint8Array(1)]],
    ['bytes', bytes('') as Field<unknown>, ['', 1, [1]]],
    ['bytes[2]', fixedBytes(2)('') as Field<unknown>, [new Uint8Array(1), new Uint8Array(3)]],
    ['oneOf', oneOf('a', 'b')('') as Field<unknown>, ['c', '', 0]],
    ['list', list(u8(''), '') as Field<unknown>, [1, 'a', [256], [[1]]]],
    [
      'map',
      map(u8(''), u8(''), '') as Field<unknown>,
      [
        [1],
        [[1]],
        [[1, 2, 3]],
        [
          [1, 2],
          [1, 3],
        ],
      ],
    ],
    ['struct', struct({ a: u8('') }, '') as Field<unknown>, [[], [1, 2], [256], 1]],
    ['optional', optional(u8('')) as Field<unknown>, [256, 'a']],
  ];
  test.each(refused)('%s refuses what it cannot hold, naming the place', (_name, field, wires) => {
    for (const wire of wires)
      expect(() => decode(field, wire), String(wire)).toThrow(/^thing#1\.field.*\[E(BADFIELD|DUPKEY)\]$/);
  });

  test('an error inside a list or record names the item', () => {
    const field = list(struct({ fd: u32('') }, ''), '');
    expect(() => decode(field, [[1], ['x']])).toThrow('thing#1.field[1].fd: expected u32, found string "x"');
  });

  test('bytes are copied: an image and an object share none', () => {
    const wire = Uint8Array.of(1, 2);
    expect(decode(bytes(''), wire)).not.toBe(wire);
  });

  test('an initial value is a fresh one for each object', () => {
    const field = bytes('', { initial: new Uint8Array(2) });
    field.initial()[0] = 7;
    expect(field.initial()).toEqual(new Uint8Array(2));
  });
});

describe('every type', () => {
  const all = {
    u8: u8(''),
    u16: u16(''),
    u32: u32(''),
    i32: i32(''),
    count: count(''),
    integer53: integer53(''),
    u64: u64(''),
    bool: bool(''),
    str: str(''),
    bytes: bytes(''),
    fixed: fixedBytes(5)(''),
    oneOf: oneOf('a', 'b')(''),
    list: list(u32(''), ''),
    map: map(str(''), optional(i32('')), ''),
    optional: optional(u64('')),
  };
  const everything = struct(all, '');
  test('survives msgpack: random values come back equal and encode to equal bytes', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const value = everything.sample(rng(seed));
        const data = pack(everything.encode(value, none));
        const back = everything.decode(unpack(data, 'value'), none, 'value');
        expect(back).toEqual(value);
        expect([...pack(everything.encode(back, none))]).toEqual([...data]);
      }),
      { numRuns: 500 },
    );
  });
});
