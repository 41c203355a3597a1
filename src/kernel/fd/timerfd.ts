/** timerfd_create(2): a timer whose expirations are read. Linux fs/timerfd.c. */

import type { Alarm, Container } from '../container.ts';
import { EAGAIN, EBADF, ECANCELED, EFAULT, EINVAL, EPERM } from '../errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, count, i32, integer53, optional, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { enter, leave } from '../ordered.ts';
import { choice, fd, flagSet, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { CLOCK, clockShift, isWallClock } from '../time/clocks.ts';
import { fromPast } from '../time/interval.ts';
import { monotonicExpiry, nowOf } from '../time/posix-timer.ts';
import { readNs, type TimeWidth, writeNs } from '../time/timespec.ts';
import { AnonFile } from './file.ts';
import { POLLIN } from './poll.ts';
import { install } from './table.ts';
import type { ByteSink } from './transfer.ts';
import { openOf } from './user.ts';

const CLOCKS = {
  CLOCK_REALTIME: CLOCK.CLOCK_REALTIME,
  CLOCK_MONOTONIC: CLOCK.CLOCK_MONOTONIC,
  CLOCK_BOOTTIME: CLOCK.CLOCK_BOOTTIME,
  CLOCK_REALTIME_ALARM: 8,
  CLOCK_BOOTTIME_ALARM: 9,
} as const;
/** The clocks that would wake a sleeping machine, and those that they are here. */
const ALARM_CLOCKS = new Map<number, number>([
  [CLOCKS.CLOCK_REALTIME_ALARM, CLOCK.CLOCK_REALTIME],
  [CLOCKS.CLOCK_BOOTTIME_ALARM, CLOCK.CLOCK_BOOTTIME],
]);
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;

export class TimerFd
  extends derived(AnonFile, 'timerfd', 1, {
    root: weak<Container>('container', 'whose clocks it runs on'),
    seq: count('order among timers, from Container.waitSeq'),
    clock: i32('CLOCK_* it runs on'),
    expires: optional(
      integer53('ns on `clock` at which it fires next, relative to power-on on the clock as it was set then'),
    ),
    interval: count('ns between later expirations; 0 for one shot', { initial: 0 }),
    armedBootTime: count('Container.bootTime when it was armed', { initial: 0 }),
    expired: bool('it has fired; a periodic one goes on when that has been read', { initial: false }),
    ticks: count('expirations that nobody has read', { initial: 0 }),
    cancels: bool('TFD_TIMER_CANCEL_ON_SET: reads fail once after the wall clock was set', { initial: false }),
    canceled: bool('the wall clock was set since the last read', { initial: false }),
  })
  implements Alarm
{
  due(kernel: Kernel): number {
    return this.expired ? Number.POSITIVE_INFINITY : monotonicExpiry(kernel, this);
  }

  ring(): void {
    this.expired = true;
    this.count(1);
    this.wake(POLLIN);
  }

  clockWasSet(): void {
    if (!this.cancels || this.canceled) return;
    this.canceled = true;
    this.count(1);
    this.wake(POLLIN);
  }

  /** Beyond 2^53 expirations are no longer told apart. */
  private count(expirations: number): void {
    this.ticks = Math.min(Number.MAX_SAFE_INTEGER, this.ticks + expirations);
  }

  /** A periodic timer that has fired goes on with the next period to come. */
  private goOn(k: Kernel, t: Task): void {
    if (!this.expired || this.interval === 0 || this.expires === null) return;
    const periods = Math.max(1, Math.floor((nowOf(k, t, this) - this.expires) / this.interval) + 1);
    this.count(periods - 1);
    this.expires += periods * this.interval;
    this.expired = false;
    k.container.deadlinesChanged = true;
  }

  /** Stores a struct itimerspec: interval, time left. */
  tell(k: Kernel, t: Task, to: number, width: TimeWidth): Result {
    this.goOn(k, t);
    const armed = this.expires !== null && !this.expired;
    const left = armed ? Math.max(1, this.expires! - nowOf(k, t, this)) : 0;
    return writeNs(t, to, width, this.interval) && writeNs(t, to + width / 4, width, left) ? 0 : -EFAULT;
  }

  /** `expires` is null to disarm it; `missed` expirations lie before power-on. */
  arm(k: Kernel, expires: number | null, interval: number, missed: number, cancels: boolean): Result {
    this.expires = expires;
    this.interval = interval;
    this.armedBootTime = k.container.bootTime;
    this.expired = false;
    this.ticks = expires === null ? 0 : missed;
    this.cancels = cancels;
    k.container.deadlinesChanged = true;
    if (!this.canceled || expires === null) return 0;
    this.canceled = false;
    return cancels ? -ECANCELED : 0;
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    if (to.remaining < 8) return -EINVAL;
    if (this.ticks === 0) return this.nonblock ? -EAGAIN : block(t, { on: [this], events: POLLIN });
    if (this.canceled) {
      this.canceled = false;
      this.ticks = 0;
      // One that has fired is not armed again.
      if (this.expired) this.expires = null;
      this.expired = false;
      return -ECANCELED;
    }
    this.goOn(k, t);
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigUint64(0, BigInt(this.ticks), true);
    this.ticks = 0;
    return to.put(data) < 8 ? -EFAULT : 8;
  }

  override poll(): number {
    return this.ticks > 0 ? POLLIN : 0;
  }

  override afterLoad(kernel: Kernel): void {
    enter(kernel.container.alarms, this);
  }

  override released(): void {
    super.released();
    leave<Alarm>(this.root!.alarms, this);
    this.root!.deadlinesChanged = true;
  }

  override check(): void {
    super.check();
    assert(this.root?.alarms.includes(this) === true, 'a timerfd that its container does not know');
  }
}

function create(k: Kernel, t: Task, clock: number, flags: number): Result {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0 || !Object.values<number>(CLOCKS).includes(clock)) return -EINVAL;
  if (ALARM_CLOCKS.has(clock) && !t.cred.capable(CAP.WAKE_ALARM)) return -EPERM;
  const { container } = k;
  const file = new TimerFd({
    flags: O_RDWR | (flags & O_NONBLOCK),
    root: container,
    seq: container.waitSeq++,
    clock: ALARM_CLOCKS.get(clock) ?? clock,
  });
  enter(container.alarms, file);
  return install(t, file, (flags & O_CLOEXEC) !== 0);
}

