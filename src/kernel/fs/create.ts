/** New names: mkdir, mknod, symlink, link. Linux fs/namei.c. */
import { EEXIST, EINVAL, EMLINK, ENOENT, ENOSPC, EOVERFLOW, EPERM, EROFS, EXDEV } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { NO_ID } from '../ns/id-map.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import type { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_FOLLOW,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  S_IALLUGO,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_IRWXUGO,
  S_ISGID,
  S_ISUID,
  S_ISVTX,
  S_IXGRP,
} from './flags.ts';
import type { Inode } from './inode.ts';
import { IN_ATTRIB, IN_CREATE, notifyEntry, notifyInode } from './notify.ts';
import type { Path } from './path.ts';
import { capableOver, isOwner, mayAccess } from './permission.ts';
import { type Found, walk } from './walk.ts';

const MAX_LINKS = 0xffff_fffe;

/** Whether the task may add names to a directory: 0, -EROFS, -EACCES, -ENOENT for a removed one, -EPERM where there are none to add. */
export function mayCreate(t: Task, { mount, dentry }: Path): Result {
  const dir = dentry.target;
  if (mount.readOnly) return -EROFS;
  if (!(dir instanceof Directory)) return -EPERM;
  if (dir.nlink === 0) return -ENOENT;
  if (!hasOwner(t, dir)) return -EOVERFLOW;
  const denied = mayAccess(t, dir, MAY_WRITE | MAY_EXEC);
  return denied === 0 && dir.fixed ? -EPERM : denied;
}

/** Whether new files of the task could have an owner: the filesystem's user namespace knows the ids. */
export function hasOwner({ cred }: Task, dir: Inode): boolean {
  const { userNs } = dir.superblock;
  return userNs.isFirst || (userNs.uidOf(cred.fsuid) !== NO_ID && userNs.gidOf(cred.fsgid) !== NO_ID);
}

/** Makes an inode with a name: the dentry, or a negated errno. The name is free; `mode` has type and permissions, the umask taken off. */
export function newChild(
  t: Task,
  parent: Path,
  name: string,
  mode: number,
  what: { rdev?: number; target?: string },
): Dentry | Result {
  const denied = mayCreate(t, parent);
  if (denied < 0) return denied;
  const dir = parent.dentry.target as Directory; // mayCreate has checked that
  if (!dir.takes(mode & S_IFMT)) return -EPERM;
  if (dir.superblock.lacksInodes) return -ENOSPC;
  const inode = dir.makeChild(t, inheritedMode(t, dir, mode), {
    uid: t.cred.fsuid,
    gid: dir.mode & S_ISGID ? dir.gid : t.cred.fsgid,
    ...what,
  });
  if (typeof inode === 'number') return inode;
  const dentry = dir.enter(parent.dentry, name, inode);
  dir.touchMtime();
  notifyEntry(dir, name, inode, IN_CREATE);
  return dentry;
}

