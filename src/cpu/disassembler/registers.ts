/** Names of registers, as both syntaxes have them; AT&T puts a % in front. */

const BYTES = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'];
const WORDS = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];

/** In the order of their numbers in instructions (layout.ts). */
export const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
export const CONTROL = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `cr${n}`);
export const DEBUG = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `dr${n}`);

/** General register `n` of 1, 2 or 4 bytes. */
export function general(n: number, size: number): string {
  if (size === 1) return BYTES[n]!;
  return size === 2 ? WORDS[n]! : `e${WORDS[n]!}`;
}
