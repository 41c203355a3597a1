/** Pipes, pipe(7): a ring of page-sized buffers. Linux fs/pipe.c. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EAGAIN, EBADF, EFAULT, EPIPE, ESPIPE } from '../errno.ts';
import { O_DIRECT } from '../fs/flags.ts';
import type { Special } from '../fs/special.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, bytes, count, list, ref, struct, transient, u32, type Values } from '../kobject/fields.ts';
import { derived, put } from '../kobject/kobject.ts';
import { SIGPIPE } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block, Waitable } from '../task/wait.ts';
import { POLL_IN, POLL_OUT, signalIo } from './async.ts';
import { fileKind } from './file.ts';
import { FIONREAD } from './ioctls.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from './poll.ts';
import type { ByteSink, ByteSource } from './transfer.ts';

/** Writes up to this size are never interleaved with others. */
export const PIPE_BUF = PAGE_SIZE;
export const DEFAULT_SLOTS = 16;
/** /proc/sys/fs/pipe-max-size, in slots. */
export const MAX_SLOTS = 256;

const bufferFields = {
  offset: u32('bytes of its page that were read already; no room for more'),
  data: bytes('unread bytes of the page'),
  packet: bool('O_DIRECT: a read takes it whole and nothing more'),
};
type Buffer = Values<typeof bufferFields>;

export class Pipe extends derived(Waitable, 'pipe', 1, {
  buffers: list(struct(bufferFields, 'a page'), 'unread pages, oldest first'),
  slots: u32('pages that the ring has room for', { initial: DEFAULT_SLOTS }),
  readers: transient<number>('open files that can read: they count themselves', () => 0),
  writers: transient<number>('open files that can write: they count themselves', () => 0),
  readersEver: count('readers that ever opened it; openers of a FIFO wait for a change', { initial: 0 }),
  writersEver: count('writers that ever opened it', { initial: 0 }),
}) {
  get empty(): boolean {
    return this.buffers.length === 0;
  }
  get full(): boolean {
    return this.buffers.length >= this.slots;
  }
  /** Unread bytes, FIONREAD. */
  get length(): number {
    return this.buffers.reduce((sum, buffer) => sum + buffer.data.length, 0);
  }

  /** Moves bytes to the reader until the buffer is full, a packet ends or the pipe is empty; the count, or -EFAULT. */
  take(to: ByteSink): Result {
    let done = 0;
    const wasFull = this.full;
    while (to.remaining > 0) {
      const buffer = this.buffers[0];
      if (buffer === undefined) break;
      const wanted = Math.min(buffer.data.length, to.remaining);
      const copied = to.put(buffer.data.subarray(0, wanted));
      if (copied < wanted) return done > 0 ? done : -EFAULT;
      done += copied;
      this.consume(buffer, buffer.packet ? buffer.data.length : copied);
      if (buffer.packet) break;
    }
    // Nobody waits for room in a pipe that has some; edge-triggered epoll counts on it.
    if (done > 0 && wasFull) this.wake(POLLOUT | POLLWRNORM);
    return done;
  }

  /** Drops bytes from the front of the oldest page. */
  consume(buffer: Buffer, n: number): void {
    if (n === buffer.data.length) {
      this.buffers.shift();
    } else {
      buffer.data = buffer.data.slice(n);
      buffer.offset += n;
    }
  }

  /** Appends bytes (at most a page) to the newest page if they fit in its rest; whether they did. */
  merge(data: Uint8Array): boolean {
    const last = this.buffers[this.buffers.length - 1];
    if (last === undefined || last.packet) return false;
    if (last.offset + last.data.length + data.length > PAGE_SIZE) return false;
    const joined = new Uint8Array(last.data.length + data.length);
    joined.set(last.data);
    joined.set(data, last.data.length);
    last.data = joined;
    return true;
  }

  /** Appends a page of its own. */
  push(data: Uint8Array, packet: boolean): void {
    assert(!this.full && data.length > 0 && data.length <= PAGE_SIZE, 'a page too many for the pipe');
    this.buffers.push({ offset: 0, data, packet });
  }

  override check(): void {
    assert(this.slots >= 1 && this.slots <= MAX_SLOTS, 'pipe size out of range');
    assert(this.buffers.length <= this.slots, 'more pages than the pipe has slots');
    for (const { offset, data } of this.buffers) {
      assert(data.length > 0 && offset + data.length <= PAGE_SIZE, 'a pipe page out of bounds');
    }
  }
}

