/** A place in the mounted tree (struct path). Holds no references: whoever keeps one past the instruction takes them. */
import type { Dentry } from './dentry.ts';
import type { Mount } from './mount.ts';

export interface Path {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

/** The same place. */
export function samePath(a: Path, b: Path): boolean {
  return a.mount === b.mount && a.dentry === b.dentry;
}
