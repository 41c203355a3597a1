/** Taking names away: unlink, rmdir. Linux fs/namei.c do_unlinkat, do_rmdir. */
import { EBUSY, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import { MAY_EXEC, MAY_WRITE } from './flags.ts';
import { IN_ATTRIB, IN_DELETE, notifyEntry, notifyInode } from './notify.ts';
import type { Path } from './path.ts';
import { mayAccess, stickyForbids } from './permission.ts';
import { detachMounts } from './propagate.ts';
import { type Found, walk } from './walk.ts';

/** Whether the task may take an entry out of a directory: 0, -EROFS, -EACCES, -EPERM. */
export function mayRemove(t: Task, { mount, dentry: parent }: Path, dentry: Dentry): Result {
  const dir = parent.target;
  if (mount.readOnly) return -EROFS;
  if (!(dir instanceof Directory)) return -EPERM;
  const denied = mayAccess(t, dir, MAY_WRITE | MAY_EXEC);
  if (denied < 0) return denied;
  return stickyForbids(t, dir, dentry.target) ? -EPERM : 0;
}

/** Whether the filesystem alone makes and removes the directory's entries. */
export function isFixed({ dentry }: Path): boolean {
  return dentry.target instanceof Directory && dentry.target.fixed;
}

/** The entry itself, below what may be mounted on it. */
export function entryOf(found: Found): Dentry | null {
  const dir = found.parent.dentry.target;
  const entry = dir.lookup(found.parent.dentry, found.name);
  return typeof entry === 'number' ? null : entry;
}

export function unlinkAt(k: Kernel, t: Task, dirfd: number, path: string): Result {
  const found = walk(k, t, dirfd, path, { follow: false, parent: true });
  if (typeof found === 'number') return found;
  if (found.name === '/' || found.name === '.' || found.name === '..') return -EISDIR;
  const dentry = found.path === null ? null : entryOf(found);
  if (dentry === null) return -ENOENT;
  const inode = dentry.target;
  if (found.trailing) return inode.isDir ? -EISDIR : -ENOTDIR;
  const denied = mayRemove(t, found.parent, dentry);
  if (denied < 0) return denied;
  if (inode.isDir) return -EISDIR;
  if (isFixed(found.parent)) return -EPERM;
  if (t.nsproxy.mnt.isMountpoint(dentry)) return -EBUSY;
  removeEntry(k, found.parent.dentry, dentry);
  return 0;
}

export function rmdirAt(k: Kernel, t: Task, dirfd: number, path: string): Result {
  const found = walk(k, t, dirfd, path, { follow: false, parent: true });
  if (typeof found === 'number') return found;
  if (found.name === '.') return -EINVAL;
  if (found.name === '..') return -ENOTEMPTY;
  if (found.name === '/') return -EBUSY;
  const dentry = found.path === null ? null : entryOf(found);
  if (dentry === null) return -ENOENT;
  const denied = mayRemove(t, found.parent, dentry);
  if (denied < 0) return denied;
  const inode = dentry.target;
  if (!inode.isDir) return -ENOTDIR;
  if (!(inode instanceof Directory) || isFixed(found.parent)) return -EPERM;
  if (t.nsproxy.mnt.isMountpoint(dentry)) return -EBUSY;
  if (!inode.isEmpty(dentry)) return -ENOTEMPTY;
  removeEntry(k, found.parent.dentry, dentry);
  return 0;
}

/** unlink and rmdir: a file that has lost a name is told before its directory. */
export function removeEntry(k: Kernel, parent: Dentry, dentry: Dentry): void {
  const { target: inode, name } = dentry;
  get(inode);
  get(dentry);
  dropName(k, parent, dentry);
  if (!inode.isDir) notifyInode(inode, IN_ATTRIB);
  // Goes here with its last user, and tells whoever watches the inode.
  put(dentry);
  notifyEntry(parent.target, name, inode, IN_DELETE);
  put(inode);
}

/** Takes an entry out for good: one link less, for a directory none left. */
export function dropName(k: Kernel, parent: Dentry, dentry: Dentry): void {
  const dir = parent.target as Directory; // mayRemove has checked that
  const inode = dentry.target;
  get(inode);
  inode.nlink = inode.isDir ? 0 : inode.nlink - 1;
  inode.touchCtime();
  detachMounts(k, dentry);
  dropWhiteouts(dentry);
  dir.detach(parent, dentry);
  dir.touchMtime();
  put(inode);
}

/** A removed directory keeps no marks of what the base layer had in it. */
function dropWhiteouts(dentry: Dentry): void {
  for (const child of [...dentry.children.values()]) if (child.inode === null) dentry.remove(child);
}
