/** The shapes of packed operations. Operands are 32-bit words of the board's memory, given by their first index. */

/**
 * `m[to..]` becomes the result of the operation on itself and `m[from..]`, `words` words each: 2 for MMX, 4 for XMM.
 * Both may be the same place.
 */
export type Packed = (m: Int32Array, to: number, from: number, words: number) => void;

/** Shifts `m[to..]` by `count`, which is 0..SHIFTS_ALL. */
export type Shift = (m: Int32Array, to: number, count: number, words: number) => void;

/** An operation that an immediate byte directs. */
export type Directed = (m: Int32Array, to: number, from: number, words: number, imm: number) => void;

/** A shift count no lane survives. */
export const SHIFTS_ALL = 64;

const both = new Int32Array(8);

/** Copies both operands, the destination's words first: for operations that move lanes between words. Valid until the next call. */
export function gather(m: Int32Array, to: number, from: number, words: number): Int32Array {
  for (let i = 0; i < words; i++) {
    both[i] = m[to + i]!;
    both[words + i] = m[from + i]!;
  }
  return both;
}
