/**
 * Images as directories on the host's disk. A new image is written beside its place, made durable, and renamed into it,
 * so that a full disk or a crash leaves the old image or the new one, never a mixture:
 *
 *     IMG.new-XXXXXX   while it is written; removed when the dump fails
 *     IMG~             the image that is being replaced, between two renames only
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MAGIC } from '../ckpt/record.ts';
import type { ImageSink, ImageSource } from '../ckpt/store.ts';
import { HostError } from './platform.ts';

/** Small writes are gathered to this size. */
const BUFFER_BYTES = 1 << 20;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device; nothing was changed',
  EDQUOT: 'the disk quota is used up; nothing was changed',
  EROFS: 'the filesystem is read-only',
  EACCES: 'permission denied',
  ENOENT: 'no such directory',
  ENOTDIR: 'is not a directory',
  EBUSY: 'is a mount point; name a directory inside it',
  EXDEV: 'is a mount point; name a directory inside it',
};

/** Turns a system error into a HostError about `directory`; others pass. */
function attempt<T>(directory: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (error instanceof HostError || typeof code !== 'string') throw error;
    throw new HostError(code, directory, REASONS[code] ?? (error as Error).message, error);
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a file starts as every file of an image does. */
function isImageFile(path: string): boolean {
  if (!lstatSync(path).isFile()) return false;
  const fd = openSync(path, 'r');
  try {
    const start = new Uint8Array(MAGIC.length);
    return readSync(fd, start, 0, start.length, 0) === MAGIC.length && MAGIC.every((byte, i) => start[i] === byte);
  } finally {
    closeSync(fd);
  }
}

/** Only an empty directory or an image may be replaced: a mistyped name must not cost anybody's files. */
function checkReplaceable(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (isImageFile(join(directory, name))) continue;
    throw new HostError('ENOTEMPTY', directory, `holds ${JSON.stringify(name)}, which is no image's; not replaced`);
  }
}

/** Writes an image directory. The calls that touch the disk throw HostError; after abort nothing is left of it. */
export class DirectorySink implements ImageSink {
  readonly #directory: string;
  readonly #temporary: string;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #filled = 0;
  #fd = -1;

  /** @param path the image's directory, which may exist when it is empty or holds an image */
  constructor(path: string) {
    this.#directory = resolve(path);
    this.#temporary = attempt(this.#directory, () => {
      recover(this.#directory);
      checkReplaceable(this.#directory);
      return mkdtempSync(`${this.#directory}.new-`);
    });
  }

  begin(name: string): void {
    attempt(this.#directory, () => {
      this.#finishFile();
      this.#fd = openSync(join(this.#temporary, name), 'wx');
    });
  }

  write(data: Uint8Array): void {
    attempt(this.#directory, () => {
      if (this.#filled + data.length > BUFFER_BYTES) this.#flush();
      if (data.length > BUFFER_BYTES) return this.#writeAll(data);
      this.#buffer.set(data, this.#filled);
      this.#filled += data.length;
    });
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #writeAll(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) at += writeSync(this.#fd, data, at);
  }

  #finishFile(): void {
    if (this.#fd < 0) return;
    this.#flush();
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = -1;
  }

  commit(): void {
    attempt(this.#directory, () => {
      this.#finishFile();
      syncDirectory(this.#temporary);
      this.#swap();
      syncDirectory(dirname(this.#directory));
    });
  }

  #swap(): void {
    const old = `${this.#directory}~`;
    const replaces = existsSync(this.#directory) && readdirSync(this.#directory).length > 0;
    // Only one name can change at a time: a crash between these two renames leaves IMG~, which readers know.
    if (replaces) renameSync(this.#directory, old);
    try {
      renameSync(this.#temporary, this.#directory);
    } catch (error) {
      if (replaces) renameSync(old, this.#directory);
      throw error;
    }
    if (replaces) rmSync(old, { recursive: true, force: true });
  }

  abort(): void {
    try {
      if (this.#fd >= 0) closeSync(this.#fd);
      rmSync(this.#temporary, { recursive: true, force: true });
    } catch {
      // Nothing more can be done about a directory that cannot be removed; its name tells what it is.
    }
    this.#fd = -1;
  }
}

/** After a crash between the two renames of a commit, the old image is put back in its place. */
function recover(directory: string): void {
  const old = `${directory}~`;
  if (!existsSync(directory) && existsSync(join(old, 'inventory'))) renameSync(old, directory);
}

/** Reads an image directory. */
export class DirectorySource implements ImageSource {
  readonly origin: string;
  readonly #directory: string;

  /** Throws HostError ENOENT, ENOTDIR, EACCES. */
  constructor(path: string) {
    this.origin = path;
    const wanted = resolve(path);
    const replaced = join(dirname(wanted), `${basename(wanted)}~`);
    this.#directory = !existsSync(wanted) && existsSync(replaced) ? replaced : wanted;
    this.list();
  }

  list(): readonly string[] {
    return attempt(this.origin, () => readdirSync(this.#directory).sort());
  }

  size(name: string): number {
    return attempt(this.origin, () => statSync(join(this.#directory, name)).size);
  }

  read(name: string, offset: number, length: number): Uint8Array {
    return attempt(this.origin, () => {
      const fd = openSync(join(this.#directory, name), 'r');
      try {
        const data = new Uint8Array(length);
        let at = 0;
        for (let got = -1; at < length && got !== 0; at += got) got = readSync(fd, data, at, length - at, offset + at);
        return data.subarray(0, at);
      } finally {
        closeSync(fd);
      }
    });
  }
}
