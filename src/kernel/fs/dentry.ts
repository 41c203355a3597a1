/**
 * Directory entries (dentry). The dentry tree is the directory tree of the in-memory filesystems, as in Linux libfs: a
 * directory holds its children, a child its parent, and taking an entry out of its directory cuts both.
 */
import { assert } from '../kobject/errors.ts';
import { count, map, optRef, ref, str } from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import { NAME_MAX, S_IFDIR, S_IFMT } from './flags.ts';
import type { Inode } from './inode.ts';
import { notifyRemoved } from './notify.ts';

/** No path walk gets this deep; a deeper chain of directories is a circle in a forged image. */
const MAX_DEPTH = 1_000_000;

export class Dentry extends kobject('dentry', 1, {
  name: str('name in the parent, a byte string'),
  parent: optRef<Dentry>('dentry', 'the directory it is or was in; null for a root'),
  inode: optRef<Inode>('inode', 'what it names; null hides an entry of the base layer (whiteout)'),
  cookie: count('position in its directory, d_off of getdents; grows in the order of children', { initial: 0 }),
  children: map(str('name'), ref<Dentry>('dentry', 'entry'), 'entries known so far, in the order of their cookies'),
}) {
  /** Whether the entry still stands in its directory. */
  get hashed(): boolean {
    return this.parent === null || this.parent.children.get(this.name) === this;
  }

  /** The inode of an entry that a path walk returned. */
  get target(): Inode {
    assert(this.inode !== null, `negative dentry ${this.name}`);
    return this.inode;
  }

  /** Enters a child, whose name is free. */
  add(child: Dentry): void {
    assert(!this.children.has(child.name), `${child.name} stands twice`);
    this.children.set(child.name, get(child));
  }

  /** Takes a child out; it stays usable for those who hold it. */
  remove(child: Dentry): void {
    assert(this.children.get(child.name) === child, `${child.name} is not in its directory`);
    this.children.delete(child.name);
    put(child);
  }

  /** Takes out a child with all that is below it: their links in both directions would keep each other. */
  prune(child: Dentry): void {
    for (const below of [...child.children.values()]) child.prune(below);
    this.remove(child);
  }

  /** Whether this is `other` or lies above it. */
  isAncestorOf(other: Dentry): boolean {
    for (let d: Dentry | null = other; d !== null; d = d.parent) if (d === this) return true;
    return false;
  }

  /** Nobody uses the entry: with the last one of its inode, whoever watched that is told. */
  override released(): void {
    if (this.inode !== null && this.inode.marks.length > 0 && this.inode.nlink === 0) notifyRemoved(this.inode);
  }

  override check(): void {
    const possible = this.name.length <= NAME_MAX && !/[/\0]/.test(this.name);
    assert(possible || this.parent === null, 'a name that no entry can have');
    let depth = 0;
    for (let at = this.parent; at !== null; at = at.parent)
      assert(++depth < MAX_DEPTH, `${this.name} lies in a circle`);
    let last = -1;
    for (const [name, child] of this.children) {
      assert(child.parent === this && child.name === name, `dentry ${name} and its directory disagree`);
      assert(child.cookie > last, `dentry ${name} is out of order`);
      last = child.cookie;
    }
    if (this.children.size === 0) return;
    assert(
      this.inode !== null && (this.inode.mode & S_IFMT) === S_IFDIR,
      `${this.name} has entries but is no directory`,
    );
  }
}
