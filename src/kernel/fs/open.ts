/** open(2) and its kin: Linux fs/namei.c do_open, fs/open.c build_open_flags. */
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, ETXTBSY } from '../errno.ts';
import { resumeFifo } from '../fd/fifo.ts';
import { type File, PathFile } from '../fd/file.ts';
import { install } from '../fd/table.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { newChild } from './create.ts';
import { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import {
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_TMPFILE_BIT,
  O_TRUNC,
  O_WRONLY,
  S_IALLUGO,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFREG,
} from './flags.ts';
import type { Inode } from './inode.ts';
import { makeInode } from './make.ts';
import type { Mount } from './mount.ts';
import { MNT_NODEV, MNT_NOEXEC } from './mount-flags.ts';
import { IN_ACCESS, IN_MODIFY, IN_OPEN, notifyFile } from './notify.ts';
import type { Path } from './path.ts';
import { dropSetId, isOwner, mayAccess } from './permission.ts';
import { addressSpaces, openFiles } from './unmap.ts';
import { type Found, walk } from './walk.ts';

/** Flags that only matter while a file is being opened. */
const OPEN_ONLY = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
/** What O_PATH looks at. */
const PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
/** What open(2) looks at, Linux VALID_OPEN_FLAGS: other bits are ignored. */
const O_KNOWN = 0o37777703;
/** What an open file keeps of the flags it was opened with. */
export function kept(flags: number): number {
  return (flags & ~OPEN_ONLY) >>> 0;
}
const TMPFILE_NAME = '#tmp';

/** openat(2): the new descriptor. */
export function openAt(k: Kernel, t: Task, dirfd: number, path: string, flags: number, mode: number): Result {
  // Asked for first: a file that could not be given a descriptor is not made.
  const free = t.files.free(0, t.signal.limit(RLIMIT.RLIMIT_NOFILE));
  if (free < 0) return free;
  const resumed = resumeFifo(t);
  const file = resumed ?? openFile(k, t, dirfd, path, flags & O_KNOWN, mode);
  if (typeof file === 'number') return file;
  notifyFile(file, IN_OPEN);
  return install(t, file, (flags & O_CLOEXEC) !== 0);
}

/** A new open file (refs 0, or 1 when a wait record still holds it), BLOCKED or a negated errno. */
export function openFile(k: Kernel, t: Task, dirfd: number, path: string, flags: number, mode: number): File | Result {
  const cleaned = flags & O_PATH ? flags & PATH_FLAGS : flags;
  if (cleaned & O_TMPFILE_BIT) return openTmpfile(k, t, dirfd, path, cleaned, mode);
  // Linux build_open_flags: a file cannot be made where a directory is asked for.
  if ((cleaned & (O_CREAT | O_DIRECTORY)) === (O_CREAT | O_DIRECTORY)) return -EINVAL;
  const exclusive = (cleaned & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
  const follow = (cleaned & O_NOFOLLOW) === 0 && !exclusive;
  const found = walk(k, t, dirfd, path, { follow, create: (cleaned & O_CREAT) !== 0 });
  if (typeof found === 'number') return found;
  if (found.path === null) return cleaned & O_CREAT ? createAndOpen(k, t, found, cleaned, mode) : -ENOENT;
  if (exclusive) return -EEXIST;
  return openExisting(k, t, found.path, cleaned);
}

function createAndOpen(k: Kernel, t: Task, found: Found, flags: number, mode: number): File | Result {
  const dir = found.parent.dentry.target;
  if (dir instanceof Directory && dir.fixed) return -EACCES;
  const dentry = newChild(t, found.parent, found.name, S_IFREG | (mode & S_IALLUGO & ~t.fs.umask), {});
  if (typeof dentry === 'number') return dentry;
  return dentry.target.open(k, t, { mount: found.parent.mount, dentry }, flags & ~OPEN_ONLY);
}

function openExisting(k: Kernel, t: Task, path: Path, flags: number): File | Result {
  const inode = path.dentry.target;
  if (flags & O_PATH) return openPath(path, inode, flags);
  if (flags & O_CREAT && inode.isDir) return -EISDIR;
  if (flags & O_DIRECTORY && !inode.isDir) return -ENOTDIR;
  if (inode.isLink) return -ELOOP;
  const error = mayOpen(k, t, path, inode, flags);
  if (error < 0) return error;
  // A device's driver is told of O_NOCTTY, and takes it off.
  const kept = inode.type === S_IFCHR ? flags & O_NOCTTY : 0;
  const file = inode.open(k, t, path, (flags & ~OPEN_ONLY) | kept);
  if (flags & O_TRUNC && typeof file !== 'number' && inode.isRegular) {
    dropSetId(t, inode);
    if (file.mappable()?.resize(0) === 0) notifyFile(file, IN_MODIFY);
  }
  return file;
}

function openPath(path: Path, inode: Inode, flags: number): File | Result {
  if (flags & O_DIRECTORY && !inode.isDir) return -ENOTDIR;
  return new PathFile({ flags: flags & ~OPEN_ONLY, mount: path.mount, dentry: path.dentry, inode });
}

/** What an access mode (O_RDONLY .. 3) asks for. */
function accessMask(flags: number): number {
  const access = flags & O_ACCMODE;
  if (access === O_RDONLY) return flags & O_TRUNC ? MAY_READ | MAY_WRITE : MAY_READ;
  return access === O_WRONLY ? MAY_WRITE : MAY_READ | MAY_WRITE;
}

/** Linux may_open. */
function mayOpen(k: Kernel, t: Task, { mount }: Path, inode: Inode, flags: number): Result {
  const mask = accessMask(flags);
  const writes = (mask & MAY_WRITE) !== 0;
  if (inode.isDir && writes) return -EISDIR;
  const device = inode.type === S_IFCHR || inode.type === S_IFBLK;
  if (device && (mount.flags & MNT_NODEV || !mount.sb.userNs.isFirst)) return -EACCES;
  if (writes && !device && (inode.isRegular || inode.isDir) && mount.readOnly) return -EROFS;
  const denied = mayAccess(t, inode, mask);
  if (denied < 0) return denied;
  if (flags & O_NOATIME && !isOwner(t, inode)) return -EPERM;
  if (writes && inode.isRegular && isRunning(k, inode)) return -ETXTBSY;
  return 0;
}

/** Whether a program is running from the file: it cannot be opened for writing. */
function isRunning(k: Kernel, inode: Inode): boolean {
  for (const mm of addressSpaces(k)) if (mm.exe?.inode === inode) return true;
  return false;
}

/** Whether somebody has the file open for writing: it cannot be run. */
function isWritten(k: Kernel, inode: Inode): boolean {
  return openFiles(k).some((file) => file.inode === inode && file.writable);
}

/** O_TMPFILE: a regular file without a name. */
function openTmpfile(k: Kernel, t: Task, dirfd: number, path: string, flags: number, mode: number): File | Result {
  if ((flags & O_DIRECTORY) === 0 || (flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  const found = walk(k, t, dirfd, path, { follow: true });
  if (typeof found === 'number') return found;
  if (found.path === null) return -ENOENT;
  const { mount, dentry: parent } = found.path;
  const dir = parent.target;
  if (!dir.isDir) return -ENOTDIR;
  if (!(dir instanceof Directory && dir.takes(S_IFDIR))) return -EOPNOTSUPP;
  const denied = mayAccess(t, dir, MAY_WRITE | MAY_EXEC);
  if (denied < 0) return denied;
  const { fsuid: uid, fsgid: gid } = t.cred;
  const inode = makeInode(dir.superblock, S_IFREG | (mode & S_IALLUGO & ~t.fs.umask), { uid, gid });
  inode.nlink = 0;
  const dentry = new Dentry({ name: `${TMPFILE_NAME}${inode.ino}`, parent, inode });
  return inode.open(k, t, { mount, dentry }, flags & ~OPEN_ONLY);
}

/**
 * Opens a program or interpreter for execve(2): a regular file that may be executed and is not open for writing.
 * @returns the file (refs 0), or a negated errno
 */
export function openExec(k: Kernel, t: Task, dirfd: number, path: string, follow = true): File | Result {
  const found = walk(k, t, dirfd, path, { follow });
  if (typeof found === 'number') return found;
  return found.path === null ? -ENOENT : openExecPath(k, t, found.path);
}

/** As openExec, for a place found already (execveat with AT_EMPTY_PATH). */
export function openExecPath(k: Kernel, t: Task, path: Path): File | Result {
  const inode = path.dentry.target;
  if (inode.isLink) return -ELOOP;
  if (!inode.isRegular || mayNotExecute(path.mount)) return -EACCES;
  const denied = mayAccess(t, inode, MAY_EXEC);
  if (denied < 0) return denied;
  if (isWritten(k, inode)) return -ETXTBSY;
  const file = inode.open(k, t, path, O_RDONLY);
  if (typeof file !== 'number') {
    notifyFile(file, IN_OPEN);
    notifyFile(file, IN_ACCESS);
  }
  return file;
}

function mayNotExecute(mount: Mount): boolean {
  return (mount.flags & MNT_NOEXEC) !== 0;
}
