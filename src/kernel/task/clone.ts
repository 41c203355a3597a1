/** Making tasks, for fork(2), vfork(2), clone(2) and clone3(2). Linux kernel/fork.c copy_process. */
import { TF } from '../../cpu/flags.ts';
import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import { PidFd } from '../fd/pidfd.ts';
import { install } from '../fd/table.ts';
import type { Fs } from '../fs/fs.ts';
import { copyUndoList } from '../ipc/sem-calls.ts';
import type { Kernel } from '../kernel.ts';
import { get, type KObject, put } from '../kobject/kobject.ts';
import type { Mm } from '../mm/mm.ts';
import { newNsproxy, newUserNs } from '../ns/create.ts';
import { CLONE_NEWTIME, NSPROXY_FLAGS } from '../ns/kinds-of-ns.ts';
import { traceAlong } from '../ptrace/attach.ts';
import { stopsForEvent } from '../ptrace/stops.ts';
import { PTRACE_EVENT, wantsEvent } from '../ptrace/trace.ts';
import { SIGCHLD } from '../signal/numbers.ts';
import type { Sighand } from '../signal/sighand.ts';
import type { Result } from '../syscall/define.ts';
import { CLONE } from './clone-flags.ts';
import { CAP, type Cred } from './cred.ts';
import { parseUserDescriptor } from './descriptor.ts';
import { Nsproxy } from './nsproxy.ts';
import { Pid } from './pid.ts';
import { schedulingOf } from './priority.ts';
import { emptyItimer, emptyUsage, RLIMIT, Signal } from './signal.ts';
import { Task } from './task.ts';
import { setTlsEntry } from './tls.ts';
import { block, type WaitRecord } from './wait.ts';

export interface CloneCall {
  /** CLONE_*, and CLONE_NEWTIME, without the exit signal. */
  readonly flags: number;
  readonly exitSignal: number;
  /** 0 keeps the parent's. */
  readonly stack: number;
  readonly parentTid: number;
  readonly tls: number;
  readonly childTid: number;
  /** Where the descriptor's number goes, CLONE_PIDFD. */
  readonly pidfd: number;
  /** Numbers that the child is to have, innermost namespace first. */
  readonly setTid: readonly number[];
  /** CLONE_CLEAR_SIGHAND. */
  readonly clearSighand: boolean;
}

/** What a parent waits for: the end of a vfork, or nothing more than its tracer. */
const DONE = 0;
const VFORKING = 1;

/** What the child is made of; all held until it has them. */
interface Parts {
  readonly cred: Cred;
  readonly fs: Fs;
  readonly nsproxy: Nsproxy;
  readonly mm: Mm;
  readonly pid: Pid;
}

/** Makes a child; in the parent, its number. */
export function clone(kernel: Kernel, task: Task, call: CloneCall): Result {
  if (task.wait !== null) return childMade(kernel, task, task.wait);
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  const error = checkFlags(task, has);
  if (error !== 0) return error;
  if (!mayFork(kernel, task)) return -EAGAIN;
  const held: KObject[] = [];
  const parts = collectParts(kernel, task, call, held);
  const result = typeof parts === 'number' ? parts : begin(kernel, task, call, parts);
  for (const object of held.reverse()) put(object);
  return result;
}

/** Brings a finished child to life. */
function begin(kernel: Kernel, task: Task, call: CloneCall, parts: Parts): Result {
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  kernel.sched.saveFpu(task);
  const child = get(copyTask(kernel, task, call, parts));
  const error = (has(CLONE.CLONE_SETTLS) ? setChildTls(task, child, call.tls) : 0) || givePidFd(task, call, parts.pid);
  if (error !== 0) {
    put(child);
    return error;
  }
  const { ns } = parts.pid;
  if (ns.reaper === null) {
    ns.reaper = child;
    child.signal.unkillable = true;
  }
  parts.nsproxy.time.frozen = true;
  kernel.container.addTask(child);
  put(child);
  const number = parts.pid.in(task.pid.ns);
  if (has(CLONE.CLONE_PARENT_SETTID)) task.mm!.put32(call.parentTid, number);
  if (has(CLONE.CLONE_CHILD_SETTID)) parts.mm.put32(call.childTid, child.tid);
  if (has(CLONE.CLONE_CHILD_CLEARTID)) child.clearChildTid = call.childTid;
  kernel.observer.taskStart?.(child);
  const event = eventOf(has, call.exitSignal);
  const wanted = !has(CLONE.CLONE_UNTRACED) && wantsEvent(task, event);
  if (wanted || has(CLONE.CLONE_PTRACE)) traceAlong(task, child);
  if (has(CLONE.CLONE_VFORK)) child.vforkParent = task;
  else if (!wanted) return number;
  const told = block(task, { restart: 'killable', data: [number, has(CLONE.CLONE_VFORK) ? VFORKING : DONE] });
  if (wanted) stopsForEvent(kernel, task, event, number, 'call');
  return told;
}

