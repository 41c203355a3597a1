/** Open terminals. Linux drivers/tty/tty_io.c, n_tty.c n_tty_read and n_tty_write. */

import { EAGAIN, EFAULT, EIO } from '../errno.ts';
import { changeOwner } from '../fd/async.ts';
import { fileKind } from '../fd/file.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, ref } from '../kobject/fields.ts';
import { leave } from '../ordered.ts';
import { SIGTTIN, SIGTTOU } from '../signal/numbers.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block, type Waitable } from '../task/wait.ts';
import { wakeWriters } from './flow.ts';
import { HUNG_UP_EVENTS, hungUpIoctl } from './hangup.ts';
import { EOF_MARK, inputReady, workIncoming } from './input.ts';
import { checkForeground } from './job.ts';
import { flushEchoes, outputCost, processOutput } from './output.ts';
import { TIOCPKT_DATA } from './packet.ts';
import { closedTerminal } from './pty-close.ts';
import { ICANON, OPOST, TOSTOP, VEOF, VMIN, VTIME } from './termios.ts';
import { roomOf, transmit } from './transmit.ts';
import type { Tty } from './tty.ts';
import { ttyIoctl } from './tty-ioctl.ts';

/** Bytes of a write that are processed in one go (Linux do_tty_write). */
const CHUNK = 2048;
/** VTIME counts tenths of a second. */
const NS_PER_VTIME = 100_000_000;
/** A read goes through a buffer of this size; more is taken only when there is more by then (Linux iterate_tty_read). */
const READ_CHUNK = 64;
/** A reader of a pseudo-terminal that has left no more than this lets the writer go on (Linux TTY_THRESHOLD_UNTHROTTLE). */
const UNTHROTTLE = 128;
const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

