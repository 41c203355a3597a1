/** The one place that knows when something is due: sleeps with a deadline, interval timers, POSIX timers. */
import type { Kernel } from '../kernel.ts';
import { SIGALRM } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import type { Task } from '../task/task.ts';
import { advance } from './interval.ts';
import { expireTimer, monotonicExpiry } from './posix-timer.ts';

/** Virtual ns at which the next thing is due; Infinity when nothing is. */
export function nextDeadline(kernel: Kernel): number {
  const { container } = kernel;
  if (container.deadlinesChanged) {
    container.deadlinesChanged = false;
    container.nextDeadline = earliest(kernel);
  }
  return container.nextDeadline;
}

function earliest(kernel: Kernel): number {
  let next = Number.POSITIVE_INFINITY;
  for (const task of kernel.container.tasks) {
    const { wait } = task;
    if (wait?.deadline != null && !wait.timedOut) next = Math.min(next, wait.deadline);
    if (!task.isLeader) continue;
    next = Math.min(next, task.signal.itimerReal.expires ?? Number.POSITIVE_INFINITY);
    for (const timer of task.signal.timers) next = Math.min(next, monotonicExpiry(kernel, timer));
  }
  for (const alarm of kernel.container.alarms) next = Math.min(next, alarm.due(kernel));
  return next;
}

/** Wakes sleepers whose deadline has passed and fires the timers that are due. */
export function expireDeadlines(kernel: Kernel): void {
  const now = kernel.clock.now();
  if (now < nextDeadline(kernel)) return;
  kernel.container.deadlinesChanged = true;
  for (const task of [...kernel.container.tasks]) {
    expireSleep(task, now);
    if (!task.isLeader) continue;
    expireReal(kernel, task, now);
    for (const timer of [...task.signal.timers]) {
      if (monotonicExpiry(kernel, timer) <= now) expireTimer(kernel, task, timer);
    }
  }
  for (const alarm of kernel.container.alarms) if (alarm.due(kernel) <= now) alarm.ring();
}

function expireSleep(task: Task, now: number): void {
  const { wait } = task;
  if (wait?.deadline == null || wait.timedOut || wait.deadline > now) return;
  wait.timedOut = true;
  task.wakeUp();
}

/** ITIMER_REAL, setitimer(2). */
function expireReal(kernel: Kernel, task: Task, now: number): void {
  const timer = task.signal.itimerReal;
  if (timer.expires === null || timer.expires > now) return;
  advance(timer, now);
  raise(kernel, task, SIGALRM, true);
}
