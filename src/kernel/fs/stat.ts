/** What stat(2) tells of an inode, in the five layouts that i386 has. Linux fs/stat.c, arch/x86/include/uapi/asm/stat.h. */

import { EOVERFLOW } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { shortId } from '../ns/id-map.ts';
import type { Result } from '../syscall/define.ts';
import type { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { Timestamp } from './timestamp.ts';

const BLOCK_SIZE = 4096;

export interface Stat {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blocks: number;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
  readonly btime: Timestamp;
  readonly mountId: number;
  /** Whether its filesystem keeps the time of creation. */
  readonly hasBtime: boolean;
  /** Whether it is the top of a mount. */
  readonly isMountRoot: boolean;
}

/** Filesystems whose inodes have a time of creation. */
const WITH_BTIME: ReadonlySet<string> = new Set(['overlay', 'tmpfs', 'devtmpfs']);

/** Everything stat knows; `dentry` names a directory whose links are counted. */
export function statOf(inode: Inode, dentry: Dentry | null, mount: Mount | null): Stat {
  const subdirectories = inode instanceof Directory && dentry !== null ? inode.subdirectories(dentry) : 0;
  const { ino, mode, uid, gid, rdev, size, blocks, atime, mtime, ctime, btime } = inode;
  const nlink = inode.nlink === 0 ? 0 : inode.nlink + subdirectories;
  const { dev, fsType } = inode.superblock;
  const place = {
    mountId: mount?.id ?? 0,
    // What has no name is on one filesystem here: pipes, and files in memory, which tmpfs has on Linux.
    hasBtime: WITH_BTIME.has(fsType) || (fsType === 'pipefs' && inode.isRegular),
    isMountRoot: mount !== null && mount.root === dentry,
  };
  return { dev, ino, mode, nlink, uid, gid, rdev, size, blocks, atime, mtime, ctime, btime, ...place };
}

/** fstat(2). Files without an inode share one on Linux (fs/anon_inodes.c): no type, 0600, as old as the kernel. */
export function statFile(file: File, anonymous: Mount): Stat {
  if (file.inode !== null) return statOf(file.inode, file.dentry, file.mount);
  const top = statOf(anonymous.root.target, null, null);
  return { ...top, mode: 0o600, nlink: 1, size: 0, mountId: anonymous.id };
}

/** Nanoseconds as the old interfaces have them; seconds wrap to 32 bits. */
function putTime(view: DataView, at: number, time: Timestamp): void {
  view.setInt32(at, time.sec | 0, true);
  view.setUint32(at + 4, time.nsec, true);
}

const STAT64_SIZE = 96;

export function encodeStat64(stat: Stat): Uint8Array {
  const view = new DataView(new ArrayBuffer(STAT64_SIZE));
  view.setBigUint64(0, BigInt(stat.dev), true);
  view.setUint32(12, stat.ino, true);
  for (const [i, value] of [stat.mode, stat.nlink, stat.uid, stat.gid].entries())
    view.setUint32(16 + 4 * i, value, true);
  view.setBigUint64(32, BigInt(stat.rdev), true);
  view.setBigInt64(44, BigInt(stat.size), true);
  view.setUint32(52, BLOCK_SIZE, true);
  view.setBigUint64(56, BigInt(stat.blocks), true);
  putTime(view, 64, stat.atime);
  putTime(view, 72, stat.mtime);
  putTime(view, 80, stat.ctime);
  view.setBigUint64(88, BigInt(stat.ino), true);
  return new Uint8Array(view.buffer);
}

const NEW_STAT_SIZE = 64;

/** struct stat of stat(106); -EOVERFLOW when the size does not fit. */
export function encodeNewStat(stat: Stat): Uint8Array | Result {
  if (stat.size > 0x7fff_ffff) return -EOVERFLOW;
  const view = new DataView(new ArrayBuffer(NEW_STAT_SIZE));
  view.setUint32(0, stat.dev, true);
  view.setUint32(4, stat.ino, true);
  const shorts = [stat.mode, stat.nlink, shortId(stat.uid), shortId(stat.gid)];
  for (const [i, value] of shorts.entries()) view.setUint16(8 + 2 * i, value, true);
  const words = [stat.rdev, stat.size, BLOCK_SIZE, stat.blocks];
  for (const [i, value] of words.entries()) view.setUint32(16 + 4 * i, value, true);
  putTime(view, 32, stat.atime);
  putTime(view, 40, stat.mtime);
  putTime(view, 48, stat.ctime);
  return new Uint8Array(view.buffer);
}

const OLD_STAT_SIZE = 32;

/** struct __old_kernel_stat of oldstat(18). */
export function encodeOldStat(stat: Stat): Uint8Array | Result {
  if (stat.size > 0x7fff_ffff) return -EOVERFLOW;
  const view = new DataView(new ArrayBuffer(OLD_STAT_SIZE));
  const shorts = [stat.dev, stat.ino, stat.mode, stat.nlink, shortId(stat.uid), shortId(stat.gid), stat.rdev];
  for (const [i, value] of shorts.entries()) view.setUint16(2 * i, value, true);
  const words = [stat.size, stat.atime.sec, stat.mtime.sec, stat.ctime.sec];
  for (const [i, value] of words.entries()) view.setInt32(16 + 4 * i, value | 0, true);
  return new Uint8Array(view.buffer);
}

const STATX_SIZE = 256;
const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;
const STATX_MNT_ID = 0x1000;
const STATX_ATTR_MOUNT_ROOT = 0x2000;
const NO_TIME: Timestamp = { sec: 0, nsec: 0 };

function putStatxTime(view: DataView, at: number, time: Timestamp): void {
  view.setBigInt64(at, BigInt(time.sec), true);
  view.setUint32(at + 8, time.nsec, true);
}

const major = (dev: number): number => (dev >>> 8) & 0xfff;
const minor = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);

/** `mask` is what was asked for; only the time of creation is left out when it was not. */
export function encodeStatx(stat: Stat, mask: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(STATX_SIZE));
  const hasBtime = stat.hasBtime && (mask & STATX_BTIME) !== 0;
  view.setUint32(0, STATX_BASIC_STATS | (hasBtime ? STATX_BTIME : 0) | STATX_MNT_ID, true);
  view.setBigUint64(8, BigInt(stat.isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0), true);
  view.setBigUint64(56, BigInt(STATX_ATTR_MOUNT_ROOT), true);
  view.setUint32(4, BLOCK_SIZE, true);
  for (const [i, value] of [stat.nlink, stat.uid, stat.gid].entries()) view.setUint32(16 + 4 * i, value, true);
  view.setUint16(28, stat.mode, true);
  view.setBigUint64(32, BigInt(stat.ino), true);
  view.setBigUint64(40, BigInt(stat.size), true);
  view.setBigUint64(48, BigInt(stat.blocks), true);
  for (const [i, time] of [stat.atime, hasBtime ? stat.btime : NO_TIME, stat.ctime, stat.mtime].entries())
    putStatxTime(view, 64 + 16 * i, time);
  const devices = [major(stat.rdev), minor(stat.rdev), major(stat.dev), minor(stat.dev)];
  for (const [i, value] of devices.entries()) view.setUint32(128 + 4 * i, value, true);
  view.setBigUint64(144, BigInt(stat.mountId), true);
  return new Uint8Array(view.buffer);
}
