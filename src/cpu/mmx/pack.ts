/** PACK: lanes to half their width, saturated, the destination's first. PUNPCK: lanes of both operands in turn. */
import { saturate } from './lanes.ts';
import { gather, type Packed } from './packed.ts';

const signedByte = (x: number): number => saturate(x, -0x80, 0x7f) & 0xff;
const unsignedByte = (x: number): number => saturate(x, 0, 0xff);
const signedWord = (x: number): number => saturate(x, -0x8000, 0x7fff) & 0xffff;

/** Both words of `x` as bytes. */
const toSignedBytes = (x: number): number => signedByte((x << 16) >> 16) | (signedByte(x >> 16) << 8);
const toUnsignedBytes = (x: number): number => unsignedByte((x << 16) >> 16) | (unsignedByte(x >> 16) << 8);

export const packsswb: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = toSignedBytes(v[2 * i]!) | (toSignedBytes(v[2 * i + 1]!) << 16);
};

export const packuswb: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = toUnsignedBytes(v[2 * i]!) | (toUnsignedBytes(v[2 * i + 1]!) << 16);
};

export const packssdw: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = signedWord(v[2 * i]!) | (signedWord(v[2 * i + 1]!) << 16);
};

/** Bytes 0 and 1 of a word moved to places 0 and 2. */
const widen = (x: number): number => (x & 0xff) | ((x & 0xff00) << 8);

/** `half` is 0 for the lower halves of the operands, 1 for the upper. */
function unpackBytes(m: Int32Array, to: number, from: number, words: number, half: number): void {
  const v = gather(m, to, from, words);
  const first = half * (words >> 1);
  for (let i = 0; i < words; i++) {
    const at = first + (i >> 1);
    const shift = (i & 1) << 4;
    m[to + i] = widen(v[at]! >>> shift) | (widen(v[words + at]! >>> shift) << 8);
  }
}

function unpackWords(m: Int32Array, to: number, from: number, words: number, half: number): void {
  const v = gather(m, to, from, words);
  const first = half * (words >> 1);
  for (let i = 0; i < words; i += 2) {
    const x = v[first + (i >> 1)]!;
    const y = v[words + first + (i >> 1)]!;
    m[to + i] = (x & 0xffff) | (y << 16);
    m[to + i + 1] = (x >>> 16) | (y & (0xffff << 16));
  }
}

function unpackDwords(m: Int32Array, to: number, from: number, words: number, half: number): void {
  const v = gather(m, to, from, words);
  const first = half * (words >> 1);
  for (let i = 0; i < words; i += 2) {
    m[to + i] = v[first + (i >> 1)]!;
    m[to + i + 1] = v[words + first + (i >> 1)]!;
  }
}

export const punpcklbw: Packed = (m, to, from, words) => unpackBytes(m, to, from, words, 0);
export const punpckhbw: Packed = (m, to, from, words) => unpackBytes(m, to, from, words, 1);
export const punpcklwd: Packed = (m, to, from, words) => unpackWords(m, to, from, words, 0);
export const punpckhwd: Packed = (m, to, from, words) => unpackWords(m, to, from, words, 1);
export const punpckldq: Packed = (m, to, from, words) => unpackDwords(m, to, from, words, 0);
export const punpckhdq: Packed = (m, to, from, words) => unpackDwords(m, to, from, words, 1);

export const punpcklqdq: Packed = (m, to, from) => {
  m[to + 2] = m[from]!;
  m[to + 3] = m[from + 1]!;
};

export const punpckhqdq: Packed = (m, to, from) => {
  m[to] = m[to + 2]!;
  m[to + 1] = m[to + 3]!;
  m[to + 2] = m[from + 2]!;
  m[to + 3] = m[from + 3]!;
};
