/** Open terminals. Linux drivers/tty/tty_io.c, n_tty.c n_tty_read and n_tty_write. */
import { EAGAIN, EFAULT, EIO, ENXIO } from '../errno.ts';
import { type File, fileKind } from '../fd/file.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import type { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import { ref } from '../kobject/fields.ts';
import { SIGTTIN, SIGTTOU } from '../signal/numbers.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block, type Waitable } from '../task/wait.ts';
import { consoleOf } from './console.ts';
import { EOF_MARK, inputReady, workIncoming } from './input.ts';
import { checkForeground } from './job.ts';
import { processOutput } from './output.ts';
import { ICANON, TOSTOP, VMIN, VTIME } from './termios.ts';
import type { Tty } from './tty.ts';
import { ttyIoctl } from './tty-ioctl.ts';

/** Bytes of a write that are processed in one go. */
const CHUNK = 4096;
/** VTIME counts tenths of a second. */
const NS_PER_VTIME = 100_000_000;

export class TtyFile extends fileKind('ttyfile', 1, {
  tty: ref<Tty>('tty', 'the terminal'),
}) {
  override read(k: Kernel, t: Task, to: ByteSink): Result {
    const { tty } = this;
    const stop = checkForeground(k, t, tty, SIGTTIN);
    if (stop !== 0) return stop;
    if (to.count === 0) return 0;
    const result = tty.hasLocal(ICANON) ? this.readLine(t, to) : this.readRaw(k, t, to);
    workIncoming(k, tty);
    return result;
  }

  /** Canonical mode: a line, or the front part of a long one. */
  private readLine(t: Task, to: ByteSink): Result {
    const { tty } = this;
    const mark = tty.marks[0];
    if (mark === undefined) return this.waitForInput(t, {});
    const ended = to.count >= mark + 1 || (to.count === mark && tty.buffer[mark] === EOF_MARK);
    const wanted = ended && tty.buffer[mark] === EOF_MARK ? mark : Math.min(to.count, mark + 1);
    const n = to.put(Uint8Array.from(tty.buffer.slice(0, wanted)));
    if (n < wanted) return -EFAULT;
    this.consume(ended ? mark + 1 : wanted);
    return wanted;
  }

  private consume(n: number): void {
    const { tty } = this;
    tty.buffer.splice(0, n);
    tty.marks = tty.marks.filter((mark) => mark >= n).map((mark) => mark - n);
  }

  /** Raw mode, with MIN and TIME as POSIX 11.1.7 has them. */
  private readRaw(k: Kernel, t: Task, to: ByteSink): Result {
    const { tty } = this;
    const before = t.wait?.progress ?? 0;
    to.skip(before);
    const wanted = Math.min(to.remaining, tty.buffer.length);
    if (to.put(Uint8Array.from(tty.buffer.slice(0, wanted))) < wanted) return before > 0 ? before : -EFAULT;
    this.consume(wanted);
    const done = before + wanted;
    const [min, time] = [tty.cc[VMIN]!, tty.cc[VTIME]!];
    if (to.remaining === 0 || done >= Math.max(min, 1)) return done;
    if (min === 0 && time === 0) return done;
    // TIME runs from the call when MIN is 0, else from each byte.
    if (time > 0 && t.wait?.timedOut && wanted === 0) return done;
    const timer = time > 0 && (min === 0 || done > 0);
    if (!timer) return this.waitForInput(t, { progress: done, deadline: null });
    const restartTimer = t.wait?.deadline == null || (min > 0 && wanted > 0);
    return this.waitForInput(
      t,
      restartTimer ? { progress: done, deadline: k.clock.now() + time * NS_PER_VTIME } : { progress: done },
    );
  }

  private waitForInput(t: Task, options: { progress?: number; deadline?: number | null }): Result {
    const done = options.progress ?? 0;
    if (this.tty.ended) return done;
    if (this.nonblock) return done > 0 ? done : -EAGAIN;
    return block(t, { on: [this.tty], events: POLLIN | POLLRDNORM, ...options });
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    const { tty } = this;
    if (tty.hasLocal(TOSTOP)) {
      const stop = checkForeground(k, t, tty, SIGTTOU);
      if (stop !== 0) return stop;
    }
    const before = t.wait?.progress ?? 0;
    from.skip(before);
    if (tty.stopped && from.remaining > 0) {
      if (this.nonblock) return before > 0 ? before : -EAGAIN;
      return block(t, { on: [tty], events: POLLOUT | POLLWRNORM, progress: before });
    }
    let done = before;
    while (from.remaining > 0) {
      const data = from.take(CHUNK);
      if (data === null) return done > 0 ? done : -EFAULT;
      this.show(k, data);
      done += data.length;
    }
    return done;
  }

  private show(k: Kernel, data: Uint8Array): void {
    const out: number[] = [];
    for (const c of data) processOutput(this.tty, c, out);
    consoleOf(k).output(k, 0, Uint8Array.from(out));
  }

  override poll(): number {
    const { tty } = this;
    const raw = tty.cc[VTIME] === 0 ? Math.max(1, tty.cc[VMIN]!) : 1;
    const input = inputReady(tty, raw) || tty.ended ? POLLIN | POLLRDNORM : 0;
    return input | (tty.stopped ? 0 : POLLOUT | POLLWRNORM);
  }

  override pollOn(): Waitable {
    return this.tty;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    return ttyIoctl(k, t, this, cmd, arg);
  }
}

/** /dev/tty: the controlling terminal, or -ENXIO. */
export function openControllingTty(_k: Kernel, t: Task, inode: Inode, path: Path, flags: number): File | number {
  const { tty } = t.signal;
  return tty === null ? -ENXIO : new TtyFile({ flags, mount: path.mount, dentry: path.dentry, inode, tty });
}

/** /dev/console: the machine's terminal; -EIO when it has none. Never becomes the controlling one by being opened. */
export function openConsole(k: Kernel, _t: Task | null, inode: Inode, path: Path, flags: number): File | number {
  const { tty } = consoleOf(k);
  return tty === null ? -EIO : new TtyFile({ flags, mount: path.mount, dentry: path.dentry, inode, tty });
}
