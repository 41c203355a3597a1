/** A host directory as the read-only bottom of a guest's root filesystem. */
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';
import type { BaseEntry, BaseLayer, BaseType, ManifestRow } from '../kernel/fs/base.ts';
import { HostError } from './platform.ts';

export interface HostDirectoryOptions {
  /** Where the base comes from, as images and messages name it; the absolute path unless given. */
  readonly origin?: string;
  /** Owner 0:0, this time and plain modes instead of the host's, so that every host shows the same files. */
  readonly fixed?: { readonly mtimeNs: bigint };
  /** Names that are not shown, such as the files that keep empty directories in a repository. */
  readonly hidden?: readonly string[];
}

/** Files up to this size are read whole at their first use; their bytes are kept while the cache has room. */
const WHOLE_FILE = 16 << 20;
const CACHE_BYTES = 64 << 20;
const DIGEST_CHUNK = 1 << 20;
/** Directories that any user may write to, in a fixed root. */
const STICKY_DIRECTORIES: readonly string[] = ['/tmp', '/var/tmp', '/dev/shm'];

function typeOf(stats: BigIntStats): BaseType {
  if (stats.isDirectory()) return 'dir';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isCharacterDevice()) return 'char';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

/** Linux's huge device numbers to the 16 bits that i386 programs of the old kind see. */
function oldDevice(rdev: bigint): number {
  const [major, minor] = [Number((rdev >> 8n) & 0xfffn), Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n))];
  return (major << 8) | (minor & 0xff);
}

const child = (directory: string, name: string): string => (directory === '/' ? `/${name}` : `${directory}/${name}`);
const byName = (a: BaseEntry, b: BaseEntry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Scanned lazily and cached: a directory's entries are those of its first look-up. Names are byte strings. A symbolic link
 * is data for the guest and never followed on the host, so nothing outside the directory is reached. A file that changes
 * under a running machine is refused (HostError ECHANGED), since a half old, half new file is worse than none.
 */
export class HostDirectory implements BaseLayer {
  readonly origin: string;
  readonly #root: string;
  readonly #options: HostDirectoryOptions;
  readonly #directories = new Map<string, readonly BaseEntry[]>();
  readonly #digests = new Map<string, string>();
  readonly #contents = new Map<string, Uint8Array>();
  #cached = 0;

  /** @param path an existing directory. Throws HostError ENOENT, ENOTDIR, EACCES. */
  constructor(path: string, options: HostDirectoryOptions = {}) {
    try {
      this.#root = realpathSync.native(path);
      readdirSync(this.#root);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
      throw new HostError(code, path, 'cannot be read as a root directory', error);
    }
    this.origin = options.origin ?? this.#root;
    this.#options = options;
  }

  /** The host path of a guest path, byte for byte. */
  #host(path: string): Buffer {
    return Buffer.concat([Buffer.from(this.#root), Buffer.from(path, 'latin1')]);
  }

  entries(path: string): readonly BaseEntry[] {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const found = this.#scan(path);
    this.#directories.set(path, found);
    return found;
  }

  #scan(path: string): BaseEntry[] {
    // Only what was listed as a directory is entered: a link among the components is never followed.
    if (path !== '/' && this.#entry(path)?.type !== 'dir') return [];
    const names = this.#attempt(path, () => readdirSync(this.#host(path), { encoding: 'buffer' }));
    return names
      .map((name) => name.toString('latin1'))
      .filter((name) => !this.#options.hidden?.includes(name))
      .map((name) => this.#describe(child(path, name), name))
      .sort(byName);
  }

  #describe(path: string, name: string): BaseEntry {
    const host = this.#host(path);
    const stats = this.#attempt(path, () => lstatSync(host, { bigint: true }));
    const type = typeOf(stats);
    const fixed = this.#options.fixed;
    const entry: BaseEntry = {
      name,
      type,
      mode: fixed ? plainMode(path, type, Number(stats.mode)) : Number(stats.mode & 0o7777n),
      uid: fixed ? 0 : Number(stats.uid),
      gid: fixed ? 0 : Number(stats.gid),
      size: type === 'file' || type === 'link' ? Number(stats.size) : 0,
      mtimeNs: fixed ? fixed.mtimeNs : stats.mtimeNs,
    };
    if (type === 'link') return { ...entry, target: readlinkSync(host, { encoding: 'buffer' }).toString('latin1') };
    if (type === 'char' || type === 'block') return { ...entry, rdev: oldDevice(stats.rdev) };
    return entry;
  }

  #entry(path: string): BaseEntry | undefined {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    return this.entries(slash === 0 ? '/' : path.slice(0, slash)).find((entry) => entry.name === name);
  }

  /** The entry of a regular file. Throws HostError ENOENT. */
  #file(path: string): BaseEntry {
    const entry = this.#entry(path);
    if (entry?.type !== 'file') throw new HostError('ENOENT', this.#name(path), 'no such file in the root directory');
    return entry;
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const { size } = this.#file(path);
    if (size > WHOLE_FILE) return this.#readPart(path, size, offset, Math.min(length, Math.max(0, size - offset)));
    return this.#content(path, size).subarray(offset, offset + length);
  }

  #content(path: string, size: number): Uint8Array {
    const known = this.#contents.get(path);
    if (known !== undefined) return known;
    const data = this.#readPart(path, size, 0, size);
    this.#contents.set(path, data);
    this.#cached += size;
    for (const [oldest, bytes] of this.#contents) {
      if (this.#cached <= CACHE_BYTES || oldest === path) break;
      this.#contents.delete(oldest);
      this.#cached -= bytes.length;
    }
    return data;
  }

  #readPart(path: string, size: number, offset: number, length: number): Uint8Array {
    return this.#withFile(path, (fd) => {
      if (fstatSync(fd).size !== size) throw this.#changed(path);
      const data = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const got = readSync(fd, data, at, length - at, offset + at);
        if (got === 0) throw this.#changed(path);
        at += got;
      }
      return data;
    });
  }

  digest(path: string): string {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const { size } = this.#file(path);
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += DIGEST_CHUNK) hash.update(this.read(path, at, DIGEST_CHUNK));
    const digest = hash.digest('hex');
    this.#digests.set(path, digest);
    return digest;
  }

  manifest(): readonly ManifestRow[] {
    const rows: ManifestRow[] = [];
    const visit = (directory: string): void => {
      for (const entry of this.entries(directory)) {
        const path = child(directory, entry.name);
        rows.push({ path, entry, digest: entry.type === 'file' ? this.digest(path) : '' });
        if (entry.type === 'dir') visit(path);
      }
    };
    visit('/');
    return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #withFile<T>(path: string, use: (fd: number) => T): T {
    return this.#attempt(path, () => {
      const fd = openSync(this.#host(path), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        return use(fd);
      } finally {
        closeSync(fd);
      }
    });
  }

  #attempt<T>(path: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof HostError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
      throw new HostError(code, this.#name(path), 'cannot be read in the root directory', error);
    }
  }

  #changed(path: string): HostError {
    return new HostError('ECHANGED', this.#name(path), 'changed while the machine was using it');
  }

  /** A path as messages show it. */
  #name(path: string): string {
    return this.#host(path).toString();
  }
}

/** A mode that does not depend on the umask of whoever unpacked the files. */
function plainMode(path: string, type: BaseType, mode: number): number {
  if (STICKY_DIRECTORIES.includes(path)) return 0o1777;
  if (type === 'link') return 0o777;
  return type === 'dir' || (mode & 0o100) !== 0 ? 0o755 : 0o644;
}
