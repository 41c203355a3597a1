/** POSIX timers: timer_create(2), timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2). Linux kernel/time/posix-timers.c. */

import { EAGAIN, EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { leave } from '../ordered.ts';
import { SIGALRM } from '../signal/numbers.ts';
import { sendSignal, threadsOf } from '../signal/send.ts';
import { SI_TIMER, siginfo } from '../signal/siginfo.ts';
import { flagSet, i32, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { type PosixTimer, RLIMIT, type Signal } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { CLOCK, checkTimerClock, clockId, clockShift, isWallClock } from './clocks.ts';
import { advance, fromPast } from './interval.ts';
import { readNs, type TimeWidth, writeNs } from './timespec.ts';

const SIGEV_SIGNAL = 0;
const SIGEV_NONE = 1;
const SIGEV_THREAD = 2;
const SIGEV_THREAD_ID = 4;
const TIMER_ABSTIME = 1;
const DELAYTIMER_MAX = 0x7fff_ffff;

/** When a timer fires next, on its clock as that was set when it was armed. */
export type Due = Pick<PosixTimer, 'clock' | 'expires' | 'armedBootTime'>;

/** Virtual ns at which the timer is due; Infinity when it is disarmed or runs on processor time. */
export function monotonicExpiry(kernel: Kernel, timer: Due): number {
  if (timer.expires === null || runsOnCpuTime(timer)) return Number.POSITIVE_INFINITY;
  // Wall-clock timers keep their time of day when the clock is set: they are stored relative to the Epoch's second.
  return isWallClock(timer.clock) ? timer.expires - wallShift(kernel, timer) : timer.expires;
}

/** Seconds by which the wall clock has been set since the timer was armed, in ns. */
function wallShift(kernel: Kernel, timer: Due): number {
  return (kernel.container.bootTime - timer.armedBootTime) * 1_000_000_000;
}

/** User time of the process at which the timer is due; Infinity for other clocks. */
export function cpuTimerExpiry(_signal: Signal, timer: PosixTimer): number {
  return timer.expires !== null && runsOnCpuTime(timer) ? timer.expires : Number.POSITIVE_INFINITY;
}

function runsOnCpuTime(timer: Due): boolean {
  return timer.clock === CLOCK.CLOCK_PROCESS_CPUTIME_ID;
}

/** The time on the timer's own axis: processor time, or virtual time. */
export function nowOf(kernel: Kernel, task: Task, timer: Due): number {
  if (runsOnCpuTime(timer)) return task.signal.used.utime;
  return kernel.clock.now() + (isWallClock(timer.clock) ? wallShift(kernel, timer) : 0);
}

/** A timer is due: its signal, or one more overrun while the last one is still pending. */
export function expireTimer(kernel: Kernel, task: Task, timer: PosixTimer): void {
  const missed = advance(timer, nowOf(kernel, task, timer));
  if (timer.notify === SIGEV_NONE) return;
  if (timer.queued) {
    timer.overrun = Math.min(DELAYTIMER_MAX, timer.overrun + missed + 1);
    return;
  }
  timer.overrun = missed;
  const info = siginfo(timer.signo, SI_TIMER, timer.id, 0, timer.value);
  const toThread = timer.notify === SIGEV_THREAD_ID;
  const target = toThread ? timer.target : task;
  if (target === null || !target.alive) return;
  sendSignal(kernel, target, info, !toThread);
  // An ignored signal is dropped at once, so nothing is pending then.
  timer.queued = (toThread ? target.pending : target.signal.pending).includes(info);
}

/** struct sigevent: value, signo, notify, then the thread. */
function readEvent(kernel: Kernel, task: Task, address: number, id: number): Partial<PosixTimer> | number {
  if (address === 0) return { notify: SIGEV_SIGNAL, signo: SIGALRM, value: id, target: null };
  const data = task.mm!.readBytes(address, 16);
  if (data === null) return -EFAULT;
  const view = new DataView(data.buffer, data.byteOffset, 16);
  const [value, signo, notify] = [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true)];
  if (![SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_SIGNAL | SIGEV_THREAD_ID].includes(notify)) return -EINVAL;
  if (notify !== SIGEV_NONE && (signo < 1 || signo > 64)) return -EINVAL;
  let target: Task | null = null;
  if (notify === SIGEV_THREAD_ID) {
    const tid = view.getInt32(12, true);
    target = threadsOf(task.signal, kernel.container.tasks).find((thread) => thread.tid === tid) ?? null;
    if (target === null) return -EINVAL;
  }
  return { notify, signo: notify === SIGEV_NONE ? 0 : signo, value, target };
}

function create(kernel: Kernel, task: Task, clock: number, event: number, to: number): Result {
  const error = clock === CLOCK.CLOCK_PROCESS_CPUTIME_ID ? 0 : checkTimerClock(clock);
  if (error !== 0) return error;
  const { signal } = task;
  if (signal.timers.length >= signal.limit(RLIMIT.RLIMIT_SIGPENDING)) return -EAGAIN;
  const id = signal.nextTimerId;
  const how = readEvent(kernel, task, event, id);
  if (typeof how === 'number') return how;
  if (!task.mm!.put32(to, id)) return -EFAULT;
  signal.nextTimerId = id + 1;
  signal.timers.push({
    id,
    clock,
    notify: how.notify ?? SIGEV_SIGNAL,
    signo: how.signo ?? SIGALRM,
    value: how.value ?? 0,
    target: how.target ?? null,
    expires: null,
    interval: 0,
    overrun: 0,
    lastOverrun: 0,
    queued: false,
    armedBootTime: kernel.container.bootTime,
  });
  return 0;
}

function find(task: Task, id: number): PosixTimer | null {
  return task.signal.timers.find((timer) => timer.id === id) ?? null;
}

/** Stores a struct itimerspec: interval, time left. */
function writeLeft(kernel: Kernel, task: Task, timer: PosixTimer, to: number, width: TimeWidth): boolean {
  const left = timer.expires === null ? 0 : Math.max(1, timer.expires - nowOf(kernel, task, timer));
  return writeNs(task, to, width, timer.interval) && writeNs(task, to + width / 4, width, left);
}

interface SetTime {
  readonly id: number;
  readonly flags: number;
  readonly value: number;
  readonly old: number;
  readonly width: TimeWidth;
}

function settime(kernel: Kernel, task: Task, call: SetTime): Result {
  const timer = find(task, call.id);
  if (timer === null) return -EINVAL;
  const { bootTime } = kernel.container;
  const absolute = (call.flags & TIMER_ABSTIME) !== 0;
  const interval = readNs(task, call.value, call.width);
  if (typeof interval === 'number') return interval;
  const at = call.value + call.width / 4;
  const length = readNs(task, at, call.width);
  if (typeof length === 'number') return length;
  const first = readNs(task, at, call.width, absolute && isWallClock(timer.clock) ? bootTime : 0);
  if (typeof first === 'number') return first;
  if (call.old !== 0 && !writeLeft(kernel, task, timer, call.old, call.width)) return -EFAULT;
  if (timer.queued) discardOwn(kernel, task, timer);
  timer.armedBootTime = bootTime;
  timer.interval = Number.isFinite(interval.ns) ? interval.ns : 0;
  const { expires } = fromPast(
    absolute ? first.ns - clockShift(task, timer.clock) : nowOf(kernel, task, timer) + first.ns,
    timer.interval,
  );
  timer.expires = length.ns === 0 || !Number.isSafeInteger(expires) ? null : expires;
  timer.overrun = 0;
  kernel.container.deadlinesChanged = true;
  return 0;
}

/** A timer that is set anew or deleted takes its pending signal back. */
function discardOwn(_kernel: Kernel, task: Task, timer: PosixTimer): void {
  timer.queued = false;
  for (const queue of [task.signal.pending, timer.target?.pending ?? []]) {
    const at = queue.findIndex((info) => info.code === SI_TIMER && info.fields[0] === timer.id);
    if (at >= 0) queue.splice(at, 1);
  }
}

function remove(kernel: Kernel, task: Task, id: number): Result {
  const timer = find(task, id);
  if (timer === null) return -EINVAL;
  discardOwn(kernel, task, timer);
  leave(task.signal.timers, timer);
  kernel.container.deadlinesChanged = true;
  return 0;
}

const setArgs = { timerid: i32, flags: flagSet({ TIMER_ABSTIME }), new_value: ptr, old_value: ptr };

function setRow(nr: number, name: string, width: TimeWidth): Syscall {
  return syscall(nr, name, setArgs, (kernel, task, a) =>
    settime(kernel, task, { id: a.timerid, flags: a.flags, value: a.new_value, old: a.old_value, width }),
  );
}

function getRow(nr: number, name: string, width: TimeWidth): Syscall {
  return syscall(nr, name, { timerid: i32, value: ptr }, (kernel, task, a) => {
    const timer = find(task, a.timerid);
    if (timer === null) return -EINVAL;
    return writeLeft(kernel, task, timer, a.value, width) ? 0 : -EFAULT;
  });
}

export const posixTimerCalls: readonly Syscall[] = [
  syscall(259, 'timer_create', { clockid: clockId, sevp: ptr, timerid: ptr }, (kernel, task, a) =>
    create(kernel, task, a.clockid, a.sevp, a.timerid),
  ),
  setRow(260, 'timer_settime', 32),
  getRow(261, 'timer_gettime', 32),
  syscall(262, 'timer_getoverrun', { timerid: i32 }, (_kernel, task, a) => {
    const timer = find(task, a.timerid);
    return timer === null ? -EINVAL : timer.lastOverrun;
  }),
  syscall(263, 'timer_delete', { timerid: i32 }, (kernel, task, a) => remove(kernel, task, a.timerid)),
  getRow(408, 'timer_gettime64', 64),
  setRow(409, 'timer_settime64', 64),
];
