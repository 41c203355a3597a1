/** Random numbers from a seed (xorshift32 after Marsaglia, in two lanes), the same everywhere. */
export class Random {
  private a: number;
  private b: number;

  constructor(seed: number) {
    this.a = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 1;
    this.b = (Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b) + 0x1b873593) | 1;
    for (let i = 0; i < 8; i++) this.int32();
  }

  int32(): number {
    let a = this.a;
    a ^= a << 13;
    a ^= a >>> 17;
    this.a = a ^ (a << 5);
    let b = this.b;
    b ^= b << 5;
    b ^= b >>> 9;
    this.b = b ^ (b << 7);
    return (this.a + Math.imul(this.b, 0x9e3779b1)) | 0;
  }

  /** 0..n-1. */
  below(n: number): number {
    return Math.floor(((this.int32() >>> 0) / 0x100000000) * n);
  }

  one(chance: number): boolean {
    return this.below(chance) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  uint64(): bigint {
    return (BigInt(this.int32() >>> 0) << 32n) | BigInt(this.int32() >>> 0);
  }
}
