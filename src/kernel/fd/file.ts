/** Open file descriptions (struct file): what descriptors share after dup and fork. Each type derives a kind of its own. */
import { EBADF, EINVAL, ENODEV, ENOTDIR, ENOTTY, ESPIPE } from '../errno.ts';
import type { Dentry } from '../fs/dentry.ts';
import { O_ACCMODE, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import { dropFileLocks, dropTableLocks } from '../fs/locks.ts';
import type { Mount } from '../fs/mount.ts';
import type { Path } from '../fs/path.ts';
import type { Regular } from '../fs/regular.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, type FieldTable, i32, optRef, transient, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { Waitable } from '../task/wait.ts';
import { POLL_ALWAYS } from './poll.ts';
import type { ByteSink, ByteSource } from './transfer.ts';

/** Receives one directory entry; false when the buffer is full. `next` is the position after the entry. */
export type EmitEntry = (name: string, ino: number, type: number, next: number) => boolean;

/** Who must know when a file is gone: an epoll instance that watches it. */
export interface Follower {
  forget(file: File): void;
}

export class File extends derived(Waitable, 'file', 1, {
  flags: u32('access mode and O_* status flags', { show: 'octal' }),
  pos: count('offset of the next read or write', { initial: 0 }),
  dentry: optRef<Dentry>('dentry', 'the name it was opened by; null for pipes and the like'),
  mount: optRef<Mount>('mount', 'where that was found'),
  inode: optRef<Inode>('inode', 'what is open'),
  owner: i32('F_SETOWN: process, or negated process group, for SIGIO', { initial: 0 }),
  ownerSignal: u32('F_SETSIG', { initial: 0 }),
  followers: transient<Follower[]>('epoll instances enter themselves', () => []),
}) {
  get readable(): boolean {
    return (this.flags & O_PATH) === 0 && (this.flags & O_ACCMODE) !== O_WRONLY;
  }
  get writable(): boolean {
    return (this.flags & O_PATH) === 0 && (this.flags & O_ACCMODE) !== O_RDONLY;
  }
  /** O_PATH: names a place and does nothing else. */
  get isPathOnly(): boolean {
    return (this.flags & O_PATH) !== 0;
  }
  get nonblock(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }
  /** Whether the description has a position: lseek, pread and pwrite work. */
  get seekable(): boolean {
    return false;
  }

  get path(): Path | null {
    return this.mount === null || this.dentry === null ? null : { mount: this.mount, dentry: this.dentry };
  }

  /** Reads at the position and moves it; the bytes read, BLOCKED or a negated errno. */
  read(_k: Kernel, _t: Task, _to: ByteSink): Result {
    return -EINVAL;
  }
  write(_k: Kernel, _t: Task, _from: ByteSource): Result {
    return -EINVAL;
  }
  /** pread(2); only called when seekable. */
  readAt(_k: Kernel, _t: Task, _to: ByteSink, _pos: number): Result {
    return -ESPIPE;
  }
  writeAt(_k: Kernel, _t: Task, _from: ByteSource, _pos: number): Result {
    return -ESPIPE;
  }
  /** Moves the position. The result can exceed 32 bits. */
  seek(_k: Kernel, _offset: number, _whence: number): number {
    return -ESPIPE;
  }
  /** Lists a directory from the position on. */
  readdir(_k: Kernel, _t: Task, _emit: EmitEntry): Result {
    return -ENOTDIR;
  }
  ioctl(_k: Kernel, _t: Task, _cmd: number, _arg: number): Result {
    return -ENOTTY;
  }
  /** POLL* bits that hold now. */
  poll(_k: Kernel): number {
    return POLL_ALWAYS;
  }
  /** What a poller sleeps on; null when the answer never changes by itself. */
  pollOn(): Waitable | null {
    return null;
  }
  /** Whether epoll takes it: it can become ready. */
  get canPoll(): boolean {
    return this.pollOn() !== null;
  }
  truncate(_k: Kernel, _length: number): Result {
    return -EINVAL;
  }
  /** The inode whose page cache a mapping uses; null when the file has none. */
  mappable(): Regular | null {
    return null;
  }
  /** 0, or the negated errno of mmap(2). */
  mayMap(): Result {
    return this.mappable() === null ? -ENODEV : 0;
  }
  /** Whether a mapping gives fresh zero pages (/dev/zero). */
  get mapsZero(): boolean {
    return false;
  }
  /** Each close of a descriptor, not only the last: the record locks that its table holds on the file go. fcntl(2). */
  flush(_k: Kernel, t: Task): void {
    if (this.inode !== null) dropTableLocks(this.inode, t.files);
  }

  override released(): void {
    for (const follower of [...this.followers]) follower.forget(this);
    if (this.inode !== null) dropFileLocks(this.inode, this);
  }

  override check(): void {
    assert((this.dentry === null) === (this.mount === null), 'an open file with half a path');
    assert(this.dentry === null || this.dentry.inode === this.inode, 'an open file and its name disagree');
  }

  /** How /proc/PID/fd shows a file without a name; null for one that has a path. */
  get label(): string | null {
    return this.dentry === null ? 'anon_inode:[file]' : null;
  }
}

/** Declares a type of open file. */
export function fileKind<const F extends FieldTable>(name: string, version: number, fields: F) {
  return derived(File, name, version, fields);
}

/** An open file without a name or an inode that is what its pollers sleep on: anon_inode:[eventfd] and its kin. */
export class AnonFile extends fileKind('anonfile', 1, {}) {
  override pollOn(): Waitable | null {
    return this;
  }

  /** Allowed, and does nothing. */
  override seek(): number {
    return 0;
  }

  override get label(): string {
    return `anon_inode:[${this.kind}]`;
  }
}

/** A description that only names a place: open(2), O_PATH. */
export class PathFile extends fileKind('pathfile', 1, {}) {
  override read(): Result {
    return -EBADF;
  }
  override write(): Result {
    return -EBADF;
  }
  override ioctl(): Result {
    return -EBADF;
  }
  override truncate(): Result {
    return -EBADF;
  }
  override mayMap(): Result {
    return -EBADF;
  }
}
