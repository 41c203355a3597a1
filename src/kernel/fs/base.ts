/**
 * The base layer: the read-only bottom of the root filesystem, which the host keeps (embedded guests, a directory, an
 * archive). Paths start with `/`; names and link targets are byte strings, one char for each byte. All calls answer at once.
 */

import { assert } from '../kobject/errors.ts';

export type BaseType = 'dir' | 'file' | 'link' | 'char' | 'block' | 'fifo' | 'socket';

export interface BaseEntry {
  readonly name: string;
  readonly type: BaseType;
  /** Permission bits with set-id and sticky: 0 .. 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file or of a link's target; 0 otherwise. */
  readonly size: number;
  /** Nanoseconds since the Epoch. */
  readonly mtimeNs: bigint;
  /** A symbolic link's target. */
  readonly target?: string;
  /** A device node's number, major << 8 | minor. */
  readonly rdev?: number;
}

/** One line of the manifest that an image carries, to find the base again. Sorted by path. */
export interface ManifestRow {
  readonly path: string;
  readonly entry: BaseEntry;
  /** SHA-256 of a file's content in hex; '' for everything else. */
  readonly digest: string;
}

/** A tree of another origin that a base layer shows at a place. */
export interface SharedTree {
  /** Where: an absolute path below /. */
  readonly at: string;
  readonly origin: string;
}

export interface BaseLayer {
  /** Where the base comes from, for messages and for finding it again. */
  readonly origin: string;
  /** Trees of other origins in it, by place; none when left out. */
  readonly shares?: readonly SharedTree[];
  /** Entries of a directory in a stable order, without `.` and `..`; empty when there is no such directory. */
  entries(path: string): readonly BaseEntry[];
  /** Bytes of a file; shorter only at the file's end. */
  read(path: string, offset: number, length: number): Uint8Array;
  /** SHA-256 of a file's content in hex. */
  digest(path: string): string;
  manifest(): readonly ManifestRow[];
}

/** Whether a path is absolute, below /, and without `.` and `..`. */
export function isBasePath(path: string): boolean {
  const [first, ...names] = path.split('/');
  const plain = names.every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));
  return first === '' && names.length > 0 && plain;
}

/** Asserts that a path, as inodes keep it, stays inside the base; empty for none. */
export function checkBasePath(path: string): void {
  assert(path === '' || path === '/' || isBasePath(path), `no path of a base layer: ${path}`);
}
