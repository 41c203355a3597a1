/**
 * Several bytes or words at once within a 32-bit word. `tops` has the highest bit of every lane set and names the lane
 * width. Sums and differences keep carries within lanes by leaving the top bits to an exclusive or.
 */

/** Top bits of four bytes, two words, one doubleword. */
export const BYTES = 0x80808080 | 0;
export const WORDS = 0x80008000 | 0;
export const DWORDS = 0x80000000 | 0;

/** Distance from a lane's top bit to its lowest. */
const topShift = (tops: number): number => (tops === BYTES ? 7 : tops === WORDS ? 15 : 31);

/** Lanes whose top bit is set in `x` become all ones, the others zero. */
export function spread(x: number, tops: number): number {
  const top = x & tops;
  return (top - (top >>> topShift(tops))) | top;
}

/** `y` where `mask` is set, else `x`. */
export const select = (mask: number, x: number, y: number): number => x ^ ((x ^ y) & mask);

export const add = (x: number, y: number, tops: number): number => ((x & ~tops) + (y & ~tops)) ^ ((x ^ y) & tops);

export const subtract = (x: number, y: number, tops: number): number => ((x | tops) - (y & ~tops)) ^ ((x ^ ~y) & tops);

/** What a signed result that overflowed becomes: the most positive value, or the most negative where `x` is negative. */
const limit = (x: number, tops: number): number => (~tops + ((x & tops) >>> topShift(tops))) | 0;

export function addSigned(x: number, y: number, tops: number): number {
  const z = add(x, y, tops);
  return select(spread(~(x ^ y) & (x ^ z), tops), z, limit(x, tops));
}

export function subtractSigned(x: number, y: number, tops: number): number {
  const z = subtract(x, y, tops);
  return select(spread((x ^ y) & (x ^ z), tops), z, limit(x, tops));
}

export function addUnsigned(x: number, y: number, tops: number): number {
  const z = add(x, y, tops);
  return z | spread((x & y) | ((x | y) & ~z), tops);
}

/** Ones in lanes where `x` is below `y`, unsigned. */
export function below(x: number, y: number, tops: number): number {
  return spread((~x & y) | ((~x | y) & subtract(x, y, tops)), tops);
}

export const subtractUnsigned = (x: number, y: number, tops: number): number =>
  subtract(x, y, tops) & ~below(x, y, tops);

/** Ones in lanes where `x` is less than `y`, signed. */
export function less(x: number, y: number, tops: number): number {
  return spread(select(x ^ y, subtract(x, y, tops), x), tops);
}

/** Ones in lanes that are zero. */
export function isZero(x: number, tops: number): number {
  return spread(~(((x & ~tops) + ~tops) | x), tops);
}

/** Rounded average, unsigned. */
export const average = (x: number, y: number, tops: number): number => (x | y) - (((x ^ y) >>> 1) & ~tops);

/** Ones in the lowest bit of every lane of `mask`, which is all ones or zero by lane. */
const ones = (mask: number, tops: number): number => mask & ((tops >>> topShift(tops)) | 0);

/** Negates the lanes where `mask` is set. */
export const negate = (x: number, mask: number, tops: number): number => add(x ^ mask, ones(mask, tops), tops);

/** Signed and unsigned limits of one value. */
export function saturate(x: number, low: number, high: number): number {
  return x < low ? low : Math.min(x, high);
}
