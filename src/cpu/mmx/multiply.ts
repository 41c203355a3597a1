/** Products of words, doublewords and bytes, and PSADBW. */
import { BYTES, saturate, subtractUnsigned } from './lanes.ts';
import type { Packed } from './packed.ts';

const HIGH_WORD = 0xffff0000 | 0;

/** The lower word of `x`, and a value's lower and higher bytes, sign-extended. */
const lowWord = (x: number): number => (x << 16) >> 16;
const signedByte = (x: number): number => (x << 24) >> 24;

export const pmullw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = (Math.imul(x, y) & 0xffff) | (Math.imul(x >>> 16, y >>> 16) << 16);
  }
};

export const pmulhw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = (Math.imul(lowWord(x), lowWord(y)) >>> 16) | (Math.imul(x >> 16, y >> 16) & HIGH_WORD);
  }
};

export const pmulhuw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = (Math.imul(x & 0xffff, y & 0xffff) >>> 16) | (Math.imul(x >>> 16, y >>> 16) & HIGH_WORD);
  }
};

/** SDM vol. 2B, PMULHRSW: bits 16..1 of the product's upper 18 bits plus one. */
const rounded = (x: number, y: number): number => ((Math.imul(x, y) >> 14) + 1) >> 1;

export const pmulhrsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = (rounded(lowWord(x), lowWord(y)) & 0xffff) | (rounded(x >> 16, y >> 16) << 16);
  }
};

export const pmaddwd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = Math.imul(lowWord(x), lowWord(y)) + Math.imul(x >> 16, y >> 16);
  }
};

/** The lower two bytes of `x`, unsigned, by those of `y`, signed: sum of products, saturated to a word. */
function bytePair(x: number, y: number): number {
  const sum = Math.imul(x & 0xff, signedByte(y)) + Math.imul((x >>> 8) & 0xff, signedByte(y >> 8));
  return saturate(sum, -0x8000, 0x7fff);
}

export const pmaddubsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = (bytePair(x, y) & 0xffff) | (bytePair(x >>> 16, y >>> 16) << 16);
  }
};

/** Upper half of the unsigned product of 32-bit numbers, by partial products of 16-bit halves. */
function upperProduct(x: number, y: number): number {
  const xl = x & 0xffff;
  const xh = x >>> 16;
  const yl = y & 0xffff;
  const yh = y >>> 16;
  const cross = (Math.imul(xh, yl) >>> 0) + (Math.imul(xl, yl) >>> 16);
  const other = (Math.imul(xl, yh) >>> 0) + (cross & 0xffff);
  return (Math.imul(xh, yh) + (cross >>> 16) + (other >>> 16)) | 0;
}

export const pmuludq: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i += 2) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = Math.imul(x, y);
    m[to + i + 1] = upperProduct(x, y);
  }
};

/** Absolute differences of bytes, added up to two sums in the words of the result. */
function differences(x: number, y: number): number {
  const d = subtractUnsigned(x, y, BYTES) | subtractUnsigned(y, x, BYTES);
  return (d & 0x00ff00ff) + ((d >>> 8) & 0x00ff00ff);
}

export const psadbw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i += 2) {
    const sums = differences(m[to + i]!, m[from + i]!) + differences(m[to + i + 1]!, m[from + i + 1]!);
    m[to + i] = (sums & 0xffff) + (sums >>> 16);
    m[to + i + 1] = 0;
  }
};