/** Which event of ptrace(2) a child is (Linux kernel_clone). */
function eventOf(has: (flag: number) => boolean, exitSignal: number): number {
  if (has(CLONE.CLONE_VFORK)) return PTRACE_EVENT.VFORK;
  return exitSignal === SIGCHLD ? PTRACE_EVENT.FORK : PTRACE_EVENT.CLONE;
}

/** The child is there; a vfork's parent goes on once it has let go of its memory, and its tracer has seen that. */
function childMade(kernel: Kernel, task: Task, { data }: WaitRecord): Result {
  const [tid = 0, state] = data;
  if (state === DONE) return tid;
  if (kernel.container.tasks.some((child) => child.vforkParent === task)) return block(task, {});
  if (!wantsEvent(task, PTRACE_EVENT.VFORK_DONE)) return tid;
  const told = block(task, { data: [tid, DONE] });
  return stopsForEvent(kernel, task, PTRACE_EVENT.VFORK_DONE, tid, 'call') ? told : tid;
}

function checkFlags(task: Task, has: (flag: number) => boolean): Result {
  const { nsproxy } = task;
  const both = (a: number, b: number): boolean => has(a) && has(b);
  if (both(CLONE.CLONE_NEWNS, CLONE.CLONE_FS) || both(CLONE.CLONE_NEWUSER, CLONE.CLONE_FS)) return -EINVAL;
  if (has(CLONE.CLONE_THREAD) && !has(CLONE.CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE.CLONE_SIGHAND) && !has(CLONE.CLONE_VM)) return -EINVAL;
  if (has(CLONE.CLONE_PARENT) && task.signal.unkillable) return -EINVAL;
  if (has(CLONE.CLONE_THREAD)) {
    if (has(CLONE.CLONE_NEWUSER | CLONE.CLONE_NEWPID) || task.pid.ns !== nsproxy.pid) return -EINVAL;
    if (nsproxy.time !== nsproxy.timeForChildren) return -EINVAL;
  }
  if (has(CLONE.CLONE_PIDFD) && has(CLONE.CLONE_DETACHED | CLONE.CLONE_THREAD)) return -EINVAL;
  return 0;
}

function mayFork(kernel: Kernel, task: Task): boolean {
  if (task.cred.capable(CAP.SYS_RESOURCE) || task.cred.capable(CAP.SYS_ADMIN)) return true;
  const own = kernel.container.tasks.filter((other) => other.cred.uid === task.cred.uid).length;
  return own < task.signal.limit(RLIMIT.RLIMIT_NPROC);
}

/** Everything that can fail, in the order in which Linux finds it; what was taken is added to `held`. */
function collectParts(kernel: Kernel, task: Task, call: CloneCall, held: KObject[]): Parts | Result {
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  const hold = <T extends KObject>(object: T): T => {
    held.push(get(object));
    return object;
  };
  const cred = has(CLONE.CLONE_NEWUSER) ? newUserNs(kernel, task, task.cred) : task.cred;
  if (typeof cred === 'number') return cred;
  hold(cred);
  const fs = hold(has(CLONE.CLONE_FS) ? task.fs : task.fs.clone());
  const mm = has(CLONE.CLONE_VM) ? task.mm : (task.mm?.fork() ?? null);
  if (mm === null) return -ENOMEM;
  hold(mm);
  const nsproxy = childNsproxy(kernel, task, call, cred, fs);
  if (typeof nsproxy === 'number') return nsproxy;
  hold(nsproxy);
  const pid = Pid.create(nsproxy.pid, call.setTid, (ns) => mayChooseNumber(task, ns.owner));
  if (typeof pid === 'number') return pid;
  hold(pid);
  return { cred, fs, mm, nsproxy, pid };
}

function mayChooseNumber(task: Task, owner: Parameters<Cred['nsCapable']>[0] | null): boolean {
  const { cred } = task;
  return owner !== null && (cred.nsCapable(owner, CAP.CHECKPOINT_RESTORE) || cred.nsCapable(owner, CAP.SYS_ADMIN));
}

