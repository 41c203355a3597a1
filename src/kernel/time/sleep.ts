/** Sleeping: nanosleep(2), clock_nanosleep(2), pause(2). Linux kernel/time/hrtimer.c. */
import { EFAULT, EINVAL, EOPNOTSUPP } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { signalPending } from '../signal/send.ts';
import { flagSet, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { timespec64In, timespecIn } from '../syscall/pointers.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { CLOCK, checkTimerClock, clockId, clockShift, isWallClock } from './clocks.ts';
import { readNs, type TimeWidth, writeNs } from './timespec.ts';

const TIMER_ABSTIME = 1;

interface Sleep {
  readonly clock: number;
  readonly absolute: boolean;
  /** Address of the timespec. */
  readonly request: number;
  /** Where the time left goes when a signal comes, or 0. */
  readonly remaining: number;
  readonly width: TimeWidth;
}

function sleep(kernel: Kernel, task: Task, call: Sleep): Result {
  const { wait } = task;
  if (wait === null) {
    const time = readDeadline(kernel, task, call.request, call);
    if (typeof time === 'number') return time;
    // Absolute sleeps simply start again: their end does not depend on when they began.
    block(task, { deadline: time.deadline, restart: call.absolute ? 'nohand' : 'block' });
  }
  const { deadline, timedOut } = task.wait!;
  const now = kernel.clock.now();
  if (timedOut || (deadline !== null && deadline <= now)) return 0;
  if (!call.absolute && call.remaining !== 0 && deadline !== null && signalPending(task)) {
    if (!writeNs(task, call.remaining, call.width, deadline - now)) return -EFAULT;
  }
  return block(task, { restart: call.absolute ? 'nohand' : 'block' });
}

/** Reads a timespec as a deadline: -EFAULT or -EINVAL, or the deadline (null for never). */
export function readDeadline(
  kernel: Kernel,
  task: Task,
  address: number,
  how: { readonly clock: number; readonly absolute: boolean; readonly width: TimeWidth },
): { deadline: number | null } | number {
  const zero = how.absolute && isWallClock(how.clock) ? kernel.container.bootTime : 0;
  const time = readNs(task, address, how.width, zero);
  if (typeof time === 'number') return time;
  if (time.ns === Number.POSITIVE_INFINITY) return { deadline: null };
  const deadline = how.absolute ? Math.max(0, time.ns - clockShift(task, how.clock)) : kernel.clock.now() + time.ns;
  return { deadline: Number.isSafeInteger(deadline) ? deadline : null };
}

function clockSleep(kernel: Kernel, task: Task, flags: number, call: Omit<Sleep, 'absolute'>): Result {
  if (call.clock === CLOCK.CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
  // Time of the process passes only while it runs; to sleep on it makes sense for threads of a busy process alone.
  const error = call.clock === CLOCK.CLOCK_PROCESS_CPUTIME_ID ? -EOPNOTSUPP : checkTimerClock(call.clock);
  if (error !== 0) return error;
  return sleep(kernel, task, { ...call, absolute: (flags & TIMER_ABSTIME) !== 0 });
}

const sleepFlags = flagSet({ TIMER_ABSTIME });
const clockSleepArgs = { clockid: clockId, flags: sleepFlags, request: timespecIn, remain: ptr };
const clockSleepArgs64 = { ...clockSleepArgs, request: timespec64In };

export const sleepCalls: readonly Syscall[] = [
  syscall(29, 'pause', {}, (_kernel, task) => block(task, { restart: 'nohand' })),
  syscall(162, 'nanosleep', { request: timespecIn, remain: ptr }, (kernel, task, a) =>
    sleep(kernel, task, {
      clock: CLOCK.CLOCK_MONOTONIC,
      absolute: false,
      request: a.request,
      remaining: a.remain,
      width: 32,
    }),
  ),
  syscall(267, 'clock_nanosleep', clockSleepArgs, (kernel, task, a) =>
    clockSleep(kernel, task, a.flags, { clock: a.clockid, request: a.request, remaining: a.remain, width: 32 }),
  ),
  syscall(407, 'clock_nanosleep_time64', clockSleepArgs64, (kernel, task, a) =>
    clockSleep(kernel, task, a.flags, { clock: a.clockid, request: a.request, remaining: a.remain, width: 64 }),
  ),
];
