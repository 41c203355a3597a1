/** stat(2), statx(2), statfs(2). */
import { EBADF, EINVAL, ENOSYS } from '../errno.ts';
import { copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { atFd, fd, flagSet, hex32, path, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall, unsupported } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW, NAME_MAX } from './flags.ts';
import type { Mount } from './mount.ts';
import { MNT_RELATIME } from './mount-flags.ts';
import { placeOf } from './name-calls.ts';
import { encodeNewStat, encodeOldStat, encodeStat64, encodeStatx, type Stat, statFile, statOf } from './stat.ts';
import { usedBlocks } from './usage.ts';
import { lookupAt } from './walk.ts';

type Encoder = (stat: Stat) => Uint8Array | Result;

const AT_STATX_SYNC_TYPE = 0x6000;
const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;

function deliver(t: Task, stat: Stat | Result, buf: number, encode: Encoder): Result {
  if (typeof stat === 'number') return stat;
  const { userNs } = t.cred;
  const data = encode({ ...stat, uid: userNs.shownUid(stat.uid), gid: userNs.shownGid(stat.gid) });
  return typeof data === 'number' ? data : copyOut(t, buf, data);
}

function statPath(k: Kernel, t: Task, dirfd: number, name: string, flags: number): Stat | Result {
  if (name === '' && flags & AT_EMPTY_PATH) return statDescriptor(t, dirfd);
  const found = lookupAt(k, t, dirfd, name, (flags & AT_SYMLINK_NOFOLLOW) === 0);
  return typeof found === 'number' ? found : statOf(found.dentry.target, found.dentry, found.mount);
}

function statDescriptor(t: Task, fd: number): Stat | Result {
  if (fd === AT_FDCWD) {
    const { dentry, mount } = t.fs.cwd;
    return statOf(dentry.target, dentry, mount);
  }
  const file = t.files.file(fd);
  return file === null ? -EBADF : statFile(file, t.nsproxy.mnt.anonymous);
}

function fstatat(k: Kernel, t: Task, dirfd: number, name: string, buf: number, flags: number): Result {
  if ((flags & ~STAT_FLAGS) !== 0) return -EINVAL;
  return deliver(t, statPath(k, t, dirfd, name, flags), buf, encodeStat64);
}

const STATX_RESERVED = 0x8000_0000;

function statx(k: Kernel, t: Task, dirfd: number, name: string, flags: number, mask: number, buf: number): Result {
  if (mask & STATX_RESERVED || (flags & ~(STAT_FLAGS | AT_STATX_SYNC_TYPE)) !== 0) return -EINVAL;
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  return deliver(t, statPath(k, t, dirfd, name, flags), buf, (stat) => encodeStatx(stat, mask));
}

interface StatFs {
  readonly magic: number;
  readonly dev: number;
  /** 4 KiB blocks; memory filesystems may take half of RAM. */
  readonly blocks: number;
  readonly free: number;
  readonly files: number;
  readonly filesFree: number;
  readonly flags: number;
}

const ST_RDONLY = 1;
const ST_VALID = 0x20;
/** Another bit than MS_RELATIME. */
const ST_RELATIME = 0x1000;
const ST_RELATIME_BIT = MNT_RELATIME;
const BLOCK_SIZE = 4096;
const STATFS_SIZE = 64;
const STATFS64_SIZE = 84;

function statFs(k: Kernel, mount: Mount): StatFs {
  const { magic, dev, fsType } = mount.sb;
  const { maxBlocks, maxInodes, inodesUsed, readOnly } = mount.sb;
  const stored = fsType === 'overlay' || fsType === 'tmpfs' || fsType === 'devtmpfs';
  const blocks = stored ? (maxBlocks ?? Math.floor(k.ram.frames / 2)) : 0;
  const free = stored ? Math.max(0, blocks - usedBlocks(mount.sb)) : 0;
  const files = maxInodes ?? blocks;
  const filesFree = maxInodes === null ? free : Math.max(0, files - inodesUsed);
  const flags = ST_VALID | (mount.flags & ~ST_RELATIME_BIT) | (mount.flags & ST_RELATIME_BIT ? ST_RELATIME : 0);
  return { magic, dev, blocks, free, files, filesFree, flags: flags | (readOnly ? ST_RDONLY : 0) };
}

