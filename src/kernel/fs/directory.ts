/**
 * Directories of the in-memory filesystems, which may lie over a directory of the base layer. Entries of the base are
 * made into dentries when they are first looked up, all of them when the directory is first listed.
 */
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, count, str, transient } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { type BaseEntry, type BaseType, checkBasePath } from './base.ts';
import { Dentry } from './dentry.ts';
import { DirFile } from './dir-file.ts';
import { S_IALLUGO, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from './flags.ts';
import { Inode } from './inode.ts';
import { type InodeInit, makeInode } from './make.ts';
import type { Path } from './path.ts';
import { fromNs } from './timestamp.ts';

/** Positions 0 and 1 are `.` and `..`. */
export const FIRST_COOKIE = 2;

export const BASE_TYPES: Readonly<Record<BaseType, number>> = {
  dir: S_IFDIR,
  file: S_IFREG,
  link: S_IFLNK,
  char: S_IFCHR,
  block: S_IFBLK,
  fifo: S_IFIFO,
  socket: S_IFSOCK,
};

export class Directory extends derived(Inode, 'directory', 1, {
  lower: str('directory of the base layer underneath; empty when there is none', { initial: '' }),
  populated: bool('every entry of the base is among the children or removed; the base is not asked again', {
    initial: false,
  }),
  nextCookie: count('position of the next entry', { initial: FIRST_COOKIE }),
  index: transient<Map<string, BaseEntry> | null>('entries of the base by name; a cache', () => null),
}) {
  /** Whether its filesystem alone makes and removes entries: nobody else may. */
  get fixed(): boolean {
    return false;
  }

  /** Whether entries of a type (S_IF*) can be made in it. Links and renames go with directories. */
  takes(_type: number): boolean {
    return true;
  }

  /** A new inode (refs 0) for an entry that `t` makes; `mode` has type and permissions. */
  makeChild(_t: Task, mode: number, init: InodeInit): Inode | Result {
    return makeInode(this.superblock, mode, init);
  }

  /** Entries of the base layer that may still be looked up, by name. */
  private base(): Map<string, BaseEntry> {
    if (this.lower === '' || this.populated) return EMPTY;
    this.index ??= new Map(this.k.host.base.entries(this.lower).map((entry) => [entry.name, entry]));
    return this.index;
  }

  override lookup(dir: Dentry, name: string): Dentry | null {
    const known = dir.children.get(name);
    if (known !== undefined) return known.inode === null ? null : known;
    const entry = this.base().get(name);
    return entry === undefined ? null : this.fromBase(dir, entry);
  }

  private fromBase(dir: Dentry, entry: BaseEntry): Dentry {
    const path = `${this.lower === '/' ? '' : this.lower}/${entry.name}`;
    const inode = makeInode(this.superblock, BASE_TYPES[entry.type] | (entry.mode & S_IALLUGO), {
      uid: entry.uid,
      gid: entry.gid,
      rdev: entry.rdev ?? 0,
      target: entry.target ?? '',
      lower: path,
      lowerSize: entry.size,
      time: fromNs(entry.mtimeNs),
    });
    return this.enter(dir, entry.name, inode);
  }

  /** Makes every entry of the base a dentry, so that listing order and positions stay put from now on. */
  populate(dir: Dentry): void {
    if (this.populated) return;
    for (const entry of this.base().values()) if (!dir.children.has(entry.name)) this.fromBase(dir, entry);
    for (const child of [...dir.children.values()]) if (child.inode === null) dir.remove(child);
    this.populated = true;
    this.index = null;
  }

  /** Adds an entry with a free name and returns its dentry. */
  enter(dir: Dentry, name: string, inode: Inode): Dentry {
    const hidden = dir.children.get(name);
    if (hidden !== undefined) {
      assert(hidden.inode === null, `${name} exists`);
      dir.remove(hidden);
    }
    const child = new Dentry({ name, parent: dir, inode, cookie: this.nextCookie++ });
    dir.add(child);
    return child;
  }

  /** Puts a dentry that was in another place, or under another name, into this directory. */
  attach(dir: Dentry, child: Dentry): void {
    const hidden = dir.children.get(child.name);
    if (hidden !== undefined) {
      assert(hidden.inode === null, `${child.name} exists`);
      dir.remove(hidden);
    }
    child.cookie = this.nextCookie++;
    dir.add(child);
  }

  /** Takes an entry out; a whiteout stays where the base has one of that name. */
  detach(dir: Dentry, child: Dentry): void {
    const { name } = child;
    dir.remove(child);
    if (this.base().has(name)) dir.add(new Dentry({ name, parent: dir, inode: null, cookie: this.nextCookie++ }));
  }

  /** Whether nothing is in the directory. */
  isEmpty(dir: Dentry): boolean {
    for (const child of dir.children.values()) if (child.inode !== null) return false;
    for (const name of this.base().keys()) if (!dir.children.has(name)) return false;
    return true;
  }

  /** Subdirectories, which count as links of a directory. */
  subdirectories(dir: Dentry): number {
    let found = 0;
    for (const child of dir.children.values()) if (child.inode?.isDir) found++;
    for (const entry of this.base().values()) if (entry.type === 'dir' && !dir.children.has(entry.name)) found++;
    return found;
  }

  override open(_k: Kernel, _t: Task, { mount, dentry }: Path, flags: number): File | number {
    return new DirFile({ flags, mount, dentry, inode: this });
  }

  override check(): void {
    super.check();
    assert(this.isDir, 'a directory of another type');
    checkBasePath(this.lower);
  }
}

const EMPTY: Map<string, BaseEntry> = new Map();
