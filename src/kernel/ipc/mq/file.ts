/** Open message queues: mq_overview(7), "Message queue descriptors". Linux ipc/mqueue.c. */

import { fromLatin1 } from '../../bytes.ts';
import { EFAULT } from '../../errno.ts';
import { fileKind } from '../../fd/file.ts';
import type { ByteSink } from '../../fd/transfer.ts';
import { SEEK_END, SEEK_SET } from '../../fs/flags.ts';
import { now } from '../../fs/timestamp.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import type { Waitable } from '../../task/wait.ts';
import { removeNotice } from './notice.ts';
import { Mqueue } from './queue.ts';

/** SIGEV_* by name, as read(2) shows them. */
const SIGEV: Readonly<Record<string, number>> = { signal: 0, none: 1, thread: 2 };

export class MqFile extends fileKind('mqfile', 1, {}) {
  get queue(): Mqueue {
    assert(this.inode instanceof Mqueue, 'an open message queue without a queue');
    return this.inode;
  }

  override get seekable(): boolean {
    return true;
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    return whence === SEEK_END ? this.seekFreely(this.queue.size + offset, SEEK_SET) : this.seekFreely(offset, whence);
  }

  override truncate(_k: Kernel, _t: Task, length: number): Result {
    return this.queue.resize(length);
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    return this.moved(this.readAt(k, t, to, this.pos));
  }

  /** A line about the queue. */
  override readAt(k: Kernel, t: Task, to: ByteSink, pos: number): Result {
    const { notice, bytes } = this.queue;
    const [how, signo] = [notice === null ? 0 : SIGEV[notice.how]!, notice?.how === 'signal' ? notice.signo : 0];
    const pid = notice === null ? 0 : notice.pid.in(t.pid.ns);
    const cell = (value: number, width: number): string => String(value).padEnd(width);
    const text = `QSIZE:${cell(bytes, 10)} NOTIFY:${cell(how, 5)} SIGNO:${cell(signo, 5)} NOTIFY_PID:${cell(pid, 6)}\n`;
    const rest = fromLatin1(text).subarray(pos);
    const wanted = rest.subarray(0, to.remaining);
    const copied = to.put(wanted);
    if (copied === 0 && wanted.length > 0) return -EFAULT;
    if (copied > 0) this.queue.atime = this.queue.ctime = now(k);
    return copied;
  }

  override poll(): number {
    return this.queue.ready;
  }

  override pollOn(): Waitable {
    return this.queue;
  }

  /** Closing any descriptor of the queue takes the process's notice back. */
  override flush(k: Kernel, t: Task): void {
    super.flush(k, t);
    if (this.queue.notice?.pid === t.signal.tgid) removeNotice(this.queue);
  }
}
