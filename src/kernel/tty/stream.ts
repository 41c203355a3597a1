/** stdin, stdout and stderr of a machine without a terminal: pipes whose other end is the host. */
import { EAGAIN, EBADF, EFAULT, ESPIPE } from '../errno.ts';
import { type File, fileKind } from '../fd/file.ts';
import { FIONREAD } from '../fd/ioctls.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel, OutputStream } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { ref, u8 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block, type Waitable } from '../task/wait.ts';
import type { Console } from './console.ts';

const CHUNK = 65536;
const STDIN = 0;

/** What fstat shows of a stream: a FIFO, so that programs treat it as the pipe that it stands for. */
export class StreamInode extends derived(Inode, 'streaminode', 1, {
  console: ref<Console>('console', 'the host side'),
  stream: u8('0 stdin, 1 stdout, 2 stderr'),
}) {
  override open(_k: Kernel, _t: Task, { mount, dentry }: Path, flags: number): File {
    return new StreamFile({ flags, mount, dentry, inode: this, console: this.console, stream: this.stream });
  }

  override check(): void {
    super.check();
    assert(this.stream <= 2, 'no such stream');
  }
}

export class StreamFile extends fileKind('stream', 1, {
  console: ref<Console>('console', 'the host side'),
  stream: u8('0 stdin, 1 stdout, 2 stderr'),
}) {
  override read(_k: Kernel, t: Task, to: ByteSink): Result {
    const { console } = this;
    if (this.stream !== STDIN) return -EBADF;
    if (to.remaining === 0) return 0;
    const n = Math.min(to.remaining, console.input.length);
    if (n > 0) {
      const copied = to.put(console.input.subarray(0, n));
      console.input = console.input.subarray(copied);
      return copied > 0 ? copied : -EFAULT;
    }
    if (console.inputEnded) return 0;
    if (this.nonblock) return -EAGAIN;
    return block(t, { on: [console], events: POLLIN | POLLHUP });
  }

  override write(k: Kernel, _t: Task, from: ByteSource): Result {
    if (this.stream === STDIN) return -EBADF;
    let done = 0;
    while (from.remaining > 0) {
      const data = from.take(CHUNK);
      if (data === null) return done > 0 ? done : -EFAULT;
      this.console.output(k, this.stream as OutputStream, data);
      done += data.length;
    }
    return done;
  }

  override poll(): number {
    const { console } = this;
    if (this.stream !== STDIN) return POLLOUT | POLLWRNORM;
    return (console.input.length > 0 ? POLLIN | POLLRDNORM : 0) | (console.inputEnded ? POLLHUP : 0);
  }

  override pollOn(): Waitable {
    return this.console;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    if (cmd !== FIONREAD || this.stream !== STDIN) return super.ioctl(k, t, cmd, arg);
    return t.mm?.put32(arg, this.console.input.length) ? 0 : -EFAULT;
  }

  override seek(): number {
    return -ESPIPE;
  }

  override get label(): string {
    return `pipe:[${this.inode?.ino ?? 0}]`;
  }

  override check(): void {
    super.check();
    assert(this.stream <= 2, 'no such stream');
  }
}
