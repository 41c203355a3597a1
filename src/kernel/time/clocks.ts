/** Clocks: clock_gettime(2), gettimeofday(2), time(2). All follow from the instruction count; none can be set apart from the wall clock. */

import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { timespec64In, timespec64Out, timespecIn, timespecOut, timevalOut } from '../syscall/pointers.ts';
import { CAP } from '../task/cred.ts';
import { taskByNumber } from '../task/find.ts';
import type { Task } from '../task/task.ts';
import { NSEC_PER_SEC, readTimespec, readTimeval, type TimeWidth, writeNs, writeTimespec } from './timespec.ts';

export const CLOCK = {
  CLOCK_REALTIME: 0,
  CLOCK_MONOTONIC: 1,
  CLOCK_PROCESS_CPUTIME_ID: 2,
  CLOCK_THREAD_CPUTIME_ID: 3,
  CLOCK_MONOTONIC_RAW: 4,
  CLOCK_REALTIME_COARSE: 5,
  CLOCK_MONOTONIC_COARSE: 6,
  CLOCK_BOOTTIME: 7,
  CLOCK_TAI: 11,
} as const;
/** Clocks that can be slept and timed on. */
const TIMER_CLOCKS: readonly number[] = [0, 1, 7, 11];
export const clockId = choice(CLOCK);
/** Resolution of the _COARSE clocks: a jiffy at HZ 250. */
const COARSE_RESOLUTION = 4_000_000;

const WALL_CLOCKS: readonly number[] = [CLOCK.CLOCK_REALTIME, CLOCK.CLOCK_REALTIME_COARSE, CLOCK.CLOCK_TAI];
const MONOTONIC_CLOCKS: readonly number[] = [
  CLOCK.CLOCK_MONOTONIC,
  CLOCK.CLOCK_MONOTONIC_RAW,
  CLOCK.CLOCK_MONOTONIC_COARSE,
  CLOCK.CLOCK_BOOTTIME,
];

/** Whether the clock is the wall clock, whose zero is the Epoch. */
export function isWallClock(clock: number): boolean {
  return WALL_CLOCKS.includes(clock);
}

export function isMonotonicClock(clock: number): boolean {
  return MONOTONIC_CLOCKS.includes(clock);
}

/** 0 when a sleep or timer may run on the clock; -EOPNOTSUPP for clocks that can only be read, -EINVAL for none. */
export function checkTimerClock(clock: number): Result {
  if (TIMER_CLOCKS.includes(clock)) return 0;
  return isWallClock(clock) || isMonotonicClock(clock) ? -EOPNOTSUPP : -EINVAL;
}

/** Whose processor time a clock id names: Linux encodes ~pid << 3 | kind for those of others. Null when it is no such clock. */
export function cpuClock(kernel: Kernel, task: Task, clock: number): { readonly used: () => number } | null {
  if (clock === CLOCK.CLOCK_PROCESS_CPUTIME_ID) return { used: () => task.signal.used.utime };
  if (clock === CLOCK.CLOCK_THREAD_CPUTIME_ID) return { used: () => task.used.utime };
  if ((clock | 0) >= 0) return null;
  const pid = ~(clock >> 3);
  const thread = (clock & 4) !== 0;
  const target = pid === 0 ? task : taskByNumber(kernel, task, pid);
  if (target === null || (clock & 3) === 3) return null;
  return { used: () => (thread ? target.used.utime : target.signal.used.utime) };
}

const BOOT_CLOCK = CLOCK.CLOCK_BOOTTIME;

/** Ns that the task's time namespace adds to a clock, time_namespaces(7). */
export function clockShift(task: Task, clock: number): number {
  if (!isMonotonicClock(clock)) return 0;
  const { sec, nsec } = task.nsproxy.time[clock === BOOT_CLOCK ? 'boottime' : 'monotonic'];
  return sec * NSEC_PER_SEC + nsec;
}

/** The clock's time: seconds and ns, or null when there is no such clock. */
function read(kernel: Kernel, task: Task, clock: number): { sec: number; nsec: number } | null {
  const now = kernel.clock.now() + clockShift(task, clock);
  const offset = isWallClock(clock) ? kernel.container.bootTime : isMonotonicClock(clock) ? 0 : null;
  if (offset !== null) return { sec: offset + Math.floor(now / NSEC_PER_SEC), nsec: now % NSEC_PER_SEC };
  const cpu = cpuClock(kernel, task, clock);
  if (cpu === null) return null;
  const used = cpu.used();
  return { sec: Math.floor(used / NSEC_PER_SEC), nsec: used % NSEC_PER_SEC };
}