function timerOf(t: Task, descriptor: number): TimerFd | Result {
  const file = openOf(t, descriptor);
  if (file === null) return -EBADF;
  return file instanceof TimerFd ? file : -EINVAL;
}

interface SetTime {
  readonly fd: number;
  readonly flags: number;
  readonly value: number;
  readonly old: number;
  readonly width: TimeWidth;
}

function settime(k: Kernel, t: Task, call: SetTime): Result {
  const { bootTime } = k.container;
  const at = call.value + call.width / 4;
  const interval = readNs(t, call.value, call.width);
  const length = readNs(t, at, call.width);
  if (interval === -EFAULT || length === -EFAULT) return -EFAULT;
  if ((call.flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) return -EINVAL;
  if (typeof interval === 'number' || typeof length === 'number') return -EINVAL;
  const file = timerOf(t, call.fd);
  if (typeof file === 'number') return file;
  const absolute = (call.flags & TFD_TIMER_ABSTIME) !== 0;
  const first = readNs(t, at, call.width, absolute && isWallClock(file.clock) ? bootTime : 0);
  if (typeof first === 'number') return first;
  if (call.old !== 0 && file.tell(k, t, call.old, call.width) < 0) return -EFAULT;
  const every = Number.isFinite(interval.ns) ? interval.ns : 0;
  // Armed now, on the clock as it is set now.
  const { expires, missed } = fromPast(first.ns + (absolute ? -clockShift(t, file.clock) : k.clock.now()), every);
  const armed = length.ns === 0 || !Number.isSafeInteger(expires) ? null : expires;
  const cancels = absolute && isWallClock(file.clock) && (call.flags & TFD_TIMER_CANCEL_ON_SET) !== 0;
  return file.arm(k, armed, every, missed, cancels);
}

function gettime(k: Kernel, t: Task, descriptor: number, to: number, width: TimeWidth): Result {
  const file = timerOf(t, descriptor);
  return typeof file === 'number' ? file : file.tell(k, t, to, width);
}

const SET = flagSet({ TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET });
const setArgs = { fd, flags: SET, new_value: ptr, old_value: ptr };

function setRow(nr: number, name: string, width: TimeWidth): Syscall {
  return syscall(nr, name, setArgs, (k, t, a) =>
    settime(k, t, { fd: a.fd, flags: a.flags, value: a.new_value, old: a.old_value, width }),
  );
}

function getRow(nr: number, name: string, width: TimeWidth): Syscall {
  return syscall(nr, name, { fd, value: ptr }, (k, t, a) => gettime(k, t, a.fd, a.value, width));
}

export const timerfdCalls = [
  syscall(
    322,
    'timerfd_create',
    { clockid: choice(CLOCKS), flags: flagSet({ TFD_CLOEXEC: O_CLOEXEC, TFD_NONBLOCK: O_NONBLOCK }) },
    (k, t, a) => create(k, t, a.clockid, a.flags),
  ),
  setRow(325, 'timerfd_settime', 32),
  getRow(326, 'timerfd_gettime', 32),
  getRow(410, 'timerfd_gettime64', 64),
  setRow(411, 'timerfd_settime64', 64),
];
