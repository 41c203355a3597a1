/** Files of /proc whose content is not text but lies at positions: mem, pagemap. */
import { EFAULT, EINVAL, EIO, ESRCH } from '../errno.ts';
import { fileKind } from '../fd/file.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import { SEEK_CUR, SEEK_SET } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { ProcInode } from './inode.ts';

/** What moves at a time. */
const CHUNK = 4096;

function inodeOf(file: { inode: Inode | null }): ProcInode {
  assert(file.inode?.kind === 'procinode', 'an open file of /proc without its inode');
  return file.inode as ProcInode; // its kind says so
}

export class ProcBinaryFile extends fileKind('procbinary', 1, {}) {
  override get seekable(): boolean {
    return true;
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    const n = this.readAt(k, t, to, this.pos);
    if (n > 0) this.pos += n;
    return n;
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    const n = this.writeAt(k, t, from, this.pos);
    if (n > 0) this.pos += n;
    return n;
  }

  override readAt(_k: Kernel, t: Task, to: ByteSink, pos: number): Result {
    const inode = inodeOf(this);
    const query = inode.query(t);
    if (query === null) return -ESRCH;
    let done = 0;
    while (to.remaining > 0) {
      const data = inode.node.binary?.read(query, pos + done, Math.min(CHUNK, to.remaining)) ?? -EINVAL;
      if (typeof data === 'number') return done > 0 ? done : data;
      if (data.length === 0) break;
      const n = to.put(data);
      done += n;
      if (n < data.length) return done > 0 ? done : -EFAULT;
    }
    return done;
  }

  override writeAt(_k: Kernel, t: Task, from: ByteSource, pos: number): Result {
    const inode = inodeOf(this);
    const query = inode.query(t);
    if (query === null) return -ESRCH;
    let done = 0;
    while (from.remaining > 0) {
      const data = from.take(CHUNK);
      if (data === null) return done > 0 ? done : -EFAULT;
      const n = inode.node.binary?.write?.(query, pos + done, data) ?? -EIO;
      if (n <= 0) return done > 0 ? done : n;
      done += n;
      if (n < data.length) break;
    }
    return done;
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    const target = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.pos + offset : -1;
    if (target < 0) return -EINVAL;
    this.pos = target;
    return target;
  }
}
