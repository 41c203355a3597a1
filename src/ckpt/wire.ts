/**
 * Wire values as msgpack bytes and back. What is read is looked through first: only nil, booleans, numbers, strings,
 * bytes and arrays, no deeper than MAX_DEPTH, every length covered by bytes that are there.
 */
import { Packr } from 'msgpackr';
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Wire } from '../kernel/kobject/field.ts';

export const MAX_DEPTH = 64;

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** Equal values give equal bytes. */
export function pack(value: Wire): Uint8Array {
  return packr.pack(value);
}

/** Throws ImageError EMSGPACK, naming `path`, unless `data` is exactly one value of the types above. */
export function unpack(data: Uint8Array, path: string): Wire {
  const end = skim(data, path);
  if (end !== data.length) throw new ImageError('EMSGPACK', path, `${data.length - end} bytes too many`);
  const value: Wire = packr.unpack(data);
  return value;
}

type Token = 'scalar' | 'blob' | 'array';
interface Format {
  readonly token: Token;
  /** Bytes of the length that follows the first byte, or of the value itself. */
  readonly width: number;
}

/** msgpack's first bytes 0xc0..0xdf; what is missing (ext, fixext, map, 0xc1, float 32) is refused. */
const FORMATS: Readonly<Record<number, Format>> = {
  192: { token: 'scalar', width: 0 },
  194: { token: 'scalar', width: 0 },
  195: { token: 'scalar', width: 0 },
  196: { token: 'blob', width: 1 },
  197: { token: 'blob', width: 2 },
  198: { token: 'blob', width: 4 },
  203: { token: 'scalar', width: 8 },
  204: { token: 'scalar', width: 1 },
  205: { token: 'scalar', width: 2 },
  206: { token: 'scalar', width: 4 },
  207: { token: 'scalar', width: 8 },
  208: { token: 'scalar', width: 1 },
  209: { token: 'scalar', width: 2 },
  210: { token: 'scalar', width: 4 },
  211: { token: 'scalar', width: 8 },
  217: { token: 'blob', width: 1 },
  218: { token: 'blob', width: 2 },
  219: { token: 'blob', width: 4 },
  220: { token: 'array', width: 2 },
  221: { token: 'array', width: 4 },
};

/** Offset past the first value. */
function skim(data: Uint8Array, path: string): number {
  const fail = (reason: string): ImageError => new ImageError('EMSGPACK', path, reason);
  /** Values still to come, at each depth. */
  const open: number[] = [1];
  let at = 0;
  while (open.length > 0) {
    if (open[open.length - 1]! === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]!--;
    if (at >= data.length) throw fail('ends within a value');
    const first = data[at++]!;
    if (first < 0x80 || first >= 0xe0) continue; // fixint
    let token: Token;
    let length: number;
    if (first < 0xc0) {
      // fixmap, fixarray, fixstr
      if (first < 0x90) throw fail('a map');
      token = first < 0xa0 ? 'array' : 'blob';
      length = first < 0xa0 ? first & 0x0f : first & 0x1f;
    } else {
      const format = FORMATS[first];
      if (format === undefined) throw fail(`type byte 0x${first.toString(16)}`);
      if (at + format.width > data.length) throw fail('ends within a value');
      token = format.token;
      length = token === 'scalar' ? 0 : bigEndian(data, at, format.width);
      at += format.width;
    }
    if (token === 'scalar') continue;
    if (length > data.length - at) throw fail(`a length of ${length} with ${data.length - at} bytes left`);
    if (token === 'blob') at += length;
    else if (open.push(length) > MAX_DEPTH) throw fail('nested too deep');
  }
  return at;
}

function bigEndian(data: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + data[at + i]!;
  return value;
}