/** An end of a pipe, or an open FIFO. */
export class PipeFile extends fileKind('pipefile', 1, {
  pipe: ref<Pipe>('pipe', 'the pipe'),
  writersAtOpen: count('Pipe.writersEver when a FIFO was opened: no POLLHUP before a writer came', { initial: 0 }),
}) {
  /** Counts the new file among its pipe's readers and writers, and wakes who waited for one. */
  enter(): void {
    const { pipe } = this;
    this.count();
    if (this.readable) pipe.readersEver++;
    if (this.writable) pipe.writersEver++;
    pipe.wake(0);
  }

  private count(): void {
    if (this.readable) this.pipe.readers++;
    if (this.writable) this.pipe.writers++;
  }

  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    this.count();
  }

  override asyncOn(): Waitable {
    return this.pipe;
  }

  override hearsOf(code: number): boolean {
    return code === POLL_IN ? this.readable : this.writable;
  }

  override released(): void {
    super.released();
    const { pipe } = this;
    if (this.readable) pipe.readers--;
    if (this.writable) pipe.writers--;
    pipe.wake(0);
    if (pipe.readers > 0 !== pipe.writers > 0 && this.inode !== null) this.tellOthers(this.inode.k);
    if (pipe.readers > 0 || pipe.writers > 0) return;
    // What is left in a FIFO goes with its last user.
    const inode = this.inode as Special; // check asserts that
    inode.pipe = null;
    put(pipe);
  }

  /** One side is gone: who is left on the other is told by SIGIO. */
  private tellOthers(k: Kernel): void {
    if (k.container.refs === 0) return;
    signalIo(k, this.pipe, POLL_IN);
    signalIo(k, this.pipe, POLL_OUT);
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    if (to.remaining === 0) return 0;
    const result = this.readNow(t, to);
    // Writers are told of each read, and when a reader goes to sleep, too (Linux pipe_read).
    signalIo(k, this.pipe, POLL_OUT);
    return result;
  }

  private readNow(t: Task, to: ByteSink): Result {
    const { pipe } = this;
    if (!pipe.empty) return pipe.take(to);
    if (pipe.writers === 0) return 0;
    if (this.nonblock) return -EAGAIN;
    return block(t, { on: [pipe], events: POLLIN | POLLHUP });
  }

  /** Linux pipe_write: the rest that does not fill pages may join the last page; all else takes pages of its own. */
  override write(k: Kernel, t: Task, from: ByteSource): Result {
    if (from.count === 0) return 0;
    const result = this.writeNow(k, t, from);
    signalIo(k, this.pipe, POLL_IN);
    return result;
  }

  private writeNow(k: Kernel, t: Task, from: ByteSource): Result {
    const { pipe } = this;
    const before = t.wait?.progress ?? 0;
    from.skip(before);
    const packet = (this.flags & O_DIRECT) !== 0;
    let done = before;
    if (pipe.readers > 0 && t.wait === null && !packet) {
      const merged = this.writeTail(from);
      if (merged < 0) return merged;
      done += merged;
    }
    for (;;) {
      if (from.remaining === 0 && done > 0) break;
      if (pipe.readers === 0) {
        raise(k, t, SIGPIPE);
        return done > 0 ? done : -EPIPE;
      }
      if (pipe.full) return this.waitForRoom(t, done);
      const data = from.take(PAGE_SIZE);
      if (data === null) return done > 0 ? done : -EFAULT;
      pipe.push(data, packet);
      done += data.length;
      pipe.wake(POLLIN | POLLRDNORM);
    }
    return done;
  }

  private waitForRoom(t: Task, done: number): Result {
    if (this.nonblock) return done > 0 ? done : -EAGAIN;
    return block(t, { on: [this.pipe], events: POLLOUT | POLLERR, progress: done });
  }

  /** The part of a write past its whole pages goes to the last page, if it fits there; bytes written so, or -EFAULT. */
  private writeTail(from: ByteSource): Result {
    const { pipe } = this;
    const tail = from.remaining % PAGE_SIZE;
    const last = pipe.buffers[pipe.buffers.length - 1];
    if (tail === 0 || last === undefined || last.packet) return 0;
    if (last.offset + last.data.length + tail > PAGE_SIZE) return 0;
    const data = from.take(tail);
    if (data === null) return -EFAULT;
    pipe.merge(data);
    pipe.wake(POLLIN | POLLRDNORM);
    return data.length;
  }

  override poll(): number {
    const { pipe } = this;
    let mask = 0;
    if (this.readable) {
      if (!pipe.empty) mask |= POLLIN | POLLRDNORM;
      if (pipe.writers === 0 && pipe.writersEver !== this.writersAtOpen) mask |= POLLHUP;
    }
    if (this.writable) {
      if (!pipe.full) mask |= POLLOUT | POLLWRNORM;
      if (pipe.readers === 0) mask |= POLLERR;
    }
    return mask;
  }

  override pollOn(): Waitable {
    return this.pipe;
  }

  override ioctl(_k: Kernel, t: Task, cmd: number, arg: number): Result {
    if (cmd !== FIONREAD) return super.ioctl(_k, t, cmd, arg);
    return t.mm?.put32(arg, this.pipe.length) ? 0 : -EFAULT;
  }

  override seek(): number {
    return -ESPIPE;
  }

  override mayMap(): Result {
    return this.readable ? super.mayMap() : -EBADF;
  }

  override check(): void {
    super.check();
    assert(
      this.inode?.kind === 'special' && (this.inode as Special).pipe === this.pipe,
      'a pipe that its inode does not know',
    );
  }

  override get label(): string | null {
    return this.dentry?.parent === null ? this.dentry.name : null;
  }
}
