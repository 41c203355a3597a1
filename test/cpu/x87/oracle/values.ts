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
