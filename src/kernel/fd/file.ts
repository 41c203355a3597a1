/** Open file descriptions (struct file): what descriptors share after dup and fork. Each type derives a kind of its own. */

import { EBADF, EINVAL, ENODEV, ENOTDIR, ENOTTY, ESPIPE } from '../errno.ts';
import type { Dentry } from '../fs/dentry.ts';
import { O_ACCMODE, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY, SEEK_CUR, SEEK_SET } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import { dropFileLocks, dropTableLocks } from '../fs/locks.ts';
import type { Mount } from '../fs/mount.ts';
import { notifyClose } from '../fs/notify.ts';
import type { Path } from '../fs/path.ts';
import type { Regular } from '../fs/regular.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, type FieldTable, i32, oneOf, optRef, struct, transient, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { leave } from '../ordered.ts';
import type { Result } from '../syscall/define.ts';
import type { Pid } from '../task/pid.ts';
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

const OWNER_TYPES = ['thread', 'process', 'group'] as const;
export type OwnerType = (typeof OWNER_TYPES)[number];

const ownerFields = {
  pid: optRef<Pid>('pid', 'who gets SIGIO'),
  type: oneOf(...OWNER_TYPES)('what `pid` is', { initial: 'thread' }),
  uid: u32('user of who said so', { initial: 0 }),
  euid: u32('effective user of who said so', { initial: 0 }),
  signal: u32('F_SETSIG: instead of SIGIO, with details', { initial: 0 }),
};

export class File extends derived(Waitable, 'file', 1, {
  flags: u32('access mode and O_* status flags', { show: 'octal' }),
  pos: count('offset of the next read or write', { initial: 0 }),
  dentry: optRef<Dentry>('dentry', 'the name it was opened by; null for pipes and the like'),
  mount: optRef<Mount>('mount', 'where that was found'),
  inode: optRef<Inode>('inode', 'what is open'),
  owner: struct(ownerFields, 'F_SETOWN, F_SETSIG'),
  asyncFd: i32('O_ASYNC: the descriptor that SIGIO names; -1 when nobody is told', { initial: -1 }),
  asyncSeq: count('order among files that are told of the same, from Container.waitSeq', { initial: 0 }),
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
  /** Moves the position past what was read or written at it, and passes the result on. */
  protected moved(n: Result): Result {
    if (n > 0) this.pos += n;
    return n;
  }
  /** Moves the position. The result can exceed 32 bits. */
  seek(_k: Kernel, _offset: number, _whence: number): number {
    return -ESPIPE;
  }
  /** Moves the position anywhere: beyond 2^53 numbers are not exact, so that nothing is there. */
  protected seekFreely(offset: number, whence: number): number {
    const target = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.pos + offset : -1;
    if (target < 0 || target > Number.MAX_SAFE_INTEGER) return -EINVAL;
    this.pos = target;
    return target;
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
  /** What tells its owner by SIGIO; null when the file knows no O_ASYNC. */
  asyncOn(): Waitable | null {
    return null;
  }
  /** Whether an event (POLL_IN, POLL_OUT) is one of this file's. */
  hearsOf(_code: number): boolean {
    return true;
  }
  /** O_ASYNC was set. */
  asyncStarted(_t: Task): void {}
  enterAsync(): void {
    const files = this.asyncOn()?.asyncFiles ?? [];
    let at = files.length;
    while (at > 0 && files[at - 1]!.asyncSeq > this.asyncSeq) at--;
    files.splice(at, 0, this);
  }
  leaveAsync(): void {
    leave<File>(this.asyncOn()?.asyncFiles ?? [], this);
    this.asyncFd = -1;
  }
  override afterLoad(_kernel: Kernel): void {
    if (this.asyncFd >= 0) this.enterAsync();
  }
  /** Whether epoll takes it: it can become ready. */
  get canPoll(): boolean {
    return this.pollOn() !== null;
  }
  /** Whether fsync(2) and its kin take it. */
  get canSync(): boolean {
    return false;
  }
  truncate(_k: Kernel, _t: Task, _length: number): Result {
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
  /** An area of an address space shows the file from now on (Linux vm_operations_struct open). */
  areaOpened(_k: Kernel): void {}
  /** An area is gone. */
  areaClosed(_k: Kernel): void {}
  /** Restore has found an area, which is counted and nothing more. */
  areaFound(): void {}
  /** Whether areas are counted: then two that touch stay two. */
  get countsAreas(): boolean {
    return false;
  }
  /** Each close of a descriptor, not only the last: the record locks that its table holds on the file go. fcntl(2). */
  flush(_k: Kernel, t: Task): void {
    if (this.inode !== null) dropTableLocks(this.inode, t.files);
  }

  override released(): void {
    notifyClose(this);
    for (const follower of [...this.followers]) follower.forget(this);
    if (this.asyncFd >= 0) this.leaveAsync();
    if (this.inode !== null) dropFileLocks(this.inode, this);
  }

  override check(): void {
    assert(this.owner.signal <= 64, 'a signal that does not exist for I/O');
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