function getTime(kernel: Kernel, task: Task, clock: number, to: number, width: TimeWidth): Result {
  const time = read(kernel, task, clock);
  if (time === null) return -EINVAL;
  return writeTimespec(task, to, width, time.sec, time.nsec) ? 0 : -EFAULT;
}

function getResolution(kernel: Kernel, task: Task, clock: number, to: number, width: TimeWidth): Result {
  if (read(kernel, task, clock) === null) return -EINVAL;
  const coarse = clock === CLOCK.CLOCK_REALTIME_COARSE || clock === CLOCK.CLOCK_MONOTONIC_COARSE;
  return to === 0 || writeNs(task, to, width, coarse ? COARSE_RESOLUTION : 1) ? 0 : -EFAULT;
}

/** Sets the wall clock to the nearest second that keeps virtual time exact. */
function setWallClock(kernel: Kernel, task: Task, sec: number): Result {
  if (!task.cred.capable(CAP.SYS_TIME)) return -EPERM;
  const bootTime = sec - Math.floor(kernel.clock.now() / NSEC_PER_SEC);
  if (bootTime < 0 || !Number.isSafeInteger(bootTime)) return -EINVAL;
  kernel.container.bootTime = bootTime;
  kernel.container.deadlinesChanged = true;
  for (const alarm of kernel.container.alarms) alarm.clockWasSet();
  return 0;
}

function setTime(kernel: Kernel, task: Task, clock: number, from: number, width: TimeWidth): Result {
  if (clock !== CLOCK.CLOCK_REALTIME) return -EINVAL;
  const time = readTimespec(task, from, width);
  if (typeof time === 'number') return time;
  if (time.nsec < 0 || time.nsec >= NSEC_PER_SEC) return -EINVAL;
  return setWallClock(kernel, task, time.sec);
}

/** gettimeofday(2); the time zone is always 0. */
function gettimeofday(kernel: Kernel, task: Task, tv: number, tz: number): Result {
  const now = kernel.clock.now();
  const sec = kernel.container.bootTime + Math.floor(now / NSEC_PER_SEC);
  const usec = Math.floor((now % NSEC_PER_SEC) / 1000);
  if (tv !== 0 && !writeTimespec(task, tv, 32, sec, usec)) return -EFAULT;
  return tz === 0 || task.mm!.zero(tz, 8) ? 0 : -EFAULT;
}

function settimeofday(kernel: Kernel, task: Task, tv: number): Result {
  if (tv === 0) return 0;
  const time = readTimeval(task, tv);
  return typeof time === 'number' ? time : setWallClock(kernel, task, Math.floor(time.ns / NSEC_PER_SEC));
}

function time(kernel: Kernel, task: Task, to: number): Result {
  const seconds = kernel.container.bootTime + Math.floor(kernel.clock.now() / NSEC_PER_SEC);
  return to === 0 || task.mm!.put32(to, seconds) ? seconds : -EFAULT;
}

const setArgs = { clockid: clockId, tp: timespecIn };
const getArgs = { clockid: clockId, tp: timespecOut };
const setArgs64 = { clockid: clockId, tp: timespec64In };
const getArgs64 = { clockid: clockId, tp: timespec64Out };

export const clockCalls: readonly Syscall[] = [
  syscall(13, 'time', { tloc: ptr }, (kernel, task, a) => time(kernel, task, a.tloc)),
  syscall(25, 'stime', { t: ptr }, (kernel, task, a) => {
    const seconds = task.mm!.get32(a.t);
    return seconds === null ? -EFAULT : setWallClock(kernel, task, seconds | 0);
  }),
  syscall(78, 'gettimeofday', { tv: timevalOut, tz: ptr }, (kernel, task, a) => gettimeofday(kernel, task, a.tv, a.tz)),
  syscall(79, 'settimeofday', { tv: ptr, tz: ptr }, (kernel, task, a) => settimeofday(kernel, task, a.tv)),
  syscall(264, 'clock_settime', setArgs, (kernel, task, a) => setTime(kernel, task, a.clockid, a.tp, 32)),
  syscall(265, 'clock_gettime', getArgs, (kernel, task, a) => getTime(kernel, task, a.clockid, a.tp, 32)),
  syscall(266, 'clock_getres', getArgs, (kernel, task, a) => getResolution(kernel, task, a.clockid, a.tp, 32)),
  syscall(403, 'clock_gettime64', getArgs64, (kernel, task, a) => getTime(kernel, task, a.clockid, a.tp, 64)),
  syscall(404, 'clock_settime64', setArgs64, (kernel, task, a) => setTime(kernel, task, a.clockid, a.tp, 64)),
  syscall(406, 'clock_getres_time64', getArgs64, (kernel, task, a) => getResolution(kernel, task, a.clockid, a.tp, 64)),
];
