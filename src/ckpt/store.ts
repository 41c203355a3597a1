/** Where images go and come from: a few named files, written one after another, all or nothing. */
import { ImageError } from '../kernel/kobject/errors.ts';

/**
 * Takes an image. Between `commit` and the next image nothing of it may be lost; before `commit` nothing of it may
 * show. On a disk: files in a fresh directory beside the target, fsync of each and of the directory, then one rename
 * over the old image. Any method but `abort` may throw, and `abort` follows then.
 */
export interface ImageSink {
  /** Starts the next file. */
  begin(name: string): void;
  /** Appends to the file. `data` may be a view of guest RAM, valid during the call only. */
  write(data: Uint8Array): void;
  /** The image is whole: makes it durable and puts it in the place of the old one. */
  commit(): void;
  /** Forgets what was written; the old image stays. Must not throw. */
  abort(): void;
}

/** Gives an image. */
export interface ImageSource {
  /** What errors call the image: a directory, `memory`. */
  readonly origin: string;
  /** Names of all files that are there. */
  list(): readonly string[];
  size(name: string): number;
  /** `length` bytes from `offset`; the caller asks for nothing past `size`. */
  read(name: string, offset: number, length: number): Uint8Array;
}

/** An image in memory. */
export class MemoryImage implements ImageSource {
  readonly origin: string = 'memory';
  readonly files: Map<string, Uint8Array>;

  constructor(files: Iterable<readonly [string, Uint8Array]> = []) {
    this.files = new Map(files);
  }

  list(): string[] {
    return [...this.files.keys()];
  }

  size(name: string): number {
    return this.file(name).length;
  }

  read(name: string, offset: number, length: number): Uint8Array {
    return this.file(name).subarray(offset, offset + length);
  }

  private file(name: string): Uint8Array {
    const file = this.files.get(name);
    if (file === undefined) throw new ImageError('ENOFILE', name, 'is missing');
    return file;
  }
}

/** Collects an image in memory; `image` is null until it is committed. */
export class MemorySink implements ImageSink {
  image: MemoryImage | null = null;
  #files: [string, Uint8Array[]][] = [];

  begin(name: string): void {
    this.#files.push([name, []]);
  }

  write(data: Uint8Array): void {
    this.#files[this.#files.length - 1]![1].push(Uint8Array.from(data));
  }

  commit(): void {
    this.image = new MemoryImage(this.#files.map(([name, parts]) => [name, concat(parts)] as const));
  }

  abort(): void {
    this.#files = [];
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
