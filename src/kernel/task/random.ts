/**
 * The machine's random numbers: xoshiro128** over 128 bits of state in the container, seeded at boot. Good enough for
 * hash seeds and temporary names, and the same in every run of the same seed; not for secrets.
 * Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021).
 */
import type { Kernel } from '../kernel.ts';

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** The next `length` random bytes. */
export function randomBytes(kernel: Kernel, length: number): Uint8Array<ArrayBuffer> {
  const { random } = kernel.container;
  const state = new DataView(random.buffer, random.byteOffset, 16);
  const s = [0, 4, 8, 12].map((at) => state.getInt32(at, true)) as [number, number, number, number];
  const words = new Int32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = step(s);
  s.forEach((word, i) => state.setInt32(4 * i, word, true));
  return new Uint8Array(words.buffer, 0, length).slice();
}

function step(s: [number, number, number, number]): number {
  const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9);
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 11);
  return result;
}

/** 16 bytes of state from a seed (splitmix32); never all zero. */
export function seedState(seed: number): Uint8Array<ArrayBuffer> {
  const state = new Int32Array(4);
  let x = seed | 0;
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e37_79b9) | 0;
    let z = x;
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    state[i] = z ^ (z >>> 15);
  }
  if (state.every((word) => word === 0)) state[0] = 1;
  return new Uint8Array(state.buffer);
}
