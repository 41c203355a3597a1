/** Shifts of lanes by one count. A count beyond the lane's width clears it, or fills it with its sign. */
import { gather, SHIFTS_ALL, type Shift } from './packed.ts';

/** Count given by a 64-bit operand: all of its bits count. */
export const countOf = (low: number, high: number): number => (high !== 0 || low >>> 0 > SHIFTS_ALL ? SHIFTS_ALL : low);

/** Count given by an immediate byte. */
export const immediateCount = (imm: number): number => Math.min(imm, SHIFTS_ALL);

export const psllw: Shift = (m, to, count, words) => {
  const kept = count > 15 ? 0 : Math.imul((0xffff << count) & 0xffff, 0x10001);
  for (let i = 0; i < words; i++) m[to + i] = (m[to + i]! << count) & kept;
};

export const psrlw: Shift = (m, to, count, words) => {
  const kept = count > 15 ? 0 : Math.imul(0xffff >>> count, 0x10001);
  for (let i = 0; i < words; i++) m[to + i] = (m[to + i]! >>> count) & kept;
};

export const psraw: Shift = (m, to, count, words) => {
  const n = Math.min(count, 15);
  for (let i = 0; i < words; i++) {
    const x = m[to + i]!;
    m[to + i] = ((((x << 16) >> 16) >> n) & 0xffff) | (((x >> 16) >> n) << 16);
  }
};

export const pslld: Shift = (m, to, count, words) => {
  const kept = count > 31 ? 0 : -1;
  for (let i = 0; i < words; i++) m[to + i] = (m[to + i]! << count) & kept;
};

export const psrld: Shift = (m, to, count, words) => {
  const kept = count > 31 ? 0 : -1;
  for (let i = 0; i < words; i++) m[to + i] = (m[to + i]! >>> count) & kept;
};

export const psrad: Shift = (m, to, count, words) => {
  const n = Math.min(count, 31);
  for (let i = 0; i < words; i++) m[to + i] = m[to + i]! >> n;
};

/** The upper word of a 64-bit number shifted left by `n` of 1..31. */
const leftPart = (high: number, low: number, n: number): number => (high << n) | (low >>> (32 - n));
const rightPart = (high: number, low: number, n: number): number => (low >>> n) | (high << (32 - n));

export const psllq: Shift = (m, to, count, words) => {
  if (count === 0) return;
  for (let i = 0; i < words; i += 2) {
    const low = m[to + i]!;
    const high = m[to + i + 1]!;
    m[to + i + 1] = count > 63 ? 0 : count > 31 ? low << (count - 32) : leftPart(high, low, count);
    m[to + i] = count > 31 ? 0 : low << count;
  }
};

export const psrlq: Shift = (m, to, count, words) => {
  if (count === 0) return;
  for (let i = 0; i < words; i += 2) {
    const low = m[to + i]!;
    const high = m[to + i + 1]!;
    m[to + i] = count > 63 ? 0 : count > 31 ? high >>> (count - 32) : rightPart(high, low, count);
    m[to + i + 1] = count > 31 ? 0 : high >>> count;
  }
};

/** PSLLDQ and PSRLDQ count bytes. */
export const pslldq: Shift = (m, to, count, words) => {
  const v = gather(m, to, to, words);
  for (let i = 0; i < words; i++) {
    const at = i - (count >> 2);
    const bits = (count & 3) << 3;
    const word = at < 0 ? 0 : v[at]!;
    const lower = at < 1 ? 0 : v[at - 1]!;
    m[to + i] = bits === 0 ? word : leftPart(word, lower, bits);
  }
};

export const psrldq: Shift = (m, to, count, words) => {
  const v = gather(m, to, to, words);
  for (let i = 0; i < words; i++) {
    const at = i + (count >> 2);
    const bits = (count & 3) << 3;
    const word = at < words ? v[at]! : 0;
    const upper = at + 1 < words ? v[at + 1]! : 0;
    m[to + i] = bits === 0 ? word : rightPart(upper, word, bits);
  }
};