export class TtyFile extends fileKind('ttyfile', 1, {
  tty: ref<Tty>('tty', 'the terminal'),
  hungUp: bool('the terminal was hung up under it', { initial: false }),
}) {
  /** Enters a new file at its terminal. */
  enter(): this {
    this.tty.files.push(this);
    return this;
  }

  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    this.enter();
  }

  override asyncOn(): Waitable {
    return this.tty;
  }

  /** Without F_SETOWN the foreground group is the owner, or else the caller. */
  override asyncStarted(t: Task): void {
    const { pgrp } = this.tty;
    if (this.owner.pid === null) changeOwner(t, this, pgrp ?? t.signal.tgid, pgrp === null ? 'process' : 'group');
  }

  override released(): void {
    super.released();
    const { files } = this.tty;
    leave<TtyFile>(files, this);
    if (this.inode !== null) closedTerminal(this.inode.k, this.tty);
  }

  /** Linux hung_up_tty_fops. */
  hangUp(): void {
    this.hungUp = true;
    if (this.asyncFd >= 0) this.leaveAsync();
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    const { tty } = this;
    const waited = t.wait !== null && t.wait.events !== 0;
    // Who sleeps when the master goes is told so; later reads find the end of the file.
    if (this.hungUp && !waited) return 0;
    if (tty.ioError && !waited) return -EIO;
    const stop = waited ? 0 : checkForeground(k, t, tty, SIGTTIN);
    if (stop !== 0) return stop;
    if (to.count === 0) return 0;
    const before = tty.buffer.length;
    const result = this.readNow(k, t, to);
    if (tty.buffer.length < before) this.hasRead(k);
    return result;
  }

  private readNow(k: Kernel, t: Task, to: ByteSink): Result {
    const { tty } = this;
    if (tty.packet && tty.link !== null && tty.link.packetStatus !== 0 && (t.wait?.progress ?? 0) === 0) {
      return this.readPacketStatus(tty.link, to);
    }
    return tty.canonical ? this.readLine(t, to) : this.readRaw(k, t, to);
  }

  private readPacketStatus(slave: Tty, to: ByteSink): Result {
    const status = slave.packetStatus;
    slave.packetStatus = 0;
    return to.put(Uint8Array.of(status)) === 1 ? 1 : -EFAULT;
  }

  /** There is room again (Linux n_tty_check_unthrottle). */
  private hasRead(k: Kernel): void {
    const { tty } = this;
    const left = tty.canonical ? tty.edited : tty.buffer.length;
    workIncoming(k, tty);
    if (left <= UNTHROTTLE && tty.other !== null) wakeWriters(k, tty.other);
  }

  /** Canonical mode: a line, or the front part of a long one. */
  private readLine(t: Task, to: ByteSink): Result {
    const { tty } = this;
    const mark = tty.marks[0];
    if (mark === undefined) return this.waitForInput(t, {});
    const ended = to.count >= mark + 1 || (to.count === mark && tty.buffer[mark] === EOF_MARK);
    const wanted = ended && tty.buffer[mark] === EOF_MARK ? mark : Math.min(to.count, mark + 1);
    const n = to.put(Uint8Array.from(tty.buffer.slice(0, wanted)));
    this.consume(ended ? mark + 1 : wanted);
    return n < wanted ? -EFAULT : wanted;
  }

  private consume(n: number): void {
    const { tty } = this;
    tty.buffer.splice(0, n);
    tty.marks = tty.marks.filter((mark) => mark >= n).map((mark) => mark - n);
  }

  /** Raw mode, with MIN and TIME as POSIX 11.1.7 has them; in packet mode a byte that says "data" goes first. */
  private readRaw(k: Kernel, t: Task, to: ByteSink): Result {
    const { tty } = this;
    const lines = tty.hasLocal(ICANON);
    // With EXTPROC lines are the other side's: VMIN and VTIME mean nothing, and VEOF alone is the end of file.
    const [min, time] = lines ? [0, 0] : [tty.cc[VMIN]!, tty.cc[VTIME]!];
    if (lines && tty.buffer.length === 1 && tty.buffer[0] === tty.cc[VEOF]) {
      this.consume(1);
      return 0;
    }
    const before = t.wait?.progress ?? 0;
    to.skip(before);
    const limit = min > READ_CHUNK ? Math.min(to.count, READ_CHUNK) - before : to.remaining;
    const taken = this.takeRaw(to, limit, before === 0);
    if (taken < 0) return taken;
    const done = before + taken;
    if (taken === limit || (done > 0 && done >= Math.min(Math.max(min, 1), to.count))) return done;
    if (min === 0 && time === 0 && !lines) return this.endOfInput(done) ?? done;
    // TIME runs from the call when MIN is 0, else from each byte.
    if (time > 0 && t.wait?.timedOut && taken === 0) return done;
    const timer = time > 0 && (min === 0 || done > 0);
    if (!timer) return this.waitForInput(t, { progress: done, deadline: null });
    const restartTimer = t.wait?.deadline == null || (min > 0 && taken > 0);
    return this.waitForInput(
      t,
      restartTimer ? { progress: done, deadline: k.clock.now() + time * NS_PER_VTIME } : { progress: done },
    );
  }

  /** Moves what there is, up to `limit` bytes in all; the count, or -EFAULT, and then it is lost. */
  private takeRaw(to: ByteSink, limit: number, first: boolean): Result {
    const { tty } = this;
    const packet = tty.packet && first && tty.buffer.length > 0;
    const wanted = Math.min(packet ? limit - 1 : limit, tty.buffer.length);
    const data = tty.buffer.slice(0, wanted);
    this.consume(wanted);
    const all = packet ? [TIOCPKT_DATA, ...data] : data;
    return to.put(Uint8Array.from(all)) < all.length ? -EFAULT : all.length;
  }

  /** What a read of an empty buffer gives when nothing can come any more; null while something may. */
  private endOfInput(done: number): Result | null {
    const { tty } = this;
    if (tty.otherClosed) return done > 0 ? done : -EIO;
    return this.hungUp || tty.ended ? done : null;
  }

  private waitForInput(t: Task, options: { progress?: number; deadline?: number | null }): Result {
    const done = options.progress ?? 0;
    const end = this.endOfInput(done);
    if (end !== null) return end;
    if (this.nonblock) return done > 0 ? done : -EAGAIN;
    return block(t, { on: [this.tty], events: READABLE | POLLPRI | POLLHUP, ...options });
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    const { tty } = this;
    const before = t.wait?.progress ?? 0;
    if (this.hungUp || tty.ioError) return before > 0 ? before : -EIO;
    if (tty.hasLocal(TOSTOP) && (t.wait === null || t.wait.events === 0)) {
      const stop = checkForeground(k, t, tty, SIGTTOU);
      if (stop !== 0) return stop;
    }
    from.skip(before);
    flushEchoes(k, tty);
    return this.writeRest(k, t, from, before);
  }

  private writeRest(k: Kernel, t: Task, from: ByteSource, before: number): Result {
    let done = before;
    while (from.remaining > 0) {
      const wanted = Math.min(CHUNK, from.remaining);
      const data = from.take(wanted);
      if (data === null || data.length < wanted) return done > 0 ? done : -EFAULT;
      for (let at = 0; at < wanted; ) {
        const shown = this.show(k, data.subarray(at));
        if (shown === 0) return this.waitForRoom(t, done);
        at += shown;
        done += shown;
      }
    }
    return done;
  }

  private waitForRoom(t: Task, done: number): Result {
    if (this.tty.asyncFiles.length > 0) this.tty.tellsOfRoom = true;
    if (this.nonblock) return done > 0 ? done : -EAGAIN;
    return block(t, { on: [this.tty], events: WRITABLE, progress: done });
  }

  /** Sends bytes until there is no room; how many. */
  private show(k: Kernel, data: Uint8Array): number {
    const { tty } = this;
    const room = roomOf(tty);
    if ((tty.oflag & OPOST) === 0) {
      const sent = data.subarray(0, room);
      transmit(k, tty, sent);
      return sent.length;
    }
    const out: number[] = [];
    let shown = 0;
    while (shown < data.length && out.length + outputCost(tty, data[shown]!) <= room) {
      processOutput(tty, data[shown++]!, out);
    }
    transmit(k, tty, Uint8Array.from(out));
    return shown;
  }

  override poll(): number {
    const { tty } = this;
    if (this.hungUp) return HUNG_UP_EVENTS;
    const raw = tty.cc[VTIME] === 0 ? Math.max(1, tty.cc[VMIN]!) : 1;
    let mask = inputReady(tty, raw) || tty.ended ? READABLE : 0;
    if (tty.packet && tty.link?.packetStatus) mask |= READABLE | POLLPRI;
    if (tty.otherClosed) mask |= POLLHUP;
    return roomOf(tty) > 0 ? mask | WRITABLE : mask;
  }

  override pollOn(): Waitable {
    return this.tty;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    return this.hungUp ? hungUpIoctl(cmd) : ttyIoctl(k, t, this, cmd, arg);
  }

  override check(): void {
    super.check();
    assert(this.inode !== null, 'an open terminal without an inode');
  }
}
