/** Bitwise operations. */
import type { Packed } from './packed.ts';

export const pand: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! & m[from + i]!;
};

export const pandn: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = ~m[to + i]! & m[from + i]!;
};

export const por: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! | m[from + i]!;
};

export const pxor: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! ^ m[from + i]!;
};
