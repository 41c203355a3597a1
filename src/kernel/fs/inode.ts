/** Inodes: what names refer to. This file has what all of them share; each type has a kind of its own. */
import { EINVAL, ENOTDIR } from '../errno.ts';
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, list, transient, u32, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { Waitable } from '../task/wait.ts';
import type { Dentry } from './dentry.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './flags.ts';
import { lockField } from './locks.ts';
import type { Mark } from './notify.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './superblock.ts';
import { now, timestamp } from './timestamp.ts';

const NS_PER_SEC = 1_000_000_000;

/** What sleeps on an inode: callers that wait for its locks. */
export class Inode extends derived(Waitable, 'inode', 1, {
  sb: weak<SuperBlock>('superblock', 'filesystem; the mounts and open files of its tree hold it'),
  ino: count('inode number'),
  mode: u32('type and permissions', { show: 'octal' }),
  uid: u32('owner'),
  gid: u32('group'),
  nlink: u32('names (0: only open files hold it); of a directory without its subdirectories'),
  rdev: u32('device number of a device node, as user space packs it (Linux new_encode_dev)', {
    initial: 0,
    show: 'hex',
  }),
  size: count('bytes', { initial: 0 }),
  atime: timestamp('last access, as utimensat(2) set it (mounts are noatime)'),
  mtime: timestamp('last change of the content'),
  ctime: timestamp('last change of the inode'),
  btime: timestamp('creation'),
  marks: transient<Mark[]>('inotify instances enter their watches', () => []),
  locks: list(lockField, 'record locks and flocks, in the order they were taken'),
}) {
  get type(): number {
    return this.mode & S_IFMT;
  }
  get isDir(): boolean {
    return this.type === S_IFDIR;
  }
  get isLink(): boolean {
    return this.type === S_IFLNK;
  }
  get isRegular(): boolean {
    return this.type === S_IFREG;
  }

  get superblock(): SuperBlock {
    assert(this.sb !== null, 'an inode without a filesystem');
    return this.sb;
  }

  get k(): Kernel {
    return this.superblock.k;
  }

  /** The entry `name` below `dir`, which names this directory; null when there is none, a negated errno when it cannot be asked. */
  lookup(_dir: Dentry, _name: string): Dentry | null | number {
    return -ENOTDIR;
  }

  /** A symbolic link's target as text. */
  readlink(_k: Kernel, _t: Task): string | number {
    return '';
  }

  /** A magic link of /proc leads to an object, not to a path; null for links that are followed by their text. */
  follow(_k: Kernel, _t: Task): Path | null | number {
    return null;
  }

  /** A new open file (refs 0) on this inode, or a negated errno. Permissions have been checked. */
  open(_k: Kernel, _t: Task, _path: Path, _flags: number): File | number {
    return -ENOTDIR;
  }

  /** truncate(2): what it is about has been checked. */
  resize(_length: number): Result {
    return -EINVAL;
  }

  /** Of a filesystem's root: new mount options; 0 or a negated errno. */
  remount(_data: string): Result {
    return 0;
  }

  /** Of a filesystem's root: its options in /proc/PID/mounts. */
  get mountOptions(): string {
    return '';
  }

  /** Bytes of storage in 512-byte units, st_blocks. */
  get blocks(): number {
    return 0;
  }

  /** Gives back cached pages that can be had again; how many. */
  dropClean(): number {
    return 0;
  }

  override afterLoad(_kernel: Kernel): void {
    this.superblock.inodesUsed++;
  }

  override released(): void {
    if (this.sb !== null) this.sb.inodesUsed--;
  }

  override check(): void {
    assert(this.sb !== null, 'an inode without a filesystem');
    for (const time of [this.atime, this.mtime, this.ctime, this.btime]) {
      assert(time.nsec < NS_PER_SEC, 'a time with too many nanoseconds');
    }
    for (const { start, end } of this.locks) assert(end === null || start < end, 'a lock of nothing');
  }

  /** Notes a change of the inode itself. */
  touchCtime(): void {
    this.ctime = now(this.k);
  }

  /** Notes a change of the content. */
  touchMtime(): void {
    this.mtime = now(this.k);
    this.ctime = { ...this.mtime };
  }
}
