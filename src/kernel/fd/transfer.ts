/** Where reads put bytes and writes take them from: user memory, or the kernel's own for calls that move data between files. */
import type { Regular } from '../fs/regular.ts';

/** The part of a UserBuffer that writes need. */
export interface ByteSource {
  /** Bytes in all. */
  readonly count: number;
  readonly remaining: number;
  skip(n: number): void;
  /** Up to `n` bytes; shorter at a fault, null when the first byte faults. */
  take(n: number): Uint8Array | null;
}

/** The part of a UserBuffer that reads need. */
export interface ByteSink {
  readonly count: number;
  readonly remaining: number;
  skip(n: number): void;
  /** Copies in; returns what went before the end or a fault. */
  put(data: Uint8Array): number;
}

/** Bytes at hand as the source of a write. */
export class BytesSource implements ByteSource {
  readonly #data: Uint8Array;
  #done = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get count(): number {
    return this.#data.length;
  }
  get remaining(): number {
    return this.count - this.#done;
  }

  skip(n: number): void {
    this.#done += Math.min(n, this.remaining);
  }

  take(n: number): Uint8Array {
    const data = this.#data.slice(this.#done, this.#done + n);
    this.#done += data.length;
    return data;
  }
}

/** A range of a regular file as the source of a write: sendfile(2), copy_file_range(2). */
export class FileSource implements ByteSource {
  readonly count: number;
  readonly #file: Regular;
  readonly #start: number;
  #done = 0;

  constructor(file: Regular, start: number, length: number) {
    this.#file = file;
    this.#start = start;
    this.count = Math.max(0, Math.min(length, file.size - start));
  }

  get remaining(): number {
    return this.count - this.#done;
  }

  skip(n: number): void {
    this.#done += Math.min(n, this.remaining);
  }

  take(n: number): Uint8Array | null {
    const data = this.#file.bytesAt(this.#start + this.#done, Math.min(n, this.remaining));
    if (data !== null) this.#done += data.length;
    return data;
  }
}