/** A set-group-ID directory hands its group down, and the bit to directories (Linux inode_init_owner). */
function inheritedMode(t: Task, dir: Inode, mode: number): number {
  if ((dir.mode & S_ISGID) === 0) return mode;
  if ((mode & S_IFMT) === S_IFDIR) return mode | S_ISGID;
  const loses = (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
  return loses && !t.cred.inGroup(dir.gid) && !capableOver(t, CAP.FSETID, dir) ? mode & ~S_ISGID : mode;
}

/** The free name at a path, or why there is none: -EEXIST, or -ENOENT for `missing/` unless a directory is to be made. */
function freeName(k: Kernel, t: Task, dirfd: number, path: string, directory: boolean): Found | Result {
  const found = walk(k, t, dirfd, path, { follow: false, parent: true });
  if (typeof found === 'number') return found;
  if (found.path !== null) return -EEXIST;
  return found.trailing && !directory ? -ENOENT : found;
}

function make(
  k: Kernel,
  t: Task,
  dirfd: number,
  path: string,
  mode: number,
  what: { rdev?: number; target?: string },
): Result {
  const found = freeName(k, t, dirfd, path, (mode & S_IFMT) === S_IFDIR);
  if (typeof found === 'number') return found;
  const dentry = newChild(t, found.parent, found.name, mode, what);
  return typeof dentry === 'number' ? dentry : 0;
}

export function mkdirAt(k: Kernel, t: Task, dirfd: number, path: string, mode: number): Result {
  return make(k, t, dirfd, path, S_IFDIR | (mode & (S_IRWXUGO | S_ISVTX) & ~t.fs.umask), {});
}

export function symlinkAt(k: Kernel, t: Task, target: string, dirfd: number, path: string): Result {
  if (target === '') return -ENOENT;
  return make(k, t, dirfd, path, S_IFLNK | S_IRWXUGO, { target });
}

const NODE_TYPES: readonly number[] = [S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK];

/** `dev` is a device number as user space packs it, which is how inodes keep it. */
export function mknodAt(k: Kernel, t: Task, dirfd: number, path: string, mode: number, dev: number): Result {
  const type = (mode & S_IFMT) === 0 ? S_IFREG : mode & S_IFMT;
  if (type === S_IFDIR) return -EPERM;
  if (!NODE_TYPES.includes(type)) return -EINVAL;
  const device = type === S_IFCHR || type === S_IFBLK;
  const found = freeName(k, t, dirfd, path, false);
  if (typeof found === 'number') return found;
  if (device && !t.cred.capable(CAP.MKNOD)) return -EPERM;
  const rdev = device ? dev >>> 0 : 0;
  const dentry = newChild(t, found.parent, found.name, type | (mode & S_IALLUGO & ~t.fs.umask), { rdev });
  return typeof dentry === 'number' ? dentry : 0;
}

const LINK_FLAGS = AT_SYMLINK_FOLLOW | AT_EMPTY_PATH;

export function linkAt(
  k: Kernel,
  t: Task,
  fromFd: number,
  from: string,
  toFd: number,
  to: string,
  flags: number,
): Result {
  if ((flags & ~LINK_FLAGS) !== 0) return -EINVAL;
  const source = sourceOfLink(k, t, fromFd, from, flags);
  if (typeof source === 'number') return source;
  const found = freeName(k, t, toFd, to, false);
  if (typeof found === 'number') return found;
  const inode = source.dentry.target;
  const dirInode = found.parent.dentry.target;
  if (inode.sb !== dirInode.sb || source.mount !== found.parent.mount) return -EXDEV;
  const denied = mayCreate(t, found.parent);
  if (denied < 0) return denied;
  if (inode.isDir || !maySafelyLink(t, inode)) return -EPERM;
  if (!(dirInode as Directory).takes(S_IFDIR)) return -EPERM; // mayCreate has checked that it is one
  if (inode.nlink >= MAX_LINKS) return -EMLINK;
  // A name can only be given back to a file of O_TMPFILE, which is not linked yet.
  if (inode.nlink === 0 && !source.dentry.name.startsWith('#tmp')) return -ENOENT;
  inode.nlink++;
  inode.touchCtime();
  const dir = dirInode as Directory; // mayCreate has checked that
  dir.enter(found.parent.dentry, found.name, inode);
  dir.touchMtime();
  notifyInode(inode, IN_ATTRIB);
  notifyEntry(dir, found.name, inode, IN_CREATE);
  return 0;
}

/** fs.protected_hardlinks: others' files only when they are plain and both readable and writable (Linux may_linkat). */
function maySafelyLink(t: Task, inode: Inode): boolean {
  if (isOwner(t, inode)) return true;
  const setGid = (inode.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
  if (!inode.isRegular || inode.mode & S_ISUID || setGid) return false;
  return mayAccess(t, inode, MAY_READ | MAY_WRITE) === 0;
}

function sourceOfLink(k: Kernel, t: Task, fd: number, path: string, flags: number): Path | Result {
  if (path === '' && flags & AT_EMPTY_PATH) {
    if (!t.cred.capable(CAP.DAC_READ_SEARCH)) return -ENOENT;
    return t.files.file(fd)?.path ?? -ENOENT;
  }
  const found = walk(k, t, fd, path, { follow: (flags & AT_SYMLINK_FOLLOW) !== 0 });
  if (typeof found === 'number') return found;
  return found.path ?? -ENOENT;
}
