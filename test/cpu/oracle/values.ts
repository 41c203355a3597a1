/** Operands worth trying: edges first, then anything. */
import type { Random } from './random.ts';

export interface Extended {
  se: number;
  mantissa: bigint;
}

const TOP = 1n << 63n;
const ALL = (1n << 64n) - 1n;
const BIAS = 0x3fff;
const SIGN = 0x8000;

const sign = (r: Random): number => (r.one(2) ? SIGN : 0);

/** A significand with its integer bit: random, sparse, dense, or next to a rounding boundary. */
export function mantissa(r: Random): bigint {
  switch (r.below(9)) {
    case 0:
      return TOP;
    case 1:
      return ALL;
    case 2:
      return TOP | (1n << BigInt(r.below(63)));
    case 3:
      return ALL ^ ((1n << BigInt(r.below(63))) - 1n);
    case 4:
      return boundary(r, r.pick([40n, 11n, 1n, 32n]));
    case 5:
      return TOP | ((r.uint64() >> 11n) << 11n);
    case 6:
      return TOP | (BigInt(r.below(65536)) << BigInt(r.below(48)));
    default:
      return TOP | r.uint64();
  }
}

/** A significand whose low `bits` are just below, at or just above half. */
function boundary(r: Random, bits: bigint): bigint {
  const half = 1n << (bits - 1n);
  const near = half + BigInt(r.pick([0, 0, 1, -1]));
  return ((TOP | ((r.uint64() >> bits) << bits)) + near) & ALL;
}

/** Exponents near those where something changes. */
function exponent(r: Random): number {
  switch (r.below(10)) {
    case 0:
      return 1 + r.below(70);
    case 1:
      return 0x7ffe - r.below(70);
    case 2:
      return BIAS + r.pick([-126, -127, -149, -150, 127, 128, -1022, -1023, -1074, -1075, 1023, 1024]);
    case 3:
      return BIAS + r.pick([14, 15, 16, 30, 31, 32, 59, 60, 62, 63, 64]);
    case 4:
      return 1 + r.below(0x7ffe);
    default:
      return BIAS - 40 + r.below(80);
  }
}

const special: readonly ((r: Random) => Extended)[] = [
  (r) => ({ se: sign(r), mantissa: 0n }),
  (r) => ({ se: sign(r) | 0x7fff, mantissa: TOP }),
  (r) => ({ se: sign(r), mantissa: r.one(2) ? r.uint64() >> 1n : 1n << BigInt(r.below(63)) }),
  (r) => ({ se: sign(r), mantissa: TOP | (r.one(2) ? r.uint64() : 0n) }),
  (r) => ({ se: sign(r) | 0x7fff, mantissa: (3n << 62n) | (r.one(3) ? 0n : r.uint64()) }),
  (r) => ({ se: sign(r) | 0x7fff, mantissa: (TOP | (r.one(3) ? 1n : r.uint64())) & ~(1n << 62n) }),
  (r) => ({ se: sign(r) | exponent(r), mantissa: r.uint64() >> 1n }),
  (r) => ({ se: sign(r) | 0x7fff, mantissa: r.one(2) ? 0n : r.uint64() >> 1n }),
];

export function extended(r: Random): Extended {
  if (r.one(5)) return r.pick(special)(r);
  if (r.one(6)) return integer(r);
  return { se: sign(r) | exponent(r), mantissa: mantissa(r) };
}

function integer(r: Random): Extended {
  const value = BigInt(1 + r.below(r.pick([3, 20, 1000, 1 << 30])));
  const bits = value.toString(2).length;
  return { se: sign(r) | (BIAS + bits - 1), mantissa: value << BigInt(64 - bits) };
}

/** A partner for `a`: unrelated, or of near exponent, equal, opposite, or off by a few units. */
export function partner(r: Random, a: Extended): Extended {
  if (r.one(2)) return extended(r);
  const e = Math.max(
    0,
    Math.min(0x7fff, (a.se & 0x7fff) + r.pick([0, 0, 0, 1, -1, 2, -2, 63, -63, 64, -64, 65, -65, r.below(70)])),
  );
  const m = r.one(2) ? a.mantissa : r.one(2) ? mantissa(r) : (a.mantissa + BigInt(r.below(7) - 3)) & ALL;
  return { se: (r.one(2) ? a.se & SIGN : sign(r)) | e, mantissa: m };
}

/** An argument in the range where a transcendental instruction is defined and interesting. */
export function moderate(r: Random): Extended {
  const e = r.one(3) ? -r.below(70) : r.one(3) ? r.below(64) : r.below(6) - 4;
  return { se: sign(r) | (BIAS + e), mantissa: mantissa(r) };
}

const DOUBLE_EXPONENTS = [0, 1, 2, 2046, 2047, 1023, 1024, 1022, 1023 + 52, 1023 + 63];
const SINGLE_EXPONENTS = [0, 1, 254, 255, 127, 128, 126, 150];

export function double(r: Random): bigint {
  const e = r.one(2) ? r.pick(DOUBLE_EXPONENTS) : r.one(2) ? 1003 + r.below(40) : r.below(2048);
  const fraction = r.one(4) ? 0n : r.one(4) ? 1n << BigInt(r.below(52)) : r.uint64() >> 12n;
  return (BigInt(r.below(2)) << 63n) | (BigInt(e) << 52n) | fraction;
}

export function single(r: Random): number {
  const e = r.one(2) ? r.pick(SINGLE_EXPONENTS) : r.one(2) ? 107 + r.below(40) : r.below(256);
  const fraction = r.one(4) ? 0 : r.one(4) ? 1 << r.below(23) : r.int32() & 0x7fffff;
  return (r.below(2) << 31) | (e << 23) | fraction;
}

