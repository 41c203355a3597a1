/** fork(2), vfork(2), clone(2). Linux kernel/fork.c copy_process. */
import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Mm } from '../mm/mm.ts';
import { SIGCHLD } from '../signal/numbers.ts';
import { flagSet, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { parseUserDescriptor } from './descriptor.ts';
import { Pid } from './pid.ts';
import { emptyItimer, emptyUsage, RLIMIT, Signal } from './signal.ts';
import { Task } from './task.ts';
import { setTlsEntry } from './tls.ts';
import { block } from './wait.ts';

const CSIGNAL = 0xff;
// include/uapi/linux/sched.h
export const CLONE = {
  CLONE_VM: 0x100,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_SIGHAND: 0x800,
  CLONE_PIDFD: 0x1000,
  CLONE_PTRACE: 0x2000,
  CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000,
  CLONE_THREAD: 0x10000,
  CLONE_NEWNS: 0x20000,
  CLONE_SYSVSEM: 0x40000,
  CLONE_SETTLS: 0x80000,
  CLONE_PARENT_SETTID: 0x100000,
  CLONE_CHILD_CLEARTID: 0x200000,
  CLONE_DETACHED: 0x400000,
  CLONE_UNTRACED: 0x800000,
  CLONE_CHILD_SETTID: 0x1000000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_IO: 0x80000000,
} as const;
/** What a call cannot ask for: new namespaces, and a descriptor for the child. */
const REFUSED =
  CLONE.CLONE_NEWNS |
  CLONE.CLONE_NEWCGROUP |
  CLONE.CLONE_NEWUTS |
  CLONE.CLONE_NEWIPC |
  CLONE.CLONE_NEWUSER |
  CLONE.CLONE_NEWPID |
  CLONE.CLONE_NEWNET;
const CAP_SYS_ADMIN = 21;
const CAP_SYS_RESOURCE = 24;

interface CloneCall {
  readonly flags: number;
  /** 0 keeps the parent's. */
  readonly stack: number;
  readonly parentTid: number;
  readonly tls: number;
  readonly childTid: number;
}

const FORK: CloneCall = { flags: 0, stack: 0, parentTid: 0, tls: 0, childTid: 0 };

/** Makes a child; in the parent, its number. */
export function clone(kernel: Kernel, task: Task, call: CloneCall): Result {
  if (task.wait !== null) return vforkDone(kernel, task);
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  const error = checkFlags(task, has, call.flags);
  if (error !== 0) return error;
  if (!mayFork(kernel, task)) return -EAGAIN;
  const mm = has(CLONE.CLONE_VM) ? task.mm : (task.mm?.fork() ?? null);
  if (mm === null) return -ENOMEM;
  const pid = Pid.create(task.nsproxy.pid);
  if (pid === null) {
    if (mm.refs === 0) put(get(mm));
    return -EAGAIN;
  }
  kernel.sched.saveFpu(task);
  const child = copyTask(kernel, task, call, mm, pid);
  const tlsError = has(CLONE.CLONE_SETTLS) ? setChildTls(kernel, task, child, call.tls) : 0;
  if (tlsError !== 0) {
    put(get(child));
    return tlsError;
  }
  kernel.container.addTask(child);
  if (has(CLONE.CLONE_PARENT_SETTID)) task.mm!.put32(call.parentTid, child.tid);
  if (has(CLONE.CLONE_CHILD_SETTID)) mm.put32(call.childTid, child.tid);
  if (has(CLONE.CLONE_CHILD_CLEARTID)) child.clearChildTid = call.childTid;
  kernel.observer.taskStart?.(child);
  if (!has(CLONE.CLONE_VFORK)) return child.tid;
  child.vforkParent = task;
  return block(task, { restart: 'killable', data: [child.tid] });
}

/** A vfork's parent goes on once the child has let go of its memory. */
function vforkDone(kernel: Kernel, task: Task): Result {
  const nr = task.wait?.data[0] ?? 0;
  const waiting = kernel.container.tasks.some((child) => child.vforkParent === task);
  return waiting ? block(task, {}) : nr;
}

function checkFlags(task: Task, has: (flag: number) => boolean, flags: number): Result {
  if (has(CLONE.CLONE_SIGHAND) && !has(CLONE.CLONE_VM)) return -EINVAL;
  if (has(CLONE.CLONE_THREAD) && !has(CLONE.CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE.CLONE_PIDFD)) return -EINVAL;
  if ((flags & REFUSED) !== 0) return task.cred.capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
  return 0;
}

function mayFork(kernel: Kernel, task: Task): boolean {
  if (task.cred.capable(CAP_SYS_RESOURCE) || task.cred.capable(CAP_SYS_ADMIN)) return true;
  const own = kernel.container.tasks.filter((other) => other.cred.uid === task.cred.uid).length;
  return own < task.signal.limit(RLIMIT.RLIMIT_NPROC);
}

function copyTask(kernel: Kernel, task: Task, call: CloneCall, mm: Mm, pid: Pid): Task {
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  const thread = has(CLONE.CLONE_THREAD);
  const shareParent = thread || has(CLONE.CLONE_PARENT);
  const regs = { ...task.regs, eax: 0, origEax: -1 };
  if (call.stack !== 0) regs.esp = call.stack;
  const keepsAltstack = !has(CLONE.CLONE_VM) || has(CLONE.CLONE_VFORK);
  const child = new Task({
    root: task.root,
    pid,
    signal: thread ? task.signal : copySignal(task, pid),
    sighand: has(CLONE.CLONE_SIGHAND) ? task.sighand : task.sighand.copy(),
    mm,
    files: has(CLONE.CLONE_FILES) ? task.files : task.files.clone(),
    fs: has(CLONE.CLONE_FS) ? task.fs : task.fs.clone(),
    cred: task.cred,
    nsproxy: task.nsproxy,
    comm: task.comm,
    regs,
    fpu: task.fpu.slice(),
    tls: [...task.tls],
    trap: { number: 0, error: 0, cr2: 0 },
    sigmask: { ...task.sigmask },
    altstack: keepsAltstack ? { ...task.altstack } : { sp: 0, size: 0, flags: 2 },
    parent: shareParent ? task.parent : task.signal.leader,
    exitSignal: thread ? -1 : has(CLONE.CLONE_PARENT) ? (task.signal.leader ?? task).exitSignal : call.flags & CSIGNAL,
    nice: task.nice,
    personality: task.personality,
    noNewPrivs: task.noNewPrivs,
    keepCaps: task.keepCaps,
    timerSlack: task.timerSlack,
    affinity: task.affinity,
    startTime: kernel.clock.now(),
    ranAt: kernel.container.switches,
  });
  if (!thread) child.signal.leader = child;
  return child;
}

/** A new process inherits group, session, terminal and limits; not timers, pending signals or times. */
function copySignal(task: Task, pid: Pid): Signal {
  const { pgrp, session, tty, rlimits, dumpable, oomScoreAdj } = task.signal;
  return new Signal({
    tgid: pid,
    pgrp,
    session,
    tty,
    rlimits: rlimits.map((limit) => ({ ...limit })),
    itimerReal: emptyItimer(),
    itimerVirtual: emptyItimer(),
    itimerProf: emptyItimer(),
    used: emptyUsage(),
    children: emptyUsage(),
    dumpable,
    oomScoreAdj,
  });
}

/** CLONE_SETTLS: a struct user_desc for the child. */
function setChildTls(_kernel: Kernel, task: Task, child: Task, address: number): Result {
  const descriptor = parseUserDescriptor(task, address);
  return descriptor === null ? -EFAULT : setTlsEntry(child, descriptor, descriptor.entry);
}

export const cloneCalls: readonly Syscall[] = [
  syscall(2, 'fork', {}, (kernel, task) => clone(kernel, task, { ...FORK, flags: SIGCHLD })),
  syscall(
    120,
    'clone',
    { flags: flagSet({ ...CLONE, SIGCHLD }), child_stack: ptr, parent_tid: ptr, tls: ptr, child_tid: ptr },
    (kernel, task, a) =>
      clone(kernel, task, {
        flags: a.flags,
        stack: a.child_stack,
        parentTid: a.parent_tid,
        tls: a.tls,
        childTid: a.child_tid,
      }),
  ),
  syscall(190, 'vfork', {}, (kernel, task) =>
    clone(kernel, task, { ...FORK, flags: (CLONE.CLONE_VM | CLONE.CLONE_VFORK | SIGCHLD) >>> 0 }),
  ),
];
