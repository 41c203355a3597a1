/** A base layer in memory: for tests, and for roots that come as data. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fromLatin1 } from '../bytes.ts';
import { assert } from '../kobject/errors.ts';
import type { BaseEntry, BaseLayer, BaseType, ManifestRow } from './base.ts';

export interface MemoryNode {
  readonly type?: BaseType;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeNs?: bigint;
  /** A file's content; a string is taken byte by byte. */
  readonly content?: Uint8Array | string;
  /** A link's target. */
  readonly target?: string;
  readonly rdev?: number;
}

interface Stored {
  readonly entry: BaseEntry;
  readonly content: Uint8Array;
}

const DEFAULT_MODES: Readonly<Record<BaseType, number>> = {
  dir: 0o755,
  file: 0o644,
  link: 0o777,
  char: 0o666,
  block: 0o660,
  fifo: 0o644,
  socket: 0o755,
};

export class MemoryBase implements BaseLayer {
  readonly origin: string;
  readonly #directories = new Map<string, Map<string, Stored>>([['/', new Map()]]);

  /** @param nodes by absolute path; a string or bytes make a file. Directories in between come by themselves. */
  constructor(nodes: Readonly<Record<string, MemoryNode | string | Uint8Array>>, origin = 'memory') {
    this.origin = origin;
    for (const [path, node] of Object.entries(nodes)) {
      const plain = typeof node === 'string' || node instanceof Uint8Array;
      this.#add(path, plain ? { content: node } : node);
    }
  }

  #add(path: string, node: MemoryNode): void {
    const slash = path.lastIndexOf('/');
    const dir = slash <= 0 ? '/' : path.slice(0, slash);
    const name = path.slice(slash + 1);
    assert(path.startsWith('/') && name !== '', `a base path is absolute: ${path}`);
    if (!this.#directories.has(dir)) this.#add(dir, { type: 'dir' });
    const entries = this.#directories.get(dir);
    assert(entries !== undefined, `${dir} is no directory`);
    const stored = store(name, node);
    if (stored.entry.type === 'dir' && !this.#directories.has(path)) this.#directories.set(path, new Map());
    entries.set(name, stored);
  }

  entries(path: string): readonly BaseEntry[] {
    return Array.from(this.#directories.get(path)?.values() ?? [], (stored) => stored.entry);
  }

  #content(path: string): Uint8Array {
    const slash = path.lastIndexOf('/');
    const stored = this.#directories.get(slash <= 0 ? '/' : path.slice(0, slash))?.get(path.slice(slash + 1));
    assert(stored !== undefined, `no base file ${path}`);
    return stored.content;
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return this.#content(path).subarray(offset, offset + length);
  }

  digest(path: string): string {
    return bytesToHex(sha256(this.#content(path)));
  }

  manifest(): readonly ManifestRow[] {
    const rows: ManifestRow[] = [];
    for (const [dir, entries] of this.#directories) {
      for (const { entry } of entries.values()) {
        const path = `${dir === '/' ? '' : dir}/${entry.name}`;
        rows.push({ path, entry, digest: entry.type === 'file' ? this.digest(path) : '' });
      }
    }
    return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

function store(name: string, node: MemoryNode): Stored {
  const type = node.type ?? (node.target === undefined ? 'file' : 'link');
  const content = typeof node.content === 'string' ? fromLatin1(node.content) : (node.content ?? new Uint8Array(0));
  const entry: BaseEntry = {
    name,
    type,
    mode: node.mode ?? DEFAULT_MODES[type],
    uid: node.uid ?? 0,
    gid: node.gid ?? 0,
    size: type === 'link' ? (node.target ?? '').length : content.length,
    mtimeNs: node.mtimeNs ?? 0n,
    ...(node.target === undefined ? {} : { target: node.target }),
    ...(node.rdev === undefined ? {} : { rdev: node.rdev }),
  };
  return { entry, content };
}
