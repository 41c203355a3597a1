/** Files of /proc whose content is not text but lies at positions: mem, pagemap. */

import { EFAULT, EINVAL, EIO, ESRCH } from '../errno.ts';
import { fileKind } from '../fd/file.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { inodeOf } from './files.ts';

/** What moves at a time. */
const CHUNK = 4096;

export class ProcBinaryFile extends fileKind('procbinary', 1, {}) {
  override get seekable(): boolean {
    return true;
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    return this.moved(this.readAt(k, t, to, this.pos));
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    return this.moved(this.writeAt(k, t, from, this.pos));
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
    return this.seekFreely(offset, whence);
  }
}
