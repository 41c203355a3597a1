/** Open files and directories of /proc. */
import { fromLatin1, latin1 } from '../bytes.ts';
import { EFAULT, EIO, EISDIR, ENOENT, ESPIPE, ESRCH } from '../errno.ts';
import { type EmitEntry, fileKind } from '../fd/file.ts';
import type { ByteSource } from '../fd/transfer.ts';
import { dirType } from '../fs/dir-file.ts';
import { S_IFDIR } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bytes, ref } from '../kobject/fields.ts';
import type { UserBuffer } from '../mm/user.ts';
import type { Result } from '../syscall/define.ts';
import type { Cred } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import type { ProcInode } from './inode.ts';
import { inoOf } from './nodes.ts';

export function inodeOf(file: { inode: Inode | null }): ProcInode {
  assert(file.inode?.kind === 'procinode', 'an open file of /proc without its inode');
  return file.inode as ProcInode; // its kind says so
}

/** What one write can bring. */
const WRITE_MAX = 4096;

/** A file of /proc: its text is made when it is read from the start, and stays until then. */
export class ProcTextFile extends fileKind('procfile', 1, {
  opener: ref<Cred>('cred', 'who opened it'),
  text: bytes('content as of the last read from the start', { initial: new Uint8Array(0) }),
}) {
  override get seekable(): boolean {
    return true;
  }

  override read(k: Kernel, t: Task, to: UserBuffer): Result {
    return this.moved(this.readAt(k, t, to, this.pos));
  }

  override readAt(_k: Kernel, t: Task, to: UserBuffer, pos: number): Result {
    if (pos === 0) {
      const error = this.refresh(t);
      if (error < 0) return error;
    }
    return pos >= this.text.length ? 0 : to.put(this.text.subarray(pos, pos + to.remaining));
  }

  private refresh(t: Task): Result {
    const inode = inodeOf(this);
    const query = inode.query(t);
    if (query === null) return -ESRCH;
    const text = inode.node.text?.(query) ?? '';
    if (typeof text === 'number') return text;
    this.text = fromLatin1(text);
    return 0;
  }

  override write(_k: Kernel, t: Task, from: ByteSource): Result {
    return this.moved(this.put(t, from, this.pos));
  }

  override writeAt(_k: Kernel, t: Task, from: ByteSource, pos: number): Result {
    return inodeOf(this).node.pwrite ? this.put(t, from, pos) : -ESPIPE;
  }

  private put(t: Task, from: ByteSource, pos: number): Result {
    const inode = inodeOf(this);
    const query = inode.query(t);
    if (query === null) return -ESRCH;
    const { write } = inode.node;
    if (write === undefined) return -EIO;
    const data = from.take(Math.min(from.remaining, WRITE_MAX));
    if (data === null) return -EFAULT;
    return write(query, { text: latin1(data), pos, opener: this.opener });
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    return this.seekFreely(offset, whence);
  }
}

/** Where the numbered entries of a listing begin; fixed entries come before, each at its place in the table. */
const FIRST_NUMBER = 256;

/** A directory of /proc: listed anew at every call, at positions that stay the same while entries come and go. */
export class ProcDirFile extends fileKind('procdir', 1, {}) {
  override get seekable(): boolean {
    return true;
  }

  override read(): Result {
    return -EISDIR;
  }

  override readAt(): Result {
    return -EISDIR;
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    return this.seekFreely(offset, whence);
  }

  override readdir(_k: Kernel, _t: Task, emit: EmitEntry): Result {
    const inode = inodeOf(this);
    if (inode.stale) return -ENOENT;
    for (const [name, ino, mode, at] of this.rows(inode)) {
      if (at < this.pos) continue;
      if (!emit(name, ino, dirType(mode), at + 1)) return 0;
      this.pos = at + 1;
    }
    return 0;
  }

  /** Name, inode number, mode and position of every entry, by position. */
  private rows(inode: ProcInode): [string, number, number, number][] {
    const fixed = Object.values(inode.node.entries ?? {});
    const parent = this.dentry?.parent?.target ?? inode;
    const rows: [string, number, number, number][] = [
      ['.', inode.ino, S_IFDIR, 0],
      ['..', parent.ino, S_IFDIR, 1],
    ];
    for (const [i, [name, place]] of inode.list().entries()) {
      const number = i < fixed.length ? i + 2 : FIRST_NUMBER + Number(name);
      rows.push([name, inoOf(place), fixed[i]?.mode ?? inode.entryMode, number]);
    }
    return rows.sort((a, b) => a[3] - b[3]);
  }
}
