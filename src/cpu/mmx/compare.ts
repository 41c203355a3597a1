/** Comparisons, the lesser and the greater, averages. */
import { average, BYTES, below, isZero, less, select, WORDS } from './lanes.ts';
import type { Packed } from './packed.ts';

export const pcmpeqb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = isZero(m[to + i]! ^ m[from + i]!, BYTES);
};

export const pcmpeqw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = isZero(m[to + i]! ^ m[from + i]!, WORDS);
};

export const pcmpeqd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! === m[from + i]! ? -1 : 0;
};

export const pcmpgtb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = less(m[from + i]!, m[to + i]!, BYTES);
};

export const pcmpgtw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = less(m[from + i]!, m[to + i]!, WORDS);
};

export const pcmpgtd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! > m[from + i]! ? -1 : 0;
};

export const pminub: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = select(below(x, y, BYTES), y, x);
  }
};

export const pmaxub: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = select(below(x, y, BYTES), x, y);
  }
};

export const pminsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = select(less(x, y, WORDS), y, x);
  }
};

export const pmaxsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    const y = m[from + i]!;
    m[to + i] = select(less(x, y, WORDS), x, y);
  }
};

export const pavgb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = average(m[to + i]!, m[from + i]!, BYTES);
};

export const pavgw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = average(m[to + i]!, m[from + i]!, WORDS);
};
