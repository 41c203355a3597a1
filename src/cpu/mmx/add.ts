/** Sums and differences: wrapping, signed saturating, unsigned saturating. */
import { add, addSigned, addUnsigned, BYTES, subtract, subtractSigned, subtractUnsigned, WORDS } from './lanes.ts';
import type { Packed } from './packed.ts';

export const paddb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = add(m[to + i]!, m[from + i]!, BYTES);
};

export const paddw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = add(m[to + i]!, m[from + i]!, WORDS);
};

export const paddd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! + m[from + i]!;
};

export const psubb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtract(m[to + i]!, m[from + i]!, BYTES);
};

export const psubw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtract(m[to + i]!, m[from + i]!, WORDS);
};

export const psubd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! - m[from + i]!;
};

export const paddsb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = addSigned(m[to + i]!, m[from + i]!, BYTES);
};

export const paddsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = addSigned(m[to + i]!, m[from + i]!, WORDS);
};

export const psubsb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtractSigned(m[to + i]!, m[from + i]!, BYTES);
};

export const psubsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtractSigned(m[to + i]!, m[from + i]!, WORDS);
};

export const paddusb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = addUnsigned(m[to + i]!, m[from + i]!, BYTES);
};

export const paddusw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = addUnsigned(m[to + i]!, m[from + i]!, WORDS);
};

export const psubusb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtractUnsigned(m[to + i]!, m[from + i]!, BYTES);
};

export const psubusw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = subtractUnsigned(m[to + i]!, m[from + i]!, WORDS);
};

/** PADDQ: the carry out of a low word goes into the high one. */
export const paddq: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i += 2) {
    const x = m[to + i]!;
    const z = (x + m[from + i]!) | 0;
    m[to + i + 1] = m[to + i + 1]! + m[from + i + 1]! + (z >>> 0 < x >>> 0 ? 1 : 0);
    m[to + i] = z;
  }
};

export const psubq: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i += 2) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i + 1] = m[to + i + 1]! - m[from + i + 1]! - (x >>> 0 < y >>> 0 ? 1 : 0);
    m[to + i] = x - y;
  }
};
