/** futex_waitv(2): sleeping on several words at once. Linux kernel/futex/syscalls.c, waitwake.c. */
import { EAGAIN, EFAULT, EINVAL, ETIMEDOUT } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { hex32, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { timespec64In } from '../syscall/pointers.ts';
import { CLOCK, clockId } from '../time/clocks.ts';
import { readDeadline } from '../time/sleep.ts';
import { FUTEX_PRIVATE_FLAG } from './futex.ts';
import { type Key, KIND, keyOf, Sleeper, sleepOn } from './futex-queue.ts';
import type { Task } from './task.ts';
import { block } from './wait.ts';

/** sizeof(struct futex_waitv): value and address in 64 bits each, flags, padding. */
const WAITV_SIZE = 24;
const MAX_WORDS = 128;
/** The size of a word, which must be said. */
const FUTEX_32 = 2;

interface Word {
  readonly value: number;
  readonly address: number;
  readonly isPrivate: boolean;
}

interface WaitvCall {
  readonly waiters: number;
  readonly count: number;
  readonly flags: number;
  readonly timeout: number;
  readonly clock: number;
}

/** The place of the word that was woken. */
function waitv(kernel: Kernel, task: Task, call: WaitvCall): Result {
  const slept = Sleeper.of(task);
  if (slept !== null && slept.result !== null) return slept.result;
  if (task.wait?.timedOut) return -ETIMEDOUT;
  if (slept !== null) return block(task, {});
  if (call.flags !== 0 || call.count === 0 || call.count > MAX_WORDS || call.waiters === 0) return -EINVAL;
  const deadline = deadlineOf(kernel, task, call);
  if (typeof deadline === 'number') return deadline;
  const words = readWords(task, call);
  if (typeof words === 'number') return words;
  const keys: Key[] = [];
  for (const { address, isPrivate } of words) {
    const key = keyOf(task, address, isPrivate);
    if (typeof key === 'number') return key;
    keys.push(key);
  }
  for (const { address, value } of words) {
    const word = task.mm!.get32(address);
    if (word === null) return -EFAULT;
    if (word !== value) return -EAGAIN;
  }
  return sleepOn(task, keys, { kind: KIND.waitv, restart: 'sys', ...deadline });
}

function deadlineOf(kernel: Kernel, task: Task, call: WaitvCall): { deadline: number | null } | Result {
  if (call.timeout === 0) return { deadline: null };
  const { clock } = call;
  if (clock !== CLOCK.CLOCK_REALTIME && clock !== CLOCK.CLOCK_MONOTONIC) return -EINVAL;
  return readDeadline(kernel, task, call.timeout, { clock, absolute: true, width: 64 });
}

function readWords(task: Task, { waiters, count }: WaitvCall): Word[] | Result {
  const words: Word[] = [];
  for (let i = 0; i < count; i++) {
    const view = copyIn(task, waiters + i * WAITV_SIZE, WAITV_SIZE);
    if (view === null) return -EFAULT;
    const flags = view.getUint32(16, true);
    if ((flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG)) !== 0 || view.getUint32(20, true) !== 0) return -EINVAL;
    if ((flags & FUTEX_32) === 0) return -EINVAL;
    words.push({
      value: view.getUint32(0, true),
      address: view.getUint32(8, true),
      isPrivate: (flags & FUTEX_PRIVATE_FLAG) !== 0,
    });
  }
  return words;
}

export const waitvCall = syscall(
  449,
  'futex_waitv',
  { waiters: ptr, nr_futexes: u32, flags: hex32, timeout: timespec64In, clockid: clockId },
  (k, t, a) =>
    waitv(k, t, { waiters: a.waiters, count: a.nr_futexes, flags: a.flags, timeout: a.timeout, clock: a.clockid }),
);
