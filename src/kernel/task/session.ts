/** Process numbers, groups and sessions: getpid(2), setpgid(2), setsid(2). POSIX 2017 ch. 2, Linux kernel/sys.c. */
import { EACCES, EINVAL, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { pid } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { clearTerminal } from '../tty/job.ts';
import { processNumber, taskByNumber } from './find.ts';
import type { Pid } from './pid.ts';
import type { Task } from './task.ts';

function findLeader(kernel: Kernel, task: Task, nr: number): Task | null {
  if (nr === 0) return task.signal.leader ?? task;
  const found = taskByNumber(kernel, task, nr);
  return found?.isLeader ? found : null;
}

function setGroup(task: Task, pgrp: Pid): void {
  get(pgrp);
  put(task.signal.pgrp);
  task.signal.pgrp = pgrp;
}

function setpgid(kernel: Kernel, task: Task, nr: number, group: number): Result {
  if ((group === 0 ? nr : group) < 0) return -EINVAL;
  const target = findLeader(kernel, task, nr);
  if (target === null || nr < 0) return -ESRCH;
  const own = target.signal === task.signal;
  if (!own && target.parent?.signal !== task.signal) return -ESRCH;
  if (!own && target.signal.session !== task.signal.session) return -EPERM;
  if (!own && target.signal.didExec) return -EACCES;
  if (target.signal.sessionLeader) return -EPERM;
  const wanted = group === 0 ? target.signal.tgid : task.pid.ns.find(group);
  if (wanted === target.signal.tgid) {
    setGroup(target, target.signal.tgid);
    return 0;
  }
  const member = kernel.container.tasks.find(
    (other) => other.signal.pgrp === wanted && other.signal.session === task.signal.session,
  );
  if (member === undefined) return -EPERM;
  setGroup(target, member.signal.pgrp);
  return 0;
}

/** setsid(2): -EPERM for the leader of a group, even of one that has lost its leader's process. */
function setsid(kernel: Kernel, task: Task): Result {
  const { signal } = task;
  const taken = kernel.container.tasks.some((other) => other.signal.pgrp === signal.tgid);
  if (signal.sessionLeader || taken) return -EPERM;
  clearTerminal(task.signal);
  setGroup(task, signal.tgid);
  get(signal.tgid);
  put(signal.session);
  signal.session = signal.tgid;
  signal.sessionLeader = true;
  return task.tgid;
}

function ofProcess(kernel: Kernel, task: Task, nr: number, which: 'pgrp' | 'session'): Result {
  const target = findLeader(kernel, task, nr);
  return target === null ? -ESRCH : target.signal[which].in(task.pid.ns);
}

/** The parent's number; 0 when it has none within the container. */
export function parentNumber(task: Task): number {
  return task.parent === null ? 0 : processNumber(task, task.parent);
}

export const sessionCalls: readonly Syscall[] = [
  syscall(20, 'getpid', {}, (_kernel, task) => task.tgid),
  syscall(57, 'setpgid', { pid, pgid: pid }, (kernel, task, a) => setpgid(kernel, task, a.pid, a.pgid)),
  syscall(64, 'getppid', {}, (_kernel, task) => parentNumber(task)),
  syscall(65, 'getpgrp', {}, (_kernel, task) => task.signal.pgrp.in(task.pid.ns)),
  syscall(66, 'setsid', {}, (kernel, task) => setsid(kernel, task)),
  syscall(132, 'getpgid', { pid }, (kernel, task, a) => ofProcess(kernel, task, a.pid, 'pgrp')),
  syscall(147, 'getsid', { pid }, (kernel, task, a) => ofProcess(kernel, task, a.pid, 'session')),
  syscall(224, 'gettid', {}, (_kernel, task) => task.tid),
];
