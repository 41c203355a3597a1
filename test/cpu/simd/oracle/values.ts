/** Operands that meet the corners of floating-point arithmetic: limits, halves, neighbours, NaNs of both kinds. */
import type { Random } from '../../x87/oracle/random.ts';

/** A format's numbers as bits, in bigints. */
interface Bits {
  readonly width: number;
  readonly fraction: number;
  readonly bias: number;
}
const SINGLE: Bits = { width: 32, fraction: 23, bias: 127 };
const DOUBLE: Bits = { width: 64, fraction: 52, bias: 1023 };

const ones = (n: number): bigint => (1n << BigInt(n)) - 1n;

function encode(f: Bits, sign: boolean, biased: number, fraction: bigint): bigint {
  const exponent = BigInt(Math.max(0, Math.min(2 * f.bias + 1, biased)));
  return (sign ? 1n << BigInt(f.width - 1) : 0n) | (exponent << BigInt(f.fraction)) | (fraction & ones(f.fraction));
}

/** Fractions: random, sparse, all ones, halves of a unit of a shorter format. */
function fraction(random: Random, f: Bits): bigint {
  const some = random.uint64() & ones(f.fraction);
  switch (random.below(8)) {
    case 0:
      return 0n;
    case 1:
      return ones(f.fraction) - BigInt(random.below(2));
    case 2:
      return 1n << BigInt(random.below(f.fraction));
    case 3:
      return (some >> 30n) << 30n;
    case 4:
      return ((some >> 29n) << 29n) | (1n << 28n);
    case 5:
      return ones(f.fraction) ^ ones(random.below(f.fraction));
    default:
      return some;
  }
}

function special(random: Random, f: Bits): bigint {
  const all = 2 * f.bias + 1;
  const quiet = 1n << BigInt(f.fraction - 1);
  const sign = random.one(2);
  const fractions: [number, bigint][] = [
    [0, 0n],
    [0, 0n],
    [0, 1n],
    [0, ones(f.fraction)],
    [0, random.uint64()],
    [1, BigInt(random.below(3))],
    [all - 1, ones(f.fraction)],
    [all, 0n],
    [all, quiet],
    [all, quiet | random.uint64()],
    [all, 1n + (random.uint64() & ones(f.fraction - 2))],
    [f.bias, 0n],
  ];
  return encode(f, sign, ...random.pick(fractions));
}

function number(random: Random, f: Bits): bigint {
  const sign = random.one(2);
  switch (random.below(8)) {
    case 0:
    case 1:
      return special(random, f);
    case 2:
      return random.uint64() & ones(f.width);
    case 3:
      return encode(f, sign, random.below(f.fraction + 6), fraction(random, f));
    case 4:
      return encode(f, sign, 2 * f.bias - random.below(6), fraction(random, f));
    case 5:
      return encode(f, sign, f.bias + random.below(36) - 3, fraction(random, f));
    case 6:
      return encode(f, sign, f.bias + random.below(300) - 150, fraction(random, f));
    default:
      return encode(f, sign, f.bias + random.below(7) - 3, fraction(random, f));
  }
}

/** A second operand that has to do with the first: near it, its opposite, half a unit of it, at the limits with it. */
function related(random: Random, f: Bits, a: bigint): bigint {
  const biased = Number((a >> BigInt(f.fraction)) & BigInt(2 * f.bias + 1));
  const signBit = 1n << BigInt(f.width - 1);
  switch (random.below(8)) {
    case 0:
      return a;
    case 1:
      return a ^ signBit;
    case 2:
      return (a ^ (random.one(2) ? signBit : 0n)) + BigInt(random.below(5) - 2);
    case 3:
      return encode(f, random.one(2), biased - f.fraction - random.below(3), random.one(2) ? 0n : fraction(random, f));
    case 4:
      return encode(f, random.one(2), f.bias - biased + random.below(4), fraction(random, f));
    case 5:
      return encode(f, random.one(2), 3 * f.bias - biased + random.below(4) - 1, fraction(random, f));
    case 6:
      return encode(f, random.one(2), biased - f.bias + random.below(4) - 1, fraction(random, f));
    default:
      return encode(f, random.one(2), biased + f.bias - random.below(f.fraction + 3), fraction(random, f));
  }
}

/** Fills two operands of 16 bytes with numbers of a format. */
export function fillNumbers(random: Random, single: boolean, first: Buffer, second: Buffer): void {
  const f = single ? SINGLE : DOUBLE;
  const tame = random.one(3);
  for (let i = 0; i < 16; i += f.width / 8) {
    const a = tame && i > 0 ? encode(f, false, f.bias, fraction(random, f)) : number(random, f);
    const b = random.one(2) ? number(random, f) : related(random, f, a);
    const bits = [a, b].map((n) => n & ones(f.width));
    for (const [n, to] of [first, second].entries()) {
      if (single) to.writeUInt32LE(Number(bits[n]!), i);
      else to.writeBigUInt64LE(bits[n]!, i);
    }
  }
}

const INTEGERS = [
  0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 24,
  2 ** 24 + 1,
  2 ** 24 + 3,
  -(2 ** 25) - 2,
  0x7fffff80,
  0x7fffffc0,
];

export const integer = (random: Random): number =>
  random.one(3) ? random.pick(INTEGERS) : random.int32() >> random.below(32);
