/** rename(2), renameat2(2). Linux fs/namei.c do_renameat2, vfs_rename. */
import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EXDEV } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { mayCreate } from './create.ts';
import type { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import { MAY_WRITE, S_IFDIR } from './flags.ts';
import type { Inode } from './inode.ts';
import { IN_ATTRIB, IN_MOVE_SELF, IN_MOVED_FROM, IN_MOVED_TO, IN_RENAME, notifyEntry, notifyInode } from './notify.ts';
import { mayAccess } from './permission.ts';
import { dropName, entryOf, isFixed, mayRemove } from './remove.ts';
import { type Found, walk } from './walk.ts';

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
const RENAME_KNOWN = RENAME_NOREPLACE | RENAME_EXCHANGE;

interface Ends {
  readonly from: Found;
  readonly to: Found;
  readonly source: Dentry;
  readonly target: Dentry | null;
}

export function renameAt(
  k: Kernel,
  t: Task,
  fromFd: number,
  from: string,
  toFd: number,
  to: string,
  flags: number,
): Result {
  if ((flags & ~RENAME_KNOWN) !== 0 || flags === RENAME_KNOWN) return -EINVAL;
  const ends = findEnds(k, t, [fromFd, from], [toFd, to], flags);
  if (typeof ends === 'number') return ends;
  const { source, target } = ends;
  // Two names of one inode: POSIX has nothing done.
  if (target !== null && (source === target || source.inode === target.inode)) return 0;
  const denied = mayRename(t, ends, flags);
  if (denied < 0) return denied;
  if (target !== null) get(target);
  if (flags & RENAME_EXCHANGE && target !== null) exchange(ends, target);
  else move(k, ends);
  tellMoved(k, ends, (flags & RENAME_EXCHANGE) !== 0);
  // A target that was replaced goes here with its last user.
  if (target !== null) put(target);
  return 0;
}

/** Both halves of the move, what it did to a replaced target, and the moved inode itself (Linux fsnotify_move). */
function tellMoved(k: Kernel, { from, to, source, target }: Ends, exchanged: boolean): void {
  const [oldDir, newDir] = [from.parent.dentry.target, to.parent.dentry.target];
  const tell = (dirA: Inode, nameA: string, dirB: Inode, nameB: string, moved: Inode, replaced: Inode | null): void => {
    const cookie = nextCookie(k);
    if (dirA === dirB) notifyEntry(dirA, nameA, moved, IN_RENAME);
    notifyEntry(dirA, nameA, moved, IN_MOVED_FROM, cookie);
    notifyEntry(dirB, nameB, moved, IN_MOVED_TO, cookie);
    if (replaced !== null) notifyInode(replaced, IN_ATTRIB);
    notifyInode(moved, IN_MOVE_SELF);
  };
  tell(oldDir, from.name, newDir, to.name, source.target, exchanged ? null : (target?.inode ?? null));
  if (exchanged && target !== null) tell(newDir, to.name, oldDir, from.name, target.target, null);
}

function nextCookie(k: Kernel): number {
  k.container.moveCookie = (k.container.moveCookie + 1) >>> 0;
  return k.container.moveCookie;
}

function findEnds(k: Kernel, t: Task, old: [number, string], fresh: [number, string], flags: number): Ends | Result {
  const from = walk(k, t, ...old, { follow: false, parent: true });
  if (typeof from === 'number') return from;
  const to = walk(k, t, ...fresh, { follow: false, parent: true });
  if (typeof to === 'number') return to;
  if (from.parent.mount !== to.parent.mount) return -EXDEV;
  if (isDots(from.name)) return -EBUSY;
  if (isDots(to.name)) return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
  const source = from.path === null ? null : entryOf(from);
  if (source === null) return -ENOENT;
  const target = to.path === null ? null : entryOf(to);
  if (flags & RENAME_NOREPLACE && target !== null) return -EEXIST;
  if (flags & RENAME_EXCHANGE && target === null) return -ENOENT;
  const slashes = checkSlashes(from, to, source, target, flags);
  if (slashes < 0) return slashes;
  if (source.isAncestorOf(to.parent.dentry)) return -EINVAL;
  if (target?.isAncestorOf(from.parent.dentry)) return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
  return { from, to, source, target };
}

function isDots(name: string): boolean {
  return name === '.' || name === '..' || name === '/';
}

/** Names with a slash after them must be directories. */
function checkSlashes(from: Found, to: Found, source: Dentry, target: Dentry | null, flags: number): Result {
  if (flags & RENAME_EXCHANGE && to.trailing && !target?.target.isDir) return -ENOTDIR;
  if (source.target.isDir) return 0;
  if (from.trailing || ((flags & RENAME_EXCHANGE) === 0 && to.trailing)) return -ENOTDIR;
  return 0;
}

function mayRename(t: Task, { from, to, source, target }: Ends, flags: number): Result {
  const out = mayRemove(t, from.parent, source);
  if (out < 0) return out;
  const into = target === null ? mayCreate(t, to.parent) : mayRemove(t, to.parent, target);
  if (into < 0) return into;
  if (isFixed(from.parent) || isFixed(to.parent)) return -EPERM;
  const [inode, other] = [source.target, target?.target ?? null];
  const dir = from.parent.dentry.target;
  if (dir instanceof Directory && !dir.takes(S_IFDIR)) return -EPERM;
  if (inode.sb !== to.parent.dentry.target.sb) return -EXDEV;
  if (other !== null && (flags & RENAME_EXCHANGE) === 0) {
    if (inode.isDir && !other.isDir) return -ENOTDIR;
    if (!inode.isDir && other.isDir) return -EISDIR;
  }
  // A directory that moves has its `..` changed.
  if (from.parent.dentry !== to.parent.dentry) {
    for (const each of [inode, flags & RENAME_EXCHANGE ? other : null]) {
      const denied = each?.isDir ? mayAccess(t, each, MAY_WRITE) : 0;
      if (denied < 0) return denied;
    }
  }
  const { mnt } = t.nsproxy;
  if (mnt.isMountpoint(source) || (target !== null && mnt.isMountpoint(target))) return -EBUSY;
  if (target !== null && (flags & RENAME_EXCHANGE) === 0 && other instanceof Directory && !other.isEmpty(target)) {
    return -ENOTEMPTY;
  }
  return 0;
}

function move(k: Kernel, { from, to, source, target }: Ends): void {
  const oldParent = from.parent.dentry;
  const newParent = to.parent.dentry;
  if (target !== null) dropName(k, newParent, target);
  const [oldDir, newDir] = [oldParent.target as Directory, newParent.target as Directory]; // mayRename has checked that
  get(source);
  oldDir.detach(oldParent, source);
  place(newDir, newParent, source, to.name);
  put(source);
  oldDir.touchMtime();
  newDir.touchMtime();
  source.target.touchCtime();
}

/** Enters an entry that is in no directory now. */
function place(dir: Directory, parent: Dentry, dentry: Dentry, name: string): void {
  const before = dentry.parent;
  dentry.parent = get(parent);
  if (before !== null) put(before);
  dentry.name = name;
  dir.attach(parent, dentry);
}

function exchange({ from, to, source }: Ends, target: Dentry): void {
  const [parentA, parentB] = [from.parent.dentry, to.parent.dentry];
  const [dirA, dirB] = [parentA.target as Directory, parentB.target as Directory]; // mayRename has checked that
  get(source);
  get(target);
  dirA.detach(parentA, source);
  dirB.detach(parentB, target);
  place(dirB, parentB, source, to.name);
  place(dirA, parentA, target, from.name);
  put(source);
  put(target);
  dirA.touchMtime();
  dirB.touchMtime();
  source.target.touchCtime();
  target.target.touchCtime();
}