/** Linux copy_namespaces. A child is in the time namespace that its parent has chosen for children. */
function childNsproxy(kernel: Kernel, task: Task, { flags }: CloneCall, cred: Cred, fs: Fs): Nsproxy | Result {
  const old = task.nsproxy;
  const wanted = flags & NSPROXY_FLAGS;
  if (wanted === 0 && old.time === old.timeForChildren) return old;
  if (wanted !== 0 && !task.cred.nsCapable(cred.userNs, CAP.SYS_ADMIN)) return -EPERM;
  if ((flags & CLONE.CLONE_NEWIPC) !== 0 && (flags & CLONE.CLONE_SYSVSEM) !== 0) return -EINVAL;
  const made = newNsproxy(kernel, task, wanted, cred.userNs, fs);
  if (typeof made === 'number' || (made.time === made.timeForChildren && (flags & CLONE_NEWTIME) === 0)) return made;
  const { uts, ipc, mnt, pid, net, timeForChildren, cgroup } = made;
  const next = new Nsproxy({ uts, ipc, mnt, pid, net, time: timeForChildren, timeForChildren, cgroup });
  put(get(made));
  return next;
}

/** CLONE_PIDFD: a descriptor for the child, in its parent. */
function givePidFd(task: Task, { flags, pidfd }: CloneCall, pid: Pid): Result {
  if ((flags & CLONE.CLONE_PIDFD) === 0) return 0;
  const number = install(task, PidFd.of(pid, 0), true);
  if (number < 0) return number;
  if (task.mm!.put32(pidfd, number)) return 0;
  put(task.files.fds.get(number)!.file);
  task.files.fds.delete(number);
  return -EFAULT;
}

function copyTask(kernel: Kernel, task: Task, call: CloneCall, { cred, fs, mm, nsproxy, pid }: Parts): Task {
  const has = (flag: number): boolean => (call.flags & flag) !== 0;
  const thread = has(CLONE.CLONE_THREAD);
  const shareParent = thread || has(CLONE.CLONE_PARENT);
  const regs = { ...task.regs, eax: 0, origEax: -1 };
  if (task.trace?.ownsTf) regs.eflags = (regs.eflags & ~TF) >>> 0;
  if (call.stack !== 0) regs.esp = call.stack;
  const keepsAltstack = !has(CLONE.CLONE_VM) || has(CLONE.CLONE_VFORK);
  const child = new Task({
    root: task.root,
    pid,
    signal: thread ? task.signal : copySignal(task, pid),
    sighand: has(CLONE.CLONE_SIGHAND) ? task.sighand : childSighand(task, call.clearSighand),
    mm,
    files: has(CLONE.CLONE_FILES) ? task.files : task.files.clone(),
    fs,
    cred,
    nsproxy,
    undoList: copyUndoList(task, has(CLONE.CLONE_SYSVSEM)),
    comm: task.comm,
    regs,
    fpu: task.fpu.slice(),
    tls: [...task.tls],
    trap: { number: 0, error: 0, cr2: 0 },
    sigmask: { ...task.sigmask },
    altstack: keepsAltstack ? { ...task.altstack } : { sp: 0, size: 0, flags: 2 },
    parent: shareParent ? task.parent : task.signal.leader,
    exitSignal: thread ? -1 : has(CLONE.CLONE_PARENT) ? (task.signal.leader ?? task).exitSignal : call.exitSignal,
    ...schedulingOf(task),
    personality: task.personality,
    noNewPrivs: task.noNewPrivs,
    seccompMode: task.seccompMode,
    seccomp: task.seccomp,
    timerSlack: task.timerSlack,
    affinity: task.affinity,
    startTime: kernel.clock.now(),
    ranAt: kernel.container.switches,
  });
  if (!thread) child.signal.leader = child;
  return child;
}

function childSighand(task: Task, clear: boolean): Sighand {
  const sighand = task.sighand.copy();
  if (clear) sighand.resetHandlers();
  return sighand;
}

/** A new process inherits group, session, terminal and limits; not timers, pending signals or times. */
function copySignal(task: Task, pid: Pid): Signal {
  const { pgrp, session, tty, rlimits, dumpable, oomScoreAdj, coredumpFilter } = task.signal;
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
    coredumpFilter,
  });
}

/** CLONE_SETTLS: a struct user_desc for the child. */
function setChildTls(task: Task, child: Task, address: number): Result {
  const descriptor = parseUserDescriptor(task, address);
  return descriptor === null ? -EFAULT : setTlsEntry(child, descriptor, descriptor.entry);
}
