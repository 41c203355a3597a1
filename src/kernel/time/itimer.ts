/** Interval timers: setitimer(2), getitimer(2), alarm(2). Linux kernel/time/itimer.c. */
import { EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Itimer } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { NSEC_PER_SEC, readTimeval, writeTimeval } from './timespec.ts';

const ITIMER_REAL = 0;
const ITIMER_VIRTUAL = 1;
const ITIMER_PROF = 2;
const which = choice({ ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF });
/** Bytes of struct timeval; struct itimerval is the interval, then the time left. */
const TIMEVAL_SIZE = 8;

interface Chosen {
  readonly timer: Itimer;
  /** Now, on the timer's clock. */
  readonly now: number;
}

function choose(kernel: Kernel, task: Task, kind: number): Chosen | null {
  const { signal } = task;
  if (kind === ITIMER_REAL) return { timer: signal.itimerReal, now: kernel.clock.now() };
  if (kind === ITIMER_VIRTUAL) return { timer: signal.itimerVirtual, now: signal.used.utime };
  return kind === ITIMER_PROF ? { timer: signal.itimerProf, now: signal.used.utime } : null;
}

/** ns left: at least a microsecond while armed, since 0 means disarmed. */
function left({ timer, now }: Chosen): number {
  return timer.expires === null ? 0 : Math.max(1000, timer.expires - now);
}

function write(task: Task, address: number, interval: number, value: number): boolean {
  return writeTimeval(task, address, interval) && writeTimeval(task, address + TIMEVAL_SIZE, value);
}

function getitimer(kernel: Kernel, task: Task, kind: number, to: number): Result {
  const chosen = choose(kernel, task, kind);
  if (chosen === null) return -EINVAL;
  return write(task, to, chosen.timer.interval, left(chosen)) ? 0 : -EFAULT;
}

function setitimer(kernel: Kernel, task: Task, kind: number, from: number, old: number): Result {
  const chosen = choose(kernel, task, kind);
  if (chosen === null) return -EINVAL;
  // A null pointer disarms, an old favour of Linux.
  const interval = from === 0 ? { ns: 0 } : readTimeval(task, from);
  const value = from === 0 ? { ns: 0 } : readTimeval(task, from + TIMEVAL_SIZE);
  if (typeof interval === 'number') return interval;
  if (typeof value === 'number') return value;
  const before = [chosen.timer.interval, left(chosen)] as const;
  arm(kernel, chosen, value.ns, interval.ns);
  return old === 0 || write(task, old, before[0], before[1]) ? 0 : -EFAULT;
}

function arm(kernel: Kernel, { timer, now }: Chosen, value: number, interval: number): void {
  const expires = now + value;
  timer.expires = value === 0 || !Number.isSafeInteger(expires) ? null : expires;
  timer.interval = timer.expires === null || !Number.isFinite(interval) ? 0 : interval;
  kernel.container.deadlinesChanged = true;
}

/** alarm(2): seconds left of the old one, rounded up to half a second as Linux does. */
function alarm(kernel: Kernel, task: Task, seconds: number): Result {
  const chosen = choose(kernel, task, ITIMER_REAL)!;
  const before = left(chosen);
  arm(kernel, chosen, Math.min(seconds, 0x7fff_ffff) * NSEC_PER_SEC, 0);
  if (before === 0) return 0;
  return Math.max(1, Math.floor(before / NSEC_PER_SEC) + (before % NSEC_PER_SEC >= NSEC_PER_SEC / 2 ? 1 : 0));
}

export const itimerCalls: readonly Syscall[] = [
  syscall(27, 'alarm', { seconds: u32 }, (kernel, task, a) => alarm(kernel, task, a.seconds)),
  syscall(104, 'setitimer', { which, new_value: ptr, old_value: ptr }, (kernel, task, a) =>
    setitimer(kernel, task, a.which, a.new_value, a.old_value),
  ),
  syscall(105, 'getitimer', { which, value: ptr }, (kernel, task, a) => getitimer(kernel, task, a.which, a.value)),
];
