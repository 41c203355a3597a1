/** Several base layers as one: other trees at places of a root filesystem's bottom, as `cr86 run --share` puts them there. */
import { assert } from '../kobject/errors.ts';
import { type BaseEntry, type BaseLayer, isBasePath, type ManifestRow, type SharedTree } from './base.ts';

/** A tree and where it is found. */
export interface Share {
  /** A guest path: absolute, not /, without `.` and `..`; directories that the root lacks are made. */
  readonly at: string;
  readonly base: BaseLayer;
}

interface Place {
  readonly base: BaseLayer;
  /** The path inside `base`. */
  readonly path: string;
}

const split = (path: string): [parent: string, name: string] => {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash) || '/', path.slice(slash + 1)];
};
const byName = (a: BaseEntry, b: BaseEntry): number => (a.name < b.name ? -1 : 1);
const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);

export class JoinedBase implements BaseLayer {
  readonly #root: BaseLayer;
  /** Deeper places before those that hold them. */
  readonly #shares: readonly Share[];
  /** Directories that lead to shares and that are theirs, by the directory that lists them. */
  readonly #ways = new Map<string, Set<string>>();

  constructor(root: BaseLayer, shares: readonly Share[]) {
    this.#root = root;
    this.#shares = [...shares].sort((a, b) => b.at.length - a.at.length);
    for (const { at } of shares) {
      assert(isBasePath(at), `a share is put at an absolute path below /: ${at}`);
      for (let path = at; path !== '/'; ) {
        const [parent, name] = split(path);
        this.#ways.set(parent, (this.#ways.get(parent) ?? new Set()).add(name));
        path = parent;
      }
    }
  }

  get origin(): string {
    return this.#root.origin;
  }

  get shares(): readonly SharedTree[] {
    return this.#shares.map(({ at, base }) => ({ at, origin: base.origin })).sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  #place(path: string): Place {
    for (const { at, base } of this.#shares) {
      if (path === at) return { base, path: '/' };
      if (path.startsWith(`${at}/`)) return { base, path: path.slice(at.length) };
    }
    return { base: this.#root, path };
  }

  /** What lies there already, with a directory in place of whatever a share hides. */
  entries(path: string): readonly BaseEntry[] {
    const { base, path: inside } = this.#place(path);
    const found = base.entries(inside);
    const ways = this.#ways.get(path);
    if (ways === undefined) return found;
    const kept = found.filter(({ name, type }) => type === 'dir' || !ways.has(name));
    const known = new Set(kept.map(({ name }) => name));
    return [...kept, ...[...ways].filter((name) => !known.has(name)).map(wayTo)].sort(byName);
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const { base, path: inside } = this.#place(path);
    return base.read(inside, offset, length);
  }

  digest(path: string): string {
    const { base, path: inside } = this.#place(path);
    return base.digest(inside);
  }

  manifest(): readonly ManifestRow[] {
    const rows = [{ at: '', base: this.#root }, ...this.#shares].flatMap(({ at, base }) =>
      base
        .manifest()
        .map((row) => ({ ...row, path: `${at}${row.path}` }))
        .filter(({ path, entry }) => this.#isSeen(path, entry, base)),
    );
    return [...rows, ...this.#added(new Set(rows.map(({ path }) => path)))].sort(byPath);
  }

  /** Whether a path of `base` is not hidden by a share. */
  #isSeen(path: string, { type }: BaseEntry, base: BaseLayer): boolean {
    const [parent, name] = split(path);
    return this.#place(parent).base === base && (type === 'dir' || this.#ways.get(parent)?.has(name) !== true);
  }

  /** Rows of the directories that only lead to shares. */
  #added(known: ReadonlySet<string>): ManifestRow[] {
    return [...this.#ways].flatMap(([parent, names]) =>
      [...names]
        .map((name) => ({ path: `${parent === '/' ? '' : parent}/${name}`, entry: wayTo(name), digest: '' }))
        .filter(({ path }) => !known.has(path)),
    );
  }
}

function wayTo(name: string): BaseEntry {
  return { name, type: 'dir', mode: 0o755, uid: 0, gid: 0, size: 0, mtimeNs: 0n };
}
