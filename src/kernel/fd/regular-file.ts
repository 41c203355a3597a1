/** Open regular files. */
import { EFBIG, EINVAL, EOVERFLOW } from '../errno.ts';
import { mayGrow } from '../fs/attr.ts';
import {
  MAX_FILE_SIZE,
  MAX_NON_LFS,
  O_APPEND,
  O_LARGEFILE,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '../fs/flags.ts';
import { dropSetId } from '../fs/permission.ts';
import type { Regular } from '../fs/regular.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { SIGXFSZ } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import type { Result } from '../syscall/define.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { fileKind } from './file.ts';
import type { ByteSink, ByteSource } from './transfer.ts';

export class RegularFile extends fileKind('regfile', 1, {}) {
  get regular(): Regular {
    assert(this.inode?.isRegular, 'a regular file without its inode');
    // The kinds of inodes follow from their type bits, which Regular.check asserts.
    return this.inode as Regular;
  }

  override check(): void {
    super.check();
    assert(this.inode?.kind === 'regular', 'an open regular file on something else');
  }

  override get seekable(): boolean {
    return true;
  }

  override get canSync(): boolean {
    return true;
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    return this.moved(this.readAt(k, t, to, this.pos));
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    const at = this.flags & O_APPEND ? this.regular.size : this.pos;
    const n = this.writeAt(k, t, from, at);
    if (n > 0) this.pos = at + n;
    return n;
  }

  override readAt(_k: Kernel, _t: Task, to: ByteSink, pos: number): Result {
    return this.regular.readTo(to, pos);
  }

  override writeAt(k: Kernel, t: Task, from: ByteSource, pos: number): Result {
    const at = this.flags & O_APPEND ? this.regular.size : pos;
    if (from.remaining === 0) return 0;
    const allowed = t.signal.limit(RLIMIT.RLIMIT_FSIZE);
    if (at >= allowed) {
      raise(k, t, SIGXFSZ);
      return -EFBIG;
    }
    dropSetId(t, this.regular);
    return this.regular.writeFrom(from, at, Math.min(allowed, this.flags & O_LARGEFILE ? MAX_FILE_SIZE : MAX_NON_LFS));
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    const target = this.seekTarget(offset, whence);
    if (target < 0) return target;
    if ((this.flags & O_LARGEFILE) === 0 && target > MAX_NON_LFS) return -EOVERFLOW;
    this.pos = target;
    return target;
  }

  private seekTarget(offset: number, whence: number): number {
    if (whence === SEEK_DATA || whence === SEEK_HOLE) return this.regular.seekData(offset, whence);
    const bases: Readonly<Record<number, number>> = {
      [SEEK_SET]: 0,
      [SEEK_CUR]: this.pos,
      [SEEK_END]: this.regular.size,
    };
    const base = bases[whence];
    const target = base === undefined ? -1 : base + offset;
    return target < 0 || target > Number.MAX_SAFE_INTEGER ? -EINVAL : target;
  }

  override truncate(k: Kernel, t: Task, length: number): Result {
    if (!this.writable) return -EINVAL;
    const error = mayGrow(k, t, this.regular, length);
    return error < 0 ? error : this.regular.resize(length);
  }

  override mappable(): Regular {
    return this.regular;
  }
}