export function int64(r: Random): bigint {
  const value = r.one(8) ? 0n : r.one(4) ? 1n << BigInt(r.below(64)) : r.uint64() >> BigInt(r.below(64));
  return (r.one(2) ? -value : value) & ALL;
}

/** Ten bytes of packed digits, now and then with digits that are none. */
export function packed(r: Random): number[] {
  const valid = !r.one(8);
  const from = r.below(10);
  const bytes = Array.from({ length: 9 }, (_, i) => {
    if (i > from) return 0;
    return valid ? (r.below(10) << 4) | r.below(10) : r.below(256);
  });
  return [...bytes, r.pick([0, 0x80, 0x80, r.below(256)])];
}

const INTEGERS = [
  0, 1, 2, 7, 8, 15, 16, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, -1, -2,
];

/** An integer operand, int32. */
export function value(r: Random): number {
  const kind = r.below(8);
  if (kind < 3) return r.pick(INTEGERS);
  return kind === 3 ? r.below(16) : r.int32();
}

/** Singles where something changes: zeros, denormals, limits, infinities, NaNs, limits of integers, halves. */
const SINGLES = [
  0, 0x80000000, 1, 0x807fffff, 0x007fffff, 0x00800000, 0x80800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
  0x7fc00000, 0xffc00000, 0x7f800001, 0xffbfffff, 0x3f800000, 0xbf800000, 0x3f7fffff, 0x3f800001, 0x4effffff,
  0x4f000000, 0xcf000000, 0x5f000000, 0xdf000000, 0x3f000000, 0x3fc00000, 0xc0200000, 0x4b000001, 0x4affffff,
];
/** High and low words of doubles of the same kinds. */
const DOUBLES: readonly (readonly [high: number, low: number])[] = [
  [0, 0],
  [0x80000000, 0],
  [0, 1],
  [0x800fffff, 0xffffffff],
  [0x000fffff, 0xffffffff],
  [0x00100000, 0],
  [0x7fefffff, 0xffffffff],
  [0xffefffff, 0xffffffff],
  [0x7ff00000, 0],
  [0xfff00000, 0],
  [0x7ff80000, 0],
  [0xfff80000, 0],
  [0x7ff00000, 1],
  [0xfff7ffff, 0xffffffff],
  [0x3ff00000, 0],
  [0xbff00000, 0],
  [0x3fefffff, 0xffffffff],
  [0x3ff00000, 1],
  [0x41dfffff, 0xffc00000],
  [0x41e00000, 0],
  [0xc1e00000, 0],
  [0xc1e00000, 0x00200000],
  [0x43e00000, 0],
  [0x3fe00000, 0],
  [0x3ff80000, 0],
  [0xc0040000, 0],
  [0x43300000, 1],
  [0x36a00000, 0],
  [0x380fffff, 0xe0000000],
  [0x47efffff, 0xf0000000],
  [0x47efffff, 0xefffffff],
  [0x3690000, 0],
];

/** Writes a double into words `at` (low) and `at + 1`. */
function writeDouble(r: Random, to: Int32Array, at: number): void {
  const kind = r.below(4);
  if (kind === 0) {
    const [high, low] = r.pick(DOUBLES);
    to[at] = low;
    to[at + 1] = high;
    return;
  }
  const exponent = kind === 1 ? r.below(2048) : r.one(3) ? 1023 - 160 + r.below(320) : 1023 - 30 + r.below(64);
  const low = r.one(3) ? 0 : r.int32();
  to[at] = r.one(8) ? r.pick([1, -1, 0x10000000, 0x0fffffff, 0x10000001, 0x20000000]) : low;
  to[at + 1] = (r.int32() & 0x800fffff) | (exponent << 20);
}

function single32(r: Random): number {
  if (r.one(4)) return r.pick(SINGLES);
  const exponent = r.one(4) ? r.below(256) : 127 - 25 + r.below(58);
  const fraction = r.one(4) ? 0 : r.int32() & 0x7fffff;
  return (r.int32() & 0x80000000) | (exponent << 23) | fraction;
}

const BYTES = [0, 1, 0x7f, 0x80, 0x81, 0xff, 0x10, 0x0f];
const HALVES = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0xff, 0x100, 0x7f, 0x80, 0xff80];
const lanes8 = (r: Random): number =>
  r.pick(BYTES) | (r.pick(BYTES) << 8) | (r.below(256) << 16) | (r.pick(BYTES) << 24);
const lanes16 = (r: Random): number => r.pick(HALVES) | ((r.one(2) ? r.pick(HALVES) : r.int32()) << 16);

/** What vector lanes hold. */
export type Lanes = 'single' | 'double' | 'integer';

/** Fills words with lanes of one kind; now and then with ones near to, equal to or opposite to earlier ones. */
export function fillLanes(r: Random, to: Int32Array, kind: Lanes): void {
  const step = kind === 'double' ? 2 : 1;
  for (let at = 0; at < to.length; at += step) {
    if (at >= 8 && r.one(6)) copyNear(r, to, at, step);
    else if (kind === 'double') writeDouble(r, to, at);
    else if (kind === 'single') to[at] = single32(r);
    else to[at] = r.one(3) ? lanes8(r) : r.one(2) ? lanes16(r) : value(r);
  }
}

function copyNear(r: Random, to: Int32Array, at: number, step: number): void {
  const from = at - 4 * (1 + r.below(at >> 2));
  for (let i = 0; i < step; i++) to[at + i] = to[from + i]!;
  const change = r.below(4);
  if (change === 0) to[at] = to[at]! + r.below(5) - 2;
  if (change === 1) to[at + step - 1] = to[at + step - 1]! ^ 0x80000000;
}
