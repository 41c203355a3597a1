/** Timers that run on processor time: ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU. Kernel calls take no virtual time, so all of it is user time. */
import type { Kernel } from '../kernel.ts';
import { SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import { RLIM_INFINITY, RLIMIT, type Signal } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { advance } from './interval.ts';
import { cpuTimerExpiry, expireTimer } from './posix-timer.ts';
import { NSEC_PER_SEC } from './timespec.ts';

/** ns of user time of the process at which one of its timers is due; Infinity when none is armed. */
function nextExpiry(task: Task): number {
  const { signal } = task;
  const { itimerVirtual, itimerProf, timers } = signal;
  let next = Math.min(
    itimerVirtual.expires ?? Number.POSITIVE_INFINITY,
    itimerProf.expires ?? Number.POSITIVE_INFINITY,
  );
  for (const timer of timers) next = Math.min(next, cpuTimerExpiry(signal, timer));
  const limit = signal.rlimits[RLIMIT.RLIMIT_CPU];
  if (limit !== undefined && limit.cur !== RLIM_INFINITY) next = Math.min(next, nextCpuLimit(signal));
  return next;
}

/** SIGXCPU comes at the soft limit and each second after it. */
function nextCpuLimit(signal: Signal): number {
  const soft = Math.max(1, signal.limit(RLIMIT.RLIMIT_CPU)) * NSEC_PER_SEC;
  const used = signal.used.utime;
  return used < soft ? soft : soft + (Math.floor((used - soft) / NSEC_PER_SEC) + 1) * NSEC_PER_SEC;
}

/** Instruction count at which the running task's processor-time timers are due. */
export function cpuTimerLimit(kernel: Kernel, task: Task): number {
  const expiry = isIdle(task.signal) ? Number.POSITIVE_INFINITY : nextExpiry(task);
  if (expiry === Number.POSITIVE_INFINITY) return expiry;
  const left = Math.max(0, expiry - task.signal.used.utime);
  return kernel.cpu.icount + Math.ceil(left / kernel.container.nsPerInstruction);
}

/** Whether nothing runs on the process's time: nearly always, and this is asked after every call. */
function isIdle({ itimerVirtual, itimerProf, timers, rlimits }: Signal): boolean {
  if (itimerVirtual.expires !== null || itimerProf.expires !== null || timers.length > 0) return false;
  return rlimits[RLIMIT.RLIMIT_CPU]?.cur === RLIM_INFINITY;
}

/** Fires what is due after the task has run for `ns`. */
export function expireCpuTimers(kernel: Kernel, task: Task, ns: number): void {
  const { signal } = task;
  if (isIdle(signal)) return;
  const now = signal.used.utime;
  for (const [timer, sig] of [
    [signal.itimerVirtual, SIGVTALRM],
    [signal.itimerProf, SIGPROF],
  ] as const) {
    if (timer.expires === null || timer.expires > now) continue;
    advance(timer, now);
    raise(kernel, task, sig, true);
  }
  for (const timer of signal.timers) if (cpuTimerExpiry(signal, timer) <= now) expireTimer(kernel, task, timer);
  const limit = signal.rlimits[RLIMIT.RLIMIT_CPU];
  if (limit !== undefined && limit.cur !== RLIM_INFINITY) enforceCpuLimit(kernel, task, now - ns, now);
}

function enforceCpuLimit(kernel: Kernel, task: Task, before: number, now: number): void {
  const { signal } = task;
  const soft = Math.max(1, signal.limit(RLIMIT.RLIMIT_CPU)) * NSEC_PER_SEC;
  const max = signal.rlimits[RLIMIT.RLIMIT_CPU]!.max;
  if (max !== RLIM_INFINITY && now >= Math.max(1, Number(max)) * NSEC_PER_SEC) raise(kernel, task, SIGKILL, true);
  else if (now >= soft && Math.floor((before - soft) / NSEC_PER_SEC) !== Math.floor((now - soft) / NSEC_PER_SEC)) {
    raise(kernel, task, SIGXCPU, true);
  }
}
