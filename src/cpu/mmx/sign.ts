/** PABS and PSIGN of SSSE3. */
import { BYTES, DWORDS, isZero, negate, spread, WORDS } from './lanes.ts';
import type { Packed } from './packed.ts';

/** `x` with its lanes negated where `y` is negative and cleared where it is zero. */
const signed = (x: number, y: number, tops: number): number => negate(x, spread(y, tops), tops) & ~isZero(y, tops);

export const pabsb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const y = m[from + i]!;
    m[to + i] = negate(y, spread(y, BYTES), BYTES);
  }
};

export const pabsw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const y = m[from + i]!;
    m[to + i] = negate(y, spread(y, WORDS), WORDS);
  }
};

export const pabsd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) {
    const y = m[from + i]!;
    m[to + i] = negate(y, spread(y, DWORDS), DWORDS);
  }
};

export const psignb: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = signed(m[to + i]!, m[from + i]!, BYTES);
};

export const psignw: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = signed(m[to + i]!, m[from + i]!, WORDS);
};

export const psignd: Packed = (m, to, from, words) => {
  for (let i = 0; i < words; i++) m[to + i] = signed(m[to + i]!, m[from + i]!, DWORDS);
};
