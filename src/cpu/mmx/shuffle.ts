/** Lanes picked by an immediate byte or by another operand: PSHUF, PALIGNR, single words, sign masks. */
import { type Directed, gather, type Packed } from './packed.ts';

const byteOf = (v: Int32Array, n: number): number => (v[n >> 2]! >>> ((n & 3) << 3)) & 0xff;
const wordOf = (v: Int32Array, n: number): number => (v[n >> 1]! >>> ((n & 1) << 4)) & 0xffff;

/** Byte `n` of the table `v`, of 4 * `words` bytes, for a selector: zero when its top bit is set. */
function picked(v: Int32Array, words: number, selector: number): number {
  return (selector & 0x80) !== 0 ? 0 : byteOf(v, selector & (words * 4 - 1));
}

export const pshufb: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) {
    const s = v[words + i]!;
    m[to + i] =
      picked(v, words, s) |
      (picked(v, words, s >>> 8) << 8) |
      (picked(v, words, s >>> 16) << 16) |
      (picked(v, words, s >>> 24) << 24);
  }
};

/** Four words at `v[first..]` in the order of the immediate's bit pairs, into two words at `m[to..]`. */
function shuffleWords(m: Int32Array, to: number, v: Int32Array, first: number, imm: number): void {
  const n = first * 2;
  m[to] = wordOf(v, n + (imm & 3)) | (wordOf(v, n + ((imm >> 2) & 3)) << 16);
  m[to + 1] = wordOf(v, n + ((imm >> 4) & 3)) | (wordOf(v, n + ((imm >> 6) & 3)) << 16);
}

export const pshufw: Directed = (m, to, from, words, imm) => {
  shuffleWords(m, to, gather(m, from, from, words), 0, imm);
};

export const pshuflw: Directed = (m, to, from, words, imm) => {
  const v = gather(m, from, from, words);
  shuffleWords(m, to, v, 0, imm);
  m[to + 2] = v[2]!;
  m[to + 3] = v[3]!;
};

export const pshufhw: Directed = (m, to, from, words, imm) => {
  const v = gather(m, from, from, words);
  shuffleWords(m, to + 2, v, 2, imm);
  m[to] = v[0]!;
  m[to + 1] = v[1]!;
};

export const pshufd: Directed = (m, to, from, words, imm) => {
  const v = gather(m, from, from, words);
  for (let i = 0; i < words; i++) m[to + i] = v[(imm >> (2 * i)) & 3]!;
};

/** SDM vol. 2B, PALIGNR: destination above source, shifted right by `imm` bytes, the lower half kept. */
export const palignr: Directed = (m, to, from, words, imm) => {
  const v = gather(m, from, to, words);
  const bits = (imm & 3) << 3;
  for (let i = 0; i < words; i++) {
    const at = i + (imm >> 2);
    const word = at < 2 * words ? v[at]! : 0;
    const upper = at + 1 < 2 * words ? v[at + 1]! : 0;
    m[to + i] = bits === 0 ? word : (word >>> bits) | (upper << (32 - bits));
  }
};

/** PEXTRW: word `n` of an operand. */
export const extractWord = (m: Int32Array, from: number, n: number): number =>
  (m[from + (n >> 1)]! >>> ((n & 1) << 4)) & 0xffff;

/** PINSRW: replaces word `n`. */
export function insertWord(m: Int32Array, to: number, n: number, value: number): void {
  const shift = (n & 1) << 4;
  const at = to + (n >> 1);
  m[at] = (m[at]! & ~(0xffff << shift)) | ((value & 0xffff) << shift);
}

/** The top bits of the four bytes of a word, gathered by a product that brings each to its place from bit 28. */
const topBits = (x: number): number => Math.imul((x >>> 7) & 0x01010101, 0x10204080) >>> 28;

/** PMOVMSKB: the top bit of every byte. */
export function byteMask(m: Int32Array, from: number, words: number): number {
  let mask = 0;
  for (let i = 0; i < words; i++) mask |= topBits(m[from + i]!) << (4 * i);
  return mask;
}