function encodeStatfs(s: StatFs): Uint8Array {
  const view = new DataView(new ArrayBuffer(STATFS_SIZE));
  const words = [
    s.magic,
    BLOCK_SIZE,
    s.blocks,
    s.free,
    s.free,
    s.files,
    s.filesFree,
    s.dev,
    0,
    NAME_MAX,
    BLOCK_SIZE,
    s.flags,
  ];
  for (const [i, value] of words.entries()) view.setUint32(4 * i, value, true);
  return new Uint8Array(view.buffer);
}

function encodeStatfs64(s: StatFs): Uint8Array {
  const view = new DataView(new ArrayBuffer(STATFS64_SIZE));
  view.setUint32(0, s.magic, true);
  view.setUint32(4, BLOCK_SIZE, true);
  for (const [i, value] of [s.blocks, s.free, s.free, s.files, s.filesFree].entries()) {
    view.setBigUint64(8 + 8 * i, BigInt(value), true);
  }
  const words = [s.dev, 0, NAME_MAX, BLOCK_SIZE, s.flags];
  for (const [i, value] of words.entries()) view.setUint32(48 + 4 * i, value, true);
  return new Uint8Array(view.buffer);
}

function statfsAt(k: Kernel, t: Task, mount: Mount | Result, buf: number, encode: (s: StatFs) => Uint8Array): Result {
  return typeof mount === 'number' ? mount : copyOut(t, buf, encode(statFs(k, mount)));
}

function mountAt(k: Kernel, t: Task, name: string): Mount | Result {
  const found = lookupAt(k, t, AT_FDCWD, name, true);
  return typeof found === 'number' ? found : found.mount;
}

function mountOf(t: Task, fd: number): Mount | Result {
  const place = placeOf(t, fd);
  return typeof place === 'number' || fd < 0 ? -EBADF : place.mount;
}

function statfs64(k: Kernel, t: Task, mount: Mount | Result, size: number, buf: number): Result {
  if (size !== STATFS64_SIZE && size !== STATFS64_SIZE + 4) return -EINVAL;
  return statfsAt(k, t, mount, buf, encodeStatfs64);
}

const statFlags = flagSet({ AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT, AT_EMPTY_PATH, AT_STATX_DONT_SYNC: 0x4000 });
const byPath = { path, buf: ptr };
const byFd = { fd, buf: ptr };

/** stat, lstat and fstat with one layout. */
function family(numbers: readonly [number, number, number], names: readonly [string, string, string], encode: Encoder) {
  return [
    syscall(numbers[0], names[0], byPath, (k, t, a) => deliver(t, statPath(k, t, AT_FDCWD, a.path, 0), a.buf, encode)),
    syscall(numbers[1], names[1], byPath, (k, t, a) =>
      deliver(t, statPath(k, t, AT_FDCWD, a.path, AT_SYMLINK_NOFOLLOW), a.buf, encode),
    ),
    syscall(numbers[2], names[2], byFd, (_k, t, a) =>
      deliver(t, a.fd < 0 ? -EBADF : statDescriptor(t, a.fd), a.buf, encode),
    ),
  ];
}

export const statCalls = [
  ...family([18, 84, 28], ['oldstat', 'oldlstat', 'oldfstat'], encodeOldStat),
  ...family([106, 107, 108], ['stat', 'lstat', 'fstat'], encodeNewStat),
  ...family([195, 196, 197], ['stat64', 'lstat64', 'fstat64'], encodeStat64),
  syscall(300, 'fstatat64', { dirfd: atFd, path, buf: ptr, flags: statFlags }, (k, t, a) =>
    fstatat(k, t, a.dirfd, a.path, a.buf, a.flags),
  ),
  syscall(383, 'statx', { dirfd: atFd, path, flags: statFlags, mask: hex32, buf: ptr }, (k, t, a) =>
    statx(k, t, a.dirfd, a.path, a.flags, a.mask, a.buf),
  ),
  syscall(99, 'statfs', byPath, (k, t, a) => statfsAt(k, t, mountAt(k, t, a.path), a.buf, encodeStatfs)),
  syscall(100, 'fstatfs', byFd, (k, t, a) => statfsAt(k, t, mountOf(t, a.fd), a.buf, encodeStatfs)),
  syscall(268, 'statfs64', { path, size: u32, buf: ptr }, (k, t, a) =>
    statfs64(k, t, mountAt(k, t, a.path), a.size, a.buf),
  ),
  syscall(269, 'fstatfs64', { fd, size: u32, buf: ptr }, (k, t, a) => statfs64(k, t, mountOf(t, a.fd), a.size, a.buf)),
  unsupported(62, 'ustat', ENOSYS, 'superseded by statfs(2); no program of today calls it'),
];
