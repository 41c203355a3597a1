/** chmod, chown, utimes, truncate: the calls. */
import { EBADF, EFAULT, EINVAL, ENOENT, EOPNOTSUPP } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { copyIn, offset64, openOf } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { atFd, fd, flagSet, i32, octal, path, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { changeMode, changeOwner, changeSize, changeTimes, type TimeChange } from './attr.ts';
import type { Dentry } from './dentry.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from './flags.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import { placeOf } from './name-calls.ts';
import { IN_ACCESS, IN_ATTRIB, IN_MODIFY, notifyDentry } from './notify.ts';
import { lookupAt } from './walk.ts';

interface Target {
  /** The name it was reached by; null for files without one. */
  readonly dentry: Dentry | null;
  readonly inode: Inode;
  readonly mount: Mount | null;
}

/** What a *at call works on; AT_EMPTY_PATH means the descriptor. */
function targetAt(k: Kernel, t: Task, dirfd: number, name: string, flags: number): Target | Result {
  const empty = name === '' && (flags & AT_EMPTY_PATH) !== 0;
  const found = empty ? placeOf(t, dirfd) : lookupAt(k, t, dirfd, name, (flags & AT_SYMLINK_NOFOLLOW) === 0);
  return typeof found === 'number' ? found : { dentry: found.dentry, inode: found.dentry.target, mount: found.mount };
}

function targetOf(t: Task, fd: number): Target | Result {
  const file = openOf(t, fd);
  return file?.inode ? { dentry: file.dentry, inode: file.inode, mount: file.mount } : -EBADF;
}

/** Tells whoever watches of a change that was made. */
function told({ dentry }: Pick<Target, 'dentry'>, mask: number, result: Result): Result {
  if (result === 0 && dentry !== null && mask !== 0) notifyDentry(dentry, mask);
  return result;
}

const AT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;

function chmod(t: Task, target: Target | Result, mode: number): Result {
  if (typeof target === 'number') return target;
  return told(target, IN_ATTRIB, changeMode(t, target.mount, target.inode, mode));
}

function fchmodat2(k: Kernel, t: Task, dirfd: number, name: string, mode: number, flags: number): Result {
  if ((flags & ~AT_FLAGS) !== 0) return -EINVAL;
  const target = targetAt(k, t, dirfd, name, flags);
  if (typeof target !== 'number' && target.inode.isLink) return -EOPNOTSUPP;
  return chmod(t, target, mode);
}

function chown(t: Task, target: Target | Result, uid: number, gid: number): Result {
  if (typeof target === 'number') return target;
  const mask = uid === -1 && gid === -1 ? 0 : IN_ATTRIB;
  return told(target, mask, changeOwner(t, target.mount, target.inode, uid, gid));
}

/** 16-bit ids, of which 0xffff means -1. */
function wide(id: number): number {
  const short = id & 0xffff;
  return short === 0xffff ? -1 : short;
}

function fchownat(k: Kernel, t: Task, dirfd: number, name: string, uid: number, gid: number, flags: number): Result {
  if ((flags & ~AT_FLAGS) !== 0) return -EINVAL;
  return chown(t, targetAt(k, t, dirfd, name, flags), uid, gid);
}

function truncate(k: Kernel, t: Task, name: string, length: number): Result {
  if (length < 0) return -EINVAL;
  const target = targetAt(k, t, AT_FDCWD, name, 0);
  if (typeof target === 'number') return target;
  return told(target, IN_MODIFY, changeSize(k, t, target.mount, target.inode, length));
}

function ftruncate(k: Kernel, t: Task, fd: number, length: number): Result {
  if (length < 0) return -EINVAL;
  const file: File | null = openOf(t, fd);
  if (file === null) return -EBADF;
  return file.writable ? told(file, IN_MODIFY, file.truncate(k, t, length)) : -EINVAL;
}

type Both = [TimeChange, TimeChange] | null;

const UTIME_NOW = 0x3fff_ffff;
const UTIME_OMIT = 0x3fff_fffe;
const NS_PER_SEC = 1_000_000_000;
const US_PER_SEC = 1_000_000;

/** Seconds past what inodes keep become the last ones that they do (Linux timestamp_truncate). */
function clampSeconds(sec: bigint): number {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(sec > limit ? limit : sec < -limit ? -limit : sec);
}

function timeChange(sec: number, nsec: number): TimeChange | Result {
  if (nsec === UTIME_NOW) return 'now';
  if (nsec === UTIME_OMIT) return null;
  return nsec >= 0 && nsec < NS_PER_SEC ? { sec, nsec } : -EINVAL;
}

/** Two times in memory, each of `size` bytes, read by `each`; a null address means now. */
function readTimes(
  t: Task,
  address: number,
  size: number,
  each: (view: DataView, at: number) => TimeChange | Result,
): Both | Result {
  if (address === 0) return null;
  const view = copyIn(t, address, 2 * size);
  if (view === null) return -EFAULT;
  const atime = each(view, 0);
  const mtime = each(view, size);
  if (typeof atime === 'number') return atime;
  return typeof mtime === 'number' ? mtime : [atime, mtime];
}

const timespec32 = (view: DataView, at: number): TimeChange | Result =>
  timeChange(view.getInt32(at, true), view.getInt32(at + 4, true));
const timespec64 = (view: DataView, at: number): TimeChange | Result =>
  timeChange(clampSeconds(view.getBigInt64(at, true)), view.getInt32(at + 8, true));
const timeval = (view: DataView, at: number): TimeChange | Result => {
  const usec = view.getInt32(at + 4, true);
  if (usec < 0 || usec >= US_PER_SEC) return -EINVAL;
  return { sec: view.getInt32(at, true), nsec: usec * 1000 };
};
const seconds = (view: DataView, at: number): TimeChange => ({ sec: view.getInt32(at, true), nsec: 0 });

function utimes(k: Kernel, t: Task, target: () => Target | Result, times: Both | Result): Result {
  if (typeof times === 'number') return times;
  const found = target();
  if (typeof found === 'number') return found;
  return told(found, timesMask(times), changeTimes(k, t, found.mount, found.inode, times));
}

/** Both times are an attribute; one of them looks like the access or change that it stands for (Linux fsnotify_change). */
function timesMask(times: Both): number {
  const [atime, mtime] = times ?? ['now', 'now'];
  if (atime !== null && mtime !== null) return IN_ATTRIB;
  return (atime === null ? 0 : IN_ACCESS) | (mtime === null ? 0 : IN_MODIFY);
}

/** utimensat(2): a null path means the descriptor. */
function utimensat(
  k: Kernel,
  t: Task,
  dirfd: number,
  pathAddress: number,
  times: Both | Result,
  flags: number,
): Result {
  if ((flags & ~AT_FLAGS) !== 0) return -EINVAL;
  if (pathAddress === 0) {
    if (flags !== 0) return -EINVAL;
    return utimes(k, t, () => (dirfd === AT_FDCWD ? -EFAULT : targetOf(t, dirfd)), times);
  }
  const name = path.decode(pathAddress, t);
  if ('errno' in name) return name.errno;
  if (name.value === '' && (flags & AT_EMPTY_PATH) === 0) return -ENOENT;
  return utimes(k, t, () => targetAt(k, t, dirfd, name.value, flags), times);
}

const atFlags = flagSet({ AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH });
const owner = { owner: i32, group: i32 };
const nofollow = AT_SYMLINK_NOFOLLOW;

export const attrCalls = [
  syscall(15, 'chmod', { path, mode: octal }, (k, t, a) => chmod(t, targetAt(k, t, AT_FDCWD, a.path, 0), a.mode)),
  syscall(94, 'fchmod', { fd, mode: octal }, (_k, t, a) => chmod(t, targetOf(t, a.fd), a.mode)),
  syscall(306, 'fchmodat', { dirfd: atFd, path, mode: octal }, (k, t, a) =>
    chmod(t, targetAt(k, t, a.dirfd, a.path, 0), a.mode),
  ),
  syscall(452, 'fchmodat2', { dirfd: atFd, path, mode: octal, flags: atFlags }, (k, t, a) =>
    fchmodat2(k, t, a.dirfd, a.path, a.mode, a.flags),
  ),
  syscall(182, 'chown', { path, ...owner }, (k, t, a) =>
    chown(t, targetAt(k, t, AT_FDCWD, a.path, 0), wide(a.owner), wide(a.group)),
  ),
  syscall(16, 'lchown', { path, ...owner }, (k, t, a) =>
    chown(t, targetAt(k, t, AT_FDCWD, a.path, nofollow), wide(a.owner), wide(a.group)),
  ),
  syscall(95, 'fchown', { fd, ...owner }, (_k, t, a) => chown(t, targetOf(t, a.fd), wide(a.owner), wide(a.group))),
  syscall(212, 'chown32', { path, ...owner }, (k, t, a) =>
    chown(t, targetAt(k, t, AT_FDCWD, a.path, 0), a.owner, a.group),
  ),
  syscall(198, 'lchown32', { path, ...owner }, (k, t, a) =>
    chown(t, targetAt(k, t, AT_FDCWD, a.path, nofollow), a.owner, a.group),
  ),
  syscall(207, 'fchown32', { fd, ...owner }, (_k, t, a) => chown(t, targetOf(t, a.fd), a.owner, a.group)),
  syscall(298, 'fchownat', { dirfd: atFd, path, ...owner, flags: atFlags }, (k, t, a) =>
    fchownat(k, t, a.dirfd, a.path, a.owner, a.group, a.flags),
  ),
  syscall(92, 'truncate', { path, length: i32 }, (k, t, a) => truncate(k, t, a.path, a.length)),
  syscall(93, 'ftruncate', { fd, length: i32 }, (k, t, a) => ftruncate(k, t, a.fd, a.length)),
  syscall(193, 'truncate64', { path, length_l: u32, length_h: i32 }, (k, t, a) =>
    truncate(k, t, a.path, offset64(a.length_l, a.length_h)),
  ),
  syscall(194, 'ftruncate64', { fd, length_l: u32, length_h: i32 }, (k, t, a) =>
    ftruncate(k, t, a.fd, offset64(a.length_l, a.length_h)),
  ),
  syscall(30, 'utime', { path, times: ptr }, (k, t, a) =>
    utimes(k, t, () => targetAt(k, t, AT_FDCWD, a.path, 0), readTimes(t, a.times, 4, seconds)),
  ),
  syscall(271, 'utimes', { path, times: ptr }, (k, t, a) =>
    utimes(k, t, () => targetAt(k, t, AT_FDCWD, a.path, 0), readTimes(t, a.times, 8, timeval)),
  ),
  syscall(299, 'futimesat', { dirfd: atFd, path: ptr, times: ptr }, (k, t, a) =>
    utimensat(k, t, a.dirfd, a.path, readTimes(t, a.times, 8, timeval), 0),
  ),
  syscall(320, 'utimensat', { dirfd: atFd, path: ptr, times: ptr, flags: atFlags }, (k, t, a) =>
    utimensat(k, t, a.dirfd, a.path, readTimes(t, a.times, 8, timespec32), a.flags),
  ),
  syscall(412, 'utimensat_time64', { dirfd: atFd, path: ptr, times: ptr, flags: atFlags }, (k, t, a) =>
    utimensat(k, t, a.dirfd, a.path, readTimes(t, a.times, 16, timespec64), a.flags),
  ),
];
