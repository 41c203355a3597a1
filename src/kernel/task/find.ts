/** Tasks by the numbers that a task knows them by: those of its own pid namespace. */
import type { Kernel } from '../kernel.ts';
import type { Pid } from './pid.ts';
import type { Task } from './task.ts';

/** The thread with that number, as `viewer` sees it; null when there is none. */
export function taskByNumber(kernel: Kernel, viewer: Task, nr: number): Task | null {
  const pid = viewer.pid.ns.find(nr);
  return pid === null ? null : taskOfPid(kernel, pid);
}

export function taskOfPid(kernel: Kernel, pid: Pid): Task | null {
  return kernel.container.tasks.find((task) => task.pid === pid) ?? null;
}

/** A process's number as `viewer` sees it; 0 when it cannot. */
export function processNumber(viewer: Task, process: Task): number {
  return process.signal.tgid.in(viewer.pid.ns);
}
