/** The base layer of a restored machine: names, modes, owners and times as the image's manifest has them, contents as the host has them. */
import type { BaseEntry, BaseLayer, ManifestRow, SharedTree } from '../kernel/fs/base.ts';
import type { Manifest } from './rootfs.ts';

class ManifestBase implements BaseLayer {
  readonly origin: string;
  readonly shares: readonly SharedTree[];
  readonly content: BaseLayer;
  readonly #manifest: Manifest;
  readonly #directories = new Map<string, BaseEntry[]>();
  readonly #digests = new Map<string, string>();

  constructor(manifest: Manifest, content: BaseLayer) {
    this.#manifest = manifest;
    this.content = content;
    this.origin = content.origin;
    this.shares = content.shares ?? [];
    for (const { path, entry, digest } of manifest.rows) {
      this.#digests.set(path, digest);
      if (path !== '/') this.#siblings(parentOf(path)).push(entry);
    }
  }

  #siblings(directory: string): BaseEntry[] {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const fresh: BaseEntry[] = [];
    this.#directories.set(directory, fresh);
    return fresh;
  }

  entries(path: string): readonly BaseEntry[] {
    return this.#directories.get(path) ?? [];
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return this.content.read(path, offset, length);
  }

  digest(path: string): string {
    return this.#digests.get(path) ?? this.content.digest(path);
  }

  manifest(): readonly ManifestRow[] {
    return this.#manifest.rows;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** A guest must not see that its files have other owners and times on this host: only their content is compared. */
export function manifestBase(manifest: Manifest, base: BaseLayer): BaseLayer {
  return new ManifestBase(manifest, base instanceof ManifestBase ? base.content : base);
}
