import fc from 'fast-check';
import { pack as plainPack } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/ckpt/checksum.ts';
import { parseType } from '../../src/ckpt/types.ts';
import { MAX_DEPTH, pack, unpack } from '../../src/ckpt/wire.ts';
import { ImageError } from '../../src/kernel/kobject/errors.ts';
import type { Wire } from '../../src/kernel/kobject/field.ts';

describe('CRC-32C', () => {
  // RFC 3720, B.4, and the check value of the CRC catalogue.
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  test.each([
    [new TextEncoder().encode('123456789'), 0xe306_9283],
    [new Uint8Array(32), 0x8a91_36aa],
    [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    [ascending, 0x46dd_794e],
    [Uint8Array.from(ascending).reverse(), 0x113f_db5c],
  ])('gives the published values', (data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });

  test('of a whole equals that of its parts in turn, at any alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(3), (data, cut, shift) => {
        const moved = new Uint8Array(data.length + shift).subarray(shift);
        moved.set(data);
        expect(crc32c(moved.subarray(cut), crc32c(data.subarray(0, cut)))).toBe(crc32c(data));
      }),
    );
  });
});

describe('msgpack from an image', () => {
  const refuse = (data: Uint8Array, reason: string): void => {
    expect(() => unpack(data, 'objects[3]')).toThrow(`objects[3]: ${reason}`);
  };

  test('is refused when it holds what no row holds', () => {
    refuse(Uint8Array.of(0x81, 0xa1, 0x61, 1), 'a map');
    refuse(plainPack({ a: 1 }), 'type byte 0xde');
    refuse(Uint8Array.of(0xde, 0, 0), 'type byte 0xde');
    refuse(plainPack(new Date(0)), 'type byte 0xd6');
    refuse(Uint8Array.of(0xc1), 'type byte 0xc1');
    refuse(Uint8Array.of(0xd4, 0x72, 0x40), 'type byte 0xd4');
    refuse(Uint8Array.of(0xca, 0, 0, 0, 0), 'type byte 0xca');
  });

  test('is refused when a length goes past its end, before anything of that length is made', () => {
    refuse(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff), 'a length of 4294967295 with 0 bytes left');
    refuse(Uint8Array.of(0xc6, 0x7f, 0xff, 0xff, 0xff, 1), 'a length of 2147483647 with 1 bytes left');
    refuse(Uint8Array.of(0x92, 1), 'a length of 2 with 1 bytes left');
    refuse(Uint8Array.of(0xcd, 1), 'ends within a value');
    refuse(new Uint8Array(0), 'ends within a value');
    refuse(Uint8Array.of(1, 2), '1 bytes too many');
  });

  test('is refused when it nests deeper than any row', () => {
    const nested = (depth: number): Uint8Array => new Uint8Array(depth + 1).fill(0x91, 0, depth);
    expect(unpack(nested(MAX_DEPTH - 1), 'x')).toBeInstanceOf(Array);
    refuse(nested(MAX_DEPTH), 'nested too deep');
    refuse(nested(1_000_000), 'nested too deep');
  });

  test('of any bytes gives a value or an ImageError, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
        try {
          unpack(data, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('gives back what was packed', () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.maxSafeNat(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
    );
    const { value } = fc.letrec<{ value: Wire }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'))),
    }));
    fc.assert(
      fc.property(value, (wire) => {
        expect(normal(unpack(pack(wire), 'x'))).toEqual(normal(wire));
      }),
    );
  });
});

/** Node's Buffers are Uint8Arrays of another class. */
function normal(wire: Wire): Wire {
  if (wire instanceof Uint8Array) return Uint8Array.from(wire);
  return Array.isArray(wire) ? wire.map(normal) : wire;
}

describe('field types', () => {
  test('are read as they are written', () => {
    expect(parseType('map(u32,struct(file:ref(file),data:bytes[512]?))', 'x')).toEqual({
      form: 'map',
      key: { form: 'scalar', name: 'u32' },
      value: {
        form: 'struct',
        fields: [
          ['file', { form: 'ref', kind: 'file', weak: false }],
          ['data', { form: 'optional', of: { form: 'scalar', name: 'bytes[512]' } }],
        ],
      },
    });
  });

  test.each([
    '',
    'u33',
    'list',
    'list(u8',
    'list(u8))',
    'struct()',
    'ref(',
    'bytes[1',
    '('.repeat(1e5),
    'list('.repeat(1e5),
  ])('of no known form are refused (%#)', (text) => {
    expect(() => parseType(text, 'kinds[0].a')).toThrow(/^kinds\[0\]\.a: .* \[EBADTYPE\]$/);
  });
});
