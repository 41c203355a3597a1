/**
 * Priorities and scheduling parameters: getpriority(2), sched(7). Policies are kept and told; time slices go round alike
 * whatever they are, so that no busy real-time task can starve the others.
 */

import { EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, i32, pid, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { type TimeWidth, writeNs } from '../time/timespec.ts';
import { CAP } from './cred.ts';
import { TIME_SLICE } from './sched.ts';
import { RLIMIT } from './signal.ts';
import { isRealtime, type Task } from './task.ts';

const PRIO_PROCESS = 0;
const PRIO_PGRP = 1;
const PRIO_USER = 2;
const which = choice({ PRIO_PROCESS, PRIO_PGRP, PRIO_USER });
const policy = choice({ SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_IDLE: 5, SCHED_DEADLINE: 6 });
const SCHED_OTHER = 0;
const SCHED_FIFO = 1;
const SCHED_RR = 2;
const SCHED_BATCH = 3;
const SCHED_IDLE = 5;
const SCHED_RESET_ON_FORK = 0x4000_0000;
const POLICIES: readonly number[] = [SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE];
/** A round-robin task's slice, ns. */
const RR_SLICE = 100_000_000;
const RT_PRIORITY_MAX = 99;
const MIN_NICE = -20;
const MAX_NICE = 19;
/** getpriority's result is kept positive. */
const NICE_BASE = 20;

function taskBy(kernel: Kernel, task: Task, number: number): Task | null {
  if (number === 0) return task;
  return kernel.container.tasks.find((other) => other.alive && other.pid.in(task.pid.ns) === number) ?? null;
}

/** The tasks that a getpriority or setpriority call means; null for a bad `which`. */
function selected(kernel: Kernel, task: Task, kind: number, who: number): Task[] | null {
  const tasks = kernel.container.tasks.filter((other) => other.alive);
  if (kind === PRIO_PROCESS) return [taskBy(kernel, task, who)].filter((found) => found !== null);
  if (kind === PRIO_PGRP) {
    const group = who === 0 ? task.signal.pgrp : task.pid.ns.find(who);
    return tasks.filter((other) => other.signal.pgrp === group);
  }
  if (kind === PRIO_USER) return tasks.filter((other) => other.cred.uid === (who === 0 ? task.cred.uid : who));
  return null;
}

function getPriority(kernel: Kernel, task: Task, kind: number, who: number): Result {
  const tasks = selected(kernel, task, kind, who);
  if (tasks === null) return -EINVAL;
  return tasks.length === 0 ? -ESRCH : Math.max(...tasks.map((other) => NICE_BASE - other.nice));
}

function setNice(task: Task, target: Task, nice: number): Result {
  if (
    task.cred.euid !== target.cred.uid &&
    task.cred.euid !== target.cred.euid &&
    !task.cred.nsCapable(target.cred.userNs, CAP.SYS_NICE)
  ) {
    return -EPERM;
  }
  const value = Math.max(MIN_NICE, Math.min(MAX_NICE, nice));
  if (value < target.nice && !task.cred.capable(CAP.SYS_NICE)) return -EACCES;
  target.nice = value;
  return 0;
}

function setPriority(kernel: Kernel, task: Task, kind: number, who: number, nice: number): Result {
  const tasks = selected(kernel, task, kind, who);
  if (tasks === null) return -EINVAL;
  let result: Result = -ESRCH;
  for (const target of tasks) {
    const error = setNice(task, target, nice);
    result = result === -ESRCH || error < 0 ? error : result;
  }
  return result;
}

/** sched_getaffinity(2): the bytes of the mask. */
function getAffinity(kernel: Kernel, task: Task, number: number, length: number, to: number): Result {
  if (length < 4 || length % 4 !== 0) return -EINVAL;
  const target = taskBy(kernel, task, number);
  if (target === null) return -ESRCH;
  return task.mm?.put32(to, target.affinity) ? 4 : -EFAULT;
}

function setAffinity(kernel: Kernel, task: Task, number: number, length: number, from: number): Result {
  const target = taskBy(kernel, task, number);
  if (target === null) return -ESRCH;
  const mask = length === 0 ? 0 : (task.mm?.readBytes(from, Math.min(length, 4)) ?? null);
  if (mask === null) return -EFAULT;
  // Processor 0 is the only one there is.
  return mask === 0 || (mask[0]! & 1) === 0 ? -EINVAL : 0;
}

function existing(kernel: Kernel, task: Task, number: number, result: (target: Task) => Result): Result {
  if (number < 0) return -EINVAL;
  const target = taskBy(kernel, task, number);
  return target === null ? -ESRCH : result(target);
}

function ownedBy(task: Task, target: Task): boolean {
  return task.cred.euid === target.cred.euid || task.cred.euid === target.cred.uid;
}

/** Whether a task without CAP.SYS_NICE may give `target` that policy and priority (Linux user_check_sched_setscheduler). */
function mayChange(task: Task, target: Task, policy: number, priority: number, reset: boolean): boolean {
  if (isRealtime(policy)) {
    const limit = target.signal.limit(RLIMIT.RLIMIT_RTPRIO);
    if (policy !== target.policy && limit === 0) return false;
    if (priority > target.rtPriority && priority > limit) return false;
  }
  // SCHED_IDLE counts as nice 20: leaving it needs the right to be as nice as the task is.
  const niceRight = NICE_BASE - target.nice <= target.signal.limit(RLIMIT.RLIMIT_NICE);
  if (target.policy === SCHED_IDLE && policy !== SCHED_IDLE && !niceRight) return false;
  return ownedBy(task, target) && (!target.resetOnFork || reset);
}

/** sched_setscheduler(2), sched_setparam(2) with `wanted` -1 for the policy it has. */
function setScheduler(kernel: Kernel, task: Task, number: number, wanted: number, param: number): Result {
  if (param === 0) return -EINVAL;
  return existing(kernel, task, number, (target) => {
    const priority = task.mm?.get32(param) ?? null;
    if (priority === null) return -EFAULT;
    const reset = wanted === -1 ? target.resetOnFork : (wanted & SCHED_RESET_ON_FORK) !== 0;
    const policy = wanted === -1 ? target.policy : wanted & ~SCHED_RESET_ON_FORK;
    if (!POLICIES.includes(policy) || priority < 0 || priority > RT_PRIORITY_MAX) return -EINVAL;
    if (isRealtime(policy) !== priority > 0) return -EINVAL;
    if (!task.cred.capable(CAP.SYS_NICE) && !mayChange(task, target, policy, priority, reset)) return -EPERM;
    Object.assign(target, { policy, rtPriority: priority, resetOnFork: reset });
    return 0;
  });
}

/** What a child begins with: the same, or the ordinary after SCHED_RESET_ON_FORK. */
export function schedulingOf({ policy, rtPriority, nice, resetOnFork }: Task): Partial<Task> {
  if (!resetOnFork) return { policy, rtPriority, nice };
  return {
    policy: isRealtime(policy) ? SCHED_OTHER : policy,
    rtPriority: 0,
    nice: isRealtime(policy) ? 0 : Math.max(0, nice),
  };
}

function priorityRange(wanted: number, realtime: number): Result {
  if (wanted === SCHED_FIFO || wanted === SCHED_RR) return realtime;
  return [0, 3, 5, 6].includes(wanted) ? 0 : -EINVAL;
}

/** sched_rr_get_interval(2): the time slice. */
function getInterval(k: Kernel, t: Task, nr: number, to: number, width: TimeWidth): Result {
  return existing(k, t, nr, ({ policy }) => {
    const slice = TIME_SLICE * k.container.nsPerInstruction;
    return writeNs(t, to, width, policy === SCHED_FIFO ? 0 : policy === SCHED_RR ? RR_SLICE : slice) ? 0 : -EFAULT;
  });
}

export const priorityCalls: readonly Syscall[] = [
  syscall(34, 'nice', { inc: i32 }, (_k, t, a) => {
    const inc = Math.max(-40, Math.min(40, a.inc));
    const error = setNice(t, t, t.nice + inc);
    return error === -EACCES ? -EPERM : error;
  }),
  syscall(96, 'getpriority', { which, who: pid }, (k, t, a) => getPriority(k, t, a.which, a.who)),
  syscall(97, 'setpriority', { which, who: pid, prio: i32 }, (k, t, a) => setPriority(k, t, a.which, a.who, a.prio)),
  syscall(154, 'sched_setparam', { pid, param: ptr }, (k, t, a) => setScheduler(k, t, a.pid, -1, a.param)),
  syscall(155, 'sched_getparam', { pid, param: ptr }, (k, t, a) =>
    a.param === 0
      ? -EINVAL
      : existing(k, t, a.pid, ({ rtPriority }) => (t.mm?.put32(a.param, rtPriority) ? 0 : -EFAULT)),
  ),
  syscall(156, 'sched_setscheduler', { pid, policy, param: ptr }, (k, t, a) =>
    (a.policy | 0) < 0 ? -EINVAL : setScheduler(k, t, a.pid, a.policy, a.param),
  ),
  syscall(157, 'sched_getscheduler', { pid }, (k, t, a) =>
    existing(k, t, a.pid, ({ policy, resetOnFork }) => policy | (resetOnFork ? SCHED_RESET_ON_FORK : 0)),
  ),
  syscall(158, 'sched_yield', {}, (k) => {
    k.sched.yield();
    return 0;
  }),
  syscall(159, 'sched_get_priority_max', { policy }, (_k, _t, a) => priorityRange(a.policy, 99)),
  syscall(160, 'sched_get_priority_min', { policy }, (_k, _t, a) => priorityRange(a.policy, 1)),
  syscall(161, 'sched_rr_get_interval', { pid, tp: ptr }, (k, t, a) => getInterval(k, t, a.pid, a.tp, 32)),
  syscall(241, 'sched_setaffinity', { pid, cpusetsize: u32, mask: ptr }, (k, t, a) =>
    setAffinity(k, t, a.pid, a.cpusetsize, a.mask),
  ),
  syscall(242, 'sched_getaffinity', { pid, cpusetsize: u32, mask: ptr }, (k, t, a) =>
    getAffinity(k, t, a.pid, a.cpusetsize, a.mask),
  ),
  syscall(318, 'getcpu', { cpu: ptr, node: ptr, cache: ptr }, (_k, t, a) => {
    const stored = a.cpu === 0 || t.mm?.put32(a.cpu, 0);
    return stored && (a.node === 0 || t.mm?.put32(a.node, 0)) ? 0 : -EFAULT;
  }),
  syscall(423, 'sched_rr_get_interval_time64', { pid, tp: ptr }, (k, t, a) => getInterval(k, t, a.pid, a.tp, 64)),
];
