/** PHADD and PHSUB of SSSE3: neighbours within each operand are combined, the destination's results come first. */
import { saturate } from './lanes.ts';
import { gather, type Packed } from './packed.ts';

const lowWord = (x: number): number => (x << 16) >> 16;
const saturateWord = (x: number): number => saturate(x, -0x8000, 0x7fff) & 0xffff;

const sum = (x: number): number => (x + (x >>> 16)) & 0xffff;
const difference = (x: number): number => (x - (x >>> 16)) & 0xffff;
const saturatedSum = (x: number): number => saturateWord(lowWord(x) + (x >> 16));
const saturatedDifference = (x: number): number => saturateWord(lowWord(x) - (x >> 16));

export const phaddw: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = sum(v[2 * i]!) | (sum(v[2 * i + 1]!) << 16);
};

export const phsubw: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = difference(v[2 * i]!) | (difference(v[2 * i + 1]!) << 16);
};

export const phaddsw: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = saturatedSum(v[2 * i]!) | (saturatedSum(v[2 * i + 1]!) << 16);
};

export const phsubsw: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) {
    m[to + i] = saturatedDifference(v[2 * i]!) | (saturatedDifference(v[2 * i + 1]!) << 16);
  }
};

export const phaddd: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = v[2 * i]! + v[2 * i + 1]!;
};

export const phsubd: Packed = (m, to, from, words) => {
  const v = gather(m, to, from, words);
  for (let i = 0; i < words; i++) m[to + i] = v[2 * i]! - v[2 * i + 1]!;
};
