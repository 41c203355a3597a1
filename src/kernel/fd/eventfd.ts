/** eventfd(2): a 64-bit counter; reads take from it, writes add to it. Linux fs/eventfd.c. */
import { EAGAIN, EFAULT, EINVAL } from '../errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, u64 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { flagSet, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { AnonFile } from './file.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from './poll.ts';
import { install } from './table.ts';
import type { ByteSink, ByteSource } from './transfer.ts';

const MAX_COUNT = (1n << 64n) - 2n;
const EFD_SEMAPHORE = 1;
const EFD_KNOWN = EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK;

export class EventFd extends derived(AnonFile, 'eventfd', 1, {
  count: u64('counter, at most 2^64 - 2'),
  semaphore: bool('EFD_SEMAPHORE: a read takes one, not all'),
}) {
  override poll(): number {
    const input = this.count > 0n ? POLLIN | POLLRDNORM : 0;
    return input | (this.count < MAX_COUNT ? POLLOUT | POLLWRNORM : 0) | (this.count > MAX_COUNT ? POLLERR : 0);
  }

  override read(_k: Kernel, t: Task, to: ByteSink): Result {
    if (to.remaining < 8) return -EINVAL;
    if (this.count === 0n) return this.nonblock ? -EAGAIN : block(t, { on: [this], events: POLLIN });
    const taken = this.semaphore ? 1n : this.count;
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigUint64(0, taken, true);
    // Before any state changes: a fault commits nothing.
    if (to.put(data) < 8) return -EFAULT;
    this.count -= taken;
    this.wake(POLLOUT | POLLWRNORM);
    return 8;
  }

  override write(_k: Kernel, t: Task, from: ByteSource): Result {
    if (from.remaining < 8) return -EINVAL;
    const data = from.take(8);
    if (data === null || data.length < 8) return -EFAULT;
    const added = new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0, true);
    if (added > MAX_COUNT) return -EINVAL;
    if (this.count + added > MAX_COUNT) return this.nonblock ? -EAGAIN : block(t, { on: [this], events: POLLOUT });
    this.count += added;
    this.wake(POLLIN | POLLRDNORM);
    return 8;
  }

  override check(): void {
    super.check();
    assert(this.count <= MAX_COUNT, 'eventfd counter past its limit');
  }
}

function eventfd(t: Task, count: number, flags: number): Result {
  if ((flags & ~EFD_KNOWN) !== 0) return -EINVAL;
  const file = new EventFd({
    flags: O_RDWR | (flags & O_NONBLOCK),
    count: BigInt(count),
    semaphore: (flags & EFD_SEMAPHORE) !== 0,
  });
  return install(t, file, (flags & O_CLOEXEC) !== 0);
}

const EFD = flagSet({ EFD_SEMAPHORE, EFD_CLOEXEC: O_CLOEXEC, EFD_NONBLOCK: O_NONBLOCK });

export const eventfdCalls = [
  syscall(323, 'eventfd', { initval: u32 }, (_k, t, a) => eventfd(t, a.initval, 0)),
  syscall(328, 'eventfd2', { initval: u32, flags: EFD }, (_k, t, a) => eventfd(t, a.initval, a.flags)),
];
