/** The calls that work on names: open, mkdir, unlink, rename, links, directories. */

import { fromLatin1 } from '../bytes.ts';
import { EACCES, EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE, EROFS } from '../errno.ts';
import { openOf } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { atFd, fd, flagSet, hex32, i32, octal, path, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { linkAt, mkdirAt, mknodAt, symlinkAt } from './create.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  MAY_EXEC,
  MAY_WRITE,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  OPEN_FLAGS,
  S_IRWXUGO,
} from './flags.ts';
import { type direntLayouts, getdents } from './getdents.ts';
import { MNT_NOEXEC } from './mount-flags.ts';
import { openAt } from './open.ts';
import type { Path } from './path.ts';
import { workingDirectory } from './pathname.ts';
import { fileSubject, mayAccess, permission, realSubject } from './permission.ts';
import { rmdirAt, unlinkAt } from './remove.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, renameAt } from './rename.ts';
import { lookupAt, walk } from './walk.ts';

export const openFlags = flagSet(OPEN_FLAGS, 'O_RDONLY');

/** access(2): with the real ids, or the effective ones for AT_EACCESS. */
function access(k: Kernel, t: Task, dirfd: number, name: string, mode: number, flags: number): Result {
  if ((mode & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const subject = flags & AT_EACCESS ? fileSubject(t) : realSubject(t);
  const found = accessTarget(k, t, dirfd, name, flags, subject);
  if (typeof found === 'number') return found;
  const inode = found.dentry.target;
  if (mode & MAY_EXEC && inode.isRegular && found.mount.flags & MNT_NOEXEC) return -EACCES;
  const denied = permission(subject, inode, mode);
  if (denied < 0) return denied;
  return mode & MAY_WRITE && found.mount.readOnly && (inode.isRegular || inode.isDir) ? -EROFS : 0;
}

function accessTarget(
  k: Kernel,
  t: Task,
  dirfd: number,
  name: string,
  flags: number,
  subject: ReturnType<typeof realSubject>,
): Path | Result {
  if (name === '' && flags & AT_EMPTY_PATH) return placeOf(t, dirfd);
  const found = walk(k, t, dirfd, name, { follow: (flags & AT_SYMLINK_NOFOLLOW) === 0, subject });
  if (typeof found === 'number') return found;
  return found.path ?? -ENOENT;
}

/** The place of a descriptor, or of the working directory. */
export function placeOf(t: Task, dirfd: number): Path | Result {
  if (dirfd === AT_FDCWD) return t.fs.cwd;
  return t.files.file(dirfd)?.path ?? -EBADF;
}

function chdir(t: Task, target: Path | Result): Result {
  if (typeof target === 'number') return target;
  if (!target.dentry.target.isDir) return -ENOTDIR;
  const denied = mayAccess(t, target.dentry.target, MAY_EXEC);
  if (denied === 0) t.fs.setCwd(target);
  return denied;
}

function fchdir(t: Task, fd: number): Result {
  const file = t.files.file(fd);
  if (file === null) return -EBADF;
  return file.path === null ? -ENOTDIR : chdir(t, file.path);
}

function chroot(k: Kernel, t: Task, name: string): Result {
  const target = lookupAt(k, t, AT_FDCWD, name, true);
  if (typeof target === 'number') return target;
  if (!target.dentry.target.isDir) return -ENOTDIR;
  const denied = mayAccess(t, target.dentry.target, MAY_EXEC);
  if (denied < 0) return denied;
  if (!t.cred.ownCapable(CAP.SYS_CHROOT)) return -EPERM;
  t.fs.setRoot(target);
  return 0;
}

function getcwd(t: Task, buf: number, size: number): Result {
  const name = workingDirectory(t);
  if (name === null) return -ENOENT;
  if (name.length + 1 > size) return -ERANGE;
  return t.mm?.writeBytes(buf, fromLatin1(`${name}\0`)) ? name.length + 1 : -EFAULT;
}

/** readlink(2): the text, cut to the buffer, without a NUL. */
function readlink(k: Kernel, t: Task, dirfd: number, name: string, buf: number, size: number): Result {
  if (size <= 0) return -EINVAL;
  const target = name === '' ? placeOf(t, dirfd) : lookupAt(k, t, dirfd, name, false);
  if (typeof target === 'number') return name === '' && dirfd === AT_FDCWD ? -ENOENT : target;
  const inode = target.dentry.target;
  if (!inode.isLink) return name === '' ? -ENOENT : -EINVAL;
  const text = inode.readlink(k, t);
  if (typeof text === 'number') return text;
  const shown = text.slice(0, size);
  return t.mm?.writeBytes(buf, fromLatin1(shown)) ? shown.length : -EFAULT;
}

function list(k: Kernel, t: Task, fd: number, dirp: number, count: number, layout: keyof typeof direntLayouts): Result {
  const file = openOf(t, fd);
  return file === null ? -EBADF : getdents(k, t, file, dirp, count, layout);
}

function unlinkOrRmdir(k: Kernel, t: Task, dirfd: number, name: string, flags: number): Result {
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  return flags & AT_REMOVEDIR ? rmdirAt(k, t, dirfd, name) : unlinkAt(k, t, dirfd, name);
}

function umask(t: Task, mask: number): Result {
  const old = t.fs.umask;
  t.fs.umask = mask & S_IRWXUGO;
  return old;
}

const dirents = { fd, dirp: ptr, count: u32 };
const accessMode = flagSet({ R_OK: 4, W_OK: 2, X_OK: 1 }, 'F_OK');
const accessFlags = flagSet({ AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH });

export const nameCalls = [
  syscall(5, 'open', { path, flags: openFlags, mode: octal }, (k, t, a) =>
    openAt(k, t, AT_FDCWD, a.path, a.flags, a.mode),
  ),
  syscall(295, 'openat', { dirfd: atFd, path, flags: openFlags, mode: octal }, (k, t, a) =>
    openAt(k, t, a.dirfd, a.path, a.flags, a.mode),
  ),
  syscall(8, 'creat', { path, mode: octal }, (k, t, a) =>
    openAt(k, t, AT_FDCWD, a.path, O_CREAT | O_WRONLY | O_TRUNC, a.mode),
  ),
  syscall(39, 'mkdir', { path, mode: octal }, (k, t, a) => mkdirAt(k, t, AT_FDCWD, a.path, a.mode)),
  syscall(296, 'mkdirat', { dirfd: atFd, path, mode: octal }, (k, t, a) => mkdirAt(k, t, a.dirfd, a.path, a.mode)),
  syscall(40, 'rmdir', { path }, (k, t, a) => rmdirAt(k, t, AT_FDCWD, a.path)),
  syscall(10, 'unlink', { path }, (k, t, a) => unlinkAt(k, t, AT_FDCWD, a.path)),
  syscall(301, 'unlinkat', { dirfd: atFd, path, flags: flagSet({ AT_REMOVEDIR }) }, (k, t, a) =>
    unlinkOrRmdir(k, t, a.dirfd, a.path, a.flags),
  ),
  syscall(9, 'link', { oldpath: path, newpath: path }, (k, t, a) =>
    linkAt(k, t, AT_FDCWD, a.oldpath, AT_FDCWD, a.newpath, 0),
  ),
  syscall(
    303,
    'linkat',
    {
      olddirfd: atFd,
      oldpath: path,
      newdirfd: atFd,
      newpath: path,
      flags: flagSet({ AT_SYMLINK_FOLLOW, AT_EMPTY_PATH }),
    },
    (k, t, a) => linkAt(k, t, a.olddirfd, a.oldpath, a.newdirfd, a.newpath, a.flags),
  ),
  syscall(83, 'symlink', { target: path, linkpath: path }, (k, t, a) =>
    symlinkAt(k, t, a.target, AT_FDCWD, a.linkpath),
  ),
  syscall(304, 'symlinkat', { target: path, newdirfd: atFd, linkpath: path }, (k, t, a) =>
    symlinkAt(k, t, a.target, a.newdirfd, a.linkpath),
  ),
  syscall(38, 'rename', { oldpath: path, newpath: path }, (k, t, a) =>
    renameAt(k, t, AT_FDCWD, a.oldpath, AT_FDCWD, a.newpath, 0),
  ),
  syscall(302, 'renameat', { olddirfd: atFd, oldpath: path, newdirfd: atFd, newpath: path }, (k, t, a) =>
    renameAt(k, t, a.olddirfd, a.oldpath, a.newdirfd, a.newpath, 0),
  ),
  syscall(
    353,
    'renameat2',
    {
      olddirfd: atFd,
      oldpath: path,
      newdirfd: atFd,
      newpath: path,
      flags: flagSet({ RENAME_NOREPLACE, RENAME_EXCHANGE }),
    },
    (k, t, a) => renameAt(k, t, a.olddirfd, a.oldpath, a.newdirfd, a.newpath, a.flags),
  ),
  syscall(14, 'mknod', { path, mode: octal, dev: hex32 }, (k, t, a) => mknodAt(k, t, AT_FDCWD, a.path, a.mode, a.dev)),
  syscall(297, 'mknodat', { dirfd: atFd, path, mode: octal, dev: hex32 }, (k, t, a) =>
    mknodAt(k, t, a.dirfd, a.path, a.mode, a.dev),
  ),
  syscall(85, 'readlink', { path, buf: ptr, size: i32 }, (k, t, a) => readlink(k, t, AT_FDCWD, a.path, a.buf, a.size)),
  syscall(305, 'readlinkat', { dirfd: atFd, path, buf: ptr, size: i32 }, (k, t, a) =>
    readlink(k, t, a.dirfd, a.path, a.buf, a.size),
  ),
  syscall(33, 'access', { path, mode: accessMode }, (k, t, a) => access(k, t, AT_FDCWD, a.path, a.mode, 0)),
  syscall(307, 'faccessat', { dirfd: atFd, path, mode: accessMode }, (k, t, a) =>
    access(k, t, a.dirfd, a.path, a.mode, 0),
  ),
  syscall(439, 'faccessat2', { dirfd: atFd, path, mode: accessMode, flags: accessFlags }, (k, t, a) =>
    access(k, t, a.dirfd, a.path, a.mode, a.flags),
  ),
  syscall(183, 'getcwd', { buf: ptr, size: u32 }, (_k, t, a) => getcwd(t, a.buf, a.size)),
  syscall(12, 'chdir', { path }, (k, t, a) => chdir(t, lookupAt(k, t, AT_FDCWD, a.path, true))),
  syscall(133, 'fchdir', { fd }, (_k, t, a) => fchdir(t, a.fd)),
  syscall(61, 'chroot', { path }, (k, t, a) => chroot(k, t, a.path)),
  syscall(60, 'umask', { mask: octal }, (_k, t, a) => umask(t, a.mask)),
  syscall(89, 'readdir', { fd, dirp: ptr }, (k, t, a) => list(k, t, a.fd, a.dirp, 0, 'old')),
  syscall(141, 'getdents', dirents, (k, t, a) => list(k, t, a.fd, a.dirp, a.count, 'linux')),
  syscall(220, 'getdents64', dirents, (k, t, a) => list(k, t, a.fd, a.dirp, a.count, 'linux64')),
];
