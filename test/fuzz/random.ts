/** Choices that follow from a seed. */
import { generator } from '../scenarios/modes.ts';

export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = generator(seed);
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  /** Whether something with this probability happens. */
  chance(p: number): boolean {
    return this.#next() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Any 32 bits. */
  word(): number {
    return Math.floor(this.#next() * 2 ** 32) >>> 0;
  }

  /** 32 bits as programs have them: small, negative, a power of two or its neighbour, or any. */
  number(): number {
    const kind = this.below(6);
    if (kind < 2) return this.below(10);
    if (kind === 2) return -this.below(5) >>> 0;
    if (kind === 3) return (2 ** this.below(32) - this.below(3)) >>> 0;
    return kind === 4 ? this.below(5000) : this.word();
  }
}
