/** Signal: what the threads of a process have in common (Linux signal_struct). Its sleepers are in wait4(2) and its kin. */
import { assert } from '../kobject/errors.ts';
import {
  bool,
  count,
  i32,
  integer53,
  list,
  oneOf,
  optional,
  optRef,
  ref,
  struct,
  u8,
  u32,
  u64,
  type Values,
  weak,
} from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { checkPending, siginfoField } from '../signal/siginfo.ts';
import type { Tty } from '../tty/tty.ts';
import type { Pid } from './pid.ts';
import type { Task } from './task.ts';
import { Waitable } from './wait.ts';

/** Linux include/uapi/asm-generic/resource.h. */
export const RLIMIT = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const;
export const RLIM_NLIMITS = 16;
export const RLIM_INFINITY = (1n << 64n) - 1n;

const rlimitFields = { cur: u64('soft limit'), max: u64('hard limit') };
export type Rlimit = Values<typeof rlimitFields>;

/** Limits of init: a Debian machine's, with 8 MiB stacks. */
export function initialRlimits(): Rlimit[] {
  const limits: Rlimit[] = Array.from({ length: RLIM_NLIMITS }, () => ({ cur: RLIM_INFINITY, max: RLIM_INFINITY }));
  const set = (which: number, cur: bigint, max: bigint): void => {
    limits[which] = { cur, max };
  };
  set(RLIMIT.RLIMIT_STACK, 8n << 20n, RLIM_INFINITY);
  set(RLIMIT.RLIMIT_CORE, 0n, RLIM_INFINITY);
  set(RLIMIT.RLIMIT_NPROC, 16384n, 16384n);
  set(RLIMIT.RLIMIT_NOFILE, 1024n, 4096n);
  set(RLIMIT.RLIMIT_MEMLOCK, 65536n, 65536n);
  set(RLIMIT.RLIMIT_SIGPENDING, 16384n, 16384n);
  set(RLIMIT.RLIMIT_MSGQUEUE, 819200n, 819200n);
  set(RLIMIT.RLIMIT_NICE, 0n, 0n);
  set(RLIMIT.RLIMIT_RTPRIO, 0n, 0n);
  return limits;
}

const itimerFields = {
  expires: optional(count('ns on the timer clock at which it fires next; null when disarmed')),
  interval: count('ns between later expirations; 0 for one shot', { initial: 0 }),
};
export type Itimer = Values<typeof itimerFields>;

const SIGEV_NONE = 1;

export function emptyItimer(): Itimer {
  return { expires: null, interval: 0 };
}

const posixTimerFields = {
  id: i32('timer_t'),
  clock: i32('CLOCK_* it runs on'),
  notify: i32('SIGEV_*'),
  signo: u8('signal to send'),
  value: i32('sigev_value', { show: 'hex' }),
  target: weak<Task>('task', 'SIGEV_THREAD_ID: who gets the signal'),
  expires: optional(
    integer53(
      'ns on `clock` at which it fires next, relative to power-on on the clock as it was set then; null when disarmed',
    ),
  ),
  interval: count('ns between later expirations; 0 for one shot'),
  overrun: count('expirations since the pending signal was queued'),
  lastOverrun: count('timer_getoverrun(2): of the last delivered signal'),
  queued: bool('its signal is pending'),
  armedBootTime: count('Container.bootTime when it was armed'),
};
export type PosixTimer = Values<typeof posixTimerFields>;

const usageFields = {
  utime: count('ns of user time', { initial: 0 }),
  minflt: count('page faults without input', { initial: 0 }),
  majflt: count('page faults with input', { initial: 0 }),
  nvcsw: count('times a task gave up the processor', { initial: 0 }),
  nivcsw: count('times the processor was taken from a task', { initial: 0 }),
  maxrss: count('most pages present at a time', { initial: 0 }),
};
export type Usage = Values<typeof usageFields>;
export function emptyUsage(): Usage {
  return { utime: 0, minflt: 0, majflt: 0, nvcsw: 0, nivcsw: 0, maxrss: 0 };
}
export const usageField = struct(usageFields, 'resources used, getrusage(2)');

export function addUsage(to: Usage, from: Usage): void {
  to.utime += from.utime;
  to.minflt += from.minflt;
  to.majflt += from.majflt;
  to.nvcsw += from.nvcsw;
  to.nivcsw += from.nivcsw;
  to.maxrss = Math.max(to.maxrss, from.maxrss);
}

export class Signal extends derived(Waitable, 'signal', 2, {
  tgid: ref<Pid>('pid', 'number of the process'),
  pgrp: ref<Pid>('pid', 'process group'),
  session: ref<Pid>('pid', 'session'),
  sessionLeader: bool('the process leads its session', { initial: false }),
  tty: optRef<Tty>('tty', 'controlling terminal'),
  leader: weak<Task>('task', 'the thread that stands for the process'),
  pending: list(siginfoField, 'signals sent to the process, oldest first'),
  groupExit: bool('exit_group or a fatal signal: all threads end', { initial: false }),
  groupExitCode: u32('wait status of a group exit', { initial: 0, show: 'hex' }),
  stopSignal: u8('the signal that stopped the process; 0 when it is not stopped', { initial: 0 }),
  childEvent: oneOf(
    'none',
    'stopped',
    'continued',
  )('what WUNTRACED or WCONTINUED of the parent may still report', {
    initial: 'none',
  }),
  rlimits: list(struct(rlimitFields, 'a limit'), 'by RLIMIT_*'),
  itimerReal: struct(itimerFields, 'ITIMER_REAL and alarm(2), on the monotonic clock'),
  itimerVirtual: struct(itimerFields, 'ITIMER_VIRTUAL, on user time of the process'),
  itimerProf: struct(itimerFields, 'ITIMER_PROF, likewise'),
  timers: list(struct(posixTimerFields, 'a timer'), 'timer_create(2), oldest first'),
  nextTimerId: i32('timer_t of the next one', { initial: 0 }),
  used: usageField,
  children: usageField,
  didExec: bool('has called execve since fork: setpgid by the parent is EACCES', { initial: false }),
  dumpable: u32('PR_SET_DUMPABLE', { initial: 1 }),
  subreaper: bool('PR_SET_CHILD_SUBREAPER', { initial: false }),
  unkillable: bool('process 1 of an inner pid namespace: only signals from above end it', { initial: false }),
  oldForeground: optRef<Pid>('pid', 'foreground group of the terminal that its session lost by a hangup'),
  oomScoreAdj: i32('/proc/PID/oom_score_adj', { initial: 0 }),
  coredumpFilter: u32('/proc/PID/coredump_filter', { initial: 0x33, since: 2, show: 'hex' }),
}) {
  /** A soft limit as a number; Infinity when there is none. */
  limit(which: number): number {
    const cur = this.rlimits[which]?.cur ?? RLIM_INFINITY;
    return cur === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(cur);
  }

  override check(): void {
    assert(this.rlimits.length === RLIM_NLIMITS, 'a process has 16 limits');
    const where = `process ${this.tgid.nr}`;
    checkPending(this.pending, where);
    assert(this.stopSignal <= 64, `${where}: stopped by no signal`);
    const ids = new Set(this.timers.map((timer) => timer.id));
    assert(ids.size === this.timers.length, `${where}: two timers of one number`);
    for (const timer of this.timers) {
      assert(timer.id >= 0 && timer.id < this.nextTimerId, `${where}: a timer from the future`);
      assert(
        timer.signo <= 64 && (timer.signo > 0 || timer.notify === SIGEV_NONE),
        `${where}: a timer without a signal`,
      );
    }
  }
}
