/** wait4(2), waitpid(2), waitid(2). Linux kernel/exit.c do_wait. */
import { EAGAIN, EBADF, ECHILD, EFAULT, EINVAL, ESRCH } from '../errno.ts';
import { PidFd } from '../fd/pidfd.ts';
import type { Kernel } from '../kernel.ts';
import { isReparented, traceesOf, traceOf } from '../ptrace/trace.ts';
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  CLD_TRAPPED,
  SIGCHLD,
  SIGCONT,
} from '../signal/numbers.ts';
import { encodeSiginfo, siginfo } from '../signal/siginfo.ts';
import { choice, flagSet, pid, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { waitStatus } from '../syscall/pointers.ts';
import { isProcessZombie, passToParent, reap, WCOREFLAG } from './exit.ts';
import { writeUsage } from './rusage.ts';
import { addUsage, emptyUsage, type Usage } from './signal.ts';
import type { Task } from './task.ts';
import { block } from './wait.ts';

const WNOHANG = 1;
const WUNTRACED = 2;
const WEXITED = 4;
const WCONTINUED = 8;
const WNOWAIT = 0x0100_0000;
const __WNOTHREAD = 0x2000_0000;
const __WALL = 0x4000_0000;
const __WCLONE = 0x8000_0000;
const OPTIONS = { WNOHANG, WUNTRACED, WEXITED, WCONTINUED, WNOWAIT, __WNOTHREAD, __WALL, __WCLONE };
const P_ALL = 0;
const P_PID = 1;
const P_PGID = 2;
const P_PIDFD = 3;
/** Wait status of a continued process. */
const STATUS_CONTINUED = 0xffff;
/** Bytes of siginfo that waitid fills: up to si_status. */
const WAITID_INFO = 24;

interface Wanted {
  /** Whether the child is one of those waited for. */
  matches(child: Task): boolean;
  readonly options: number;
}

interface Event {
  readonly child: Task;
  readonly code: number;
  /** As wait4 stores it. */
  readonly status: number;
  readonly usage: Usage;
  /** Told to its tracer. */
  readonly traced: boolean;
}

/** Somebody to wait for, as a child or as a tracee. */
interface Candidate {
  readonly child: Task;
  readonly traced: boolean;
}

/** The first candidate with something to report; a negated errno, or BLOCKED. Null for WNOHANG without an event. */
function doWait(kernel: Kernel, task: Task, wanted: Wanted): Event | Result | null {
  let any = false;
  for (const candidate of candidates(kernel, task, wanted.options)) {
    if (!eligible(candidate, wanted)) continue;
    const event = eventOf(kernel, candidate, wanted.options);
    if (event === 'nothing ever') continue;
    any = true;
    if (event === 'nothing yet') continue;
    if ((wanted.options & WNOWAIT) === 0) consume(kernel, event);
    return event;
  }
  if (!any) return -ECHILD;
  return (wanted.options & WNOHANG) !== 0 ? null : block(task, { on: [task.signal] });
}

/** The process's children, oldest first, then what its threads trace, the caller's own first. */
function candidates(kernel: Kernel, task: Task, options: number): Candidate[] {
  const { tasks } = kernel.container;
  const children = tasks.filter((child) => child.isLeader && child.parent?.signal === task.signal);
  const others = (options & __WNOTHREAD) === 0 ? tasks.filter((t) => t.signal === task.signal && t !== task) : [];
  const tracees = [task, ...others].flatMap(traceesOf);
  return [...children.map((child) => ({ child, traced: false })), ...tracees.map((child) => ({ child, traced: true }))];
}

/** Children with another exit signal than SIGCHLD are clone children, which only __WCLONE and __WALL see; tracees all are. */
function eligible({ child, traced }: Candidate, wanted: Wanted): boolean {
  if (!wanted.matches(child)) return false;
  if (traced || (wanted.options & __WALL) !== 0) return true;
  return (child.exitSignal !== SIGCHLD) === ((wanted.options & __WCLONE) !== 0);
}

/** What there is to report, as Linux wait_consider_task finds it. */
function eventOf(
  kernel: Kernel,
  { child, traced }: Candidate,
  options: number,
): Event | 'nothing yet' | 'nothing ever' {
  // A child that its own parent traces is looked at as a tracee.
  const asTracee = traced || (traceOf(child) !== null && !isReparented(child));
  const isDead = !child.alive && (!child.isLeader || isProcessZombie(kernel, child));
  if (isDead && (asTracee || traceOf(child) === null)) {
    return (options & WEXITED) !== 0 ? exitEvent(child) : 'nothing ever';
  }
  const stopped = stopEvent(child, asTracee, options);
  if (stopped !== null) return stopped;
  if ((options & WCONTINUED) !== 0 && child.signal.childEvent === 'continued') {
    return { child, code: CLD_CONTINUED, status: STATUS_CONTINUED, ...about(child), traced: asTracee };
  }
  const expects = child.alive || !asTracee || (options & (WCONTINUED | WEXITED)) !== 0;
  return expects ? 'nothing yet' : 'nothing ever';
}

/** What the event keeps of a task that is gone once it has been told. */
function about({ signal }: Task): Pick<Event, 'usage'> {
  const usage = emptyUsage();
  addUsage(usage, signal.used);
  addUsage(usage, signal.children);
  return { usage };
}

function exitEvent(child: Task): Event {
  const killed = (child.exitCode & 0x7f) !== 0;
  const code = killed ? ((child.exitCode & WCOREFLAG) !== 0 ? CLD_DUMPED : CLD_KILLED) : CLD_EXITED;
  return { child, code, status: child.exitCode, ...about(child), traced: traceOf(child) !== null };
}

/** A tracer sees its tracees' own stops, a parent those of whole processes. */
function stopEvent(child: Task, traced: boolean, options: number): Event | null {
  if (traced) {
    const trace = traceOf(child);
    if (trace === null || child.state !== 'traced' || trace.listening || trace.code === 0) return null;
    return { child, code: CLD_TRAPPED, status: (trace.code << 8) | 0x7f, ...about(child), traced };
  }
  if ((options & WUNTRACED) === 0 || child.signal.childEvent !== 'stopped') return null;
  return { child, code: CLD_STOPPED, status: (child.signal.stopSignal << 8) | 0x7f, ...about(child), traced };
}

function consume(kernel: Kernel, { child, code, traced }: Event): void {
  if (code === CLD_TRAPPED) child.trace!.code = 0;
  else if (code === CLD_STOPPED || code === CLD_CONTINUED) child.signal.childEvent = 'none';
  else if (traced && child.isLeader && isReparented(child)) passToParent(kernel, child);
  else reap(kernel, child);
}

function select(task: Task, which: number): Wanted['matches'] {
  if (which === -1) return () => true;
  const { ns } = task.pid;
  if (which > 0) {
    const pid = ns.find(which);
    return (child) => child.pid === pid;
  }
  const group = which === 0 ? task.signal.pgrp : ns.find(-which);
  return (child) => child.signal.pgrp === group;
}

function wait4(kernel: Kernel, task: Task, which: number, status: number, options: number, usage: number): Result {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)) !== 0) return -EINVAL;
  if (which === -0x8000_0000) return -ESRCH;
  const event = doWait(kernel, task, { matches: select(task, which), options: options | WEXITED });
  if (event === null) return 0;
  if (typeof event === 'number') return event;
  if (usage !== 0 && !writeUsage(task, usage, event.usage)) return -EFAULT;
  if (status !== 0 && !task.mm!.put32(status, event.status)) return -EFAULT;
  return event.child.pid.in(task.pid.ns);
}

function waitid(
  kernel: Kernel,
  task: Task,
  call: { type: number; id: number; info: number; options: number; usage: number },
): Result {
  const { type, id, info, options, usage } = call;
  if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)) !== 0) {
    return -EINVAL;
  }
  if ((options & (WEXITED | WUNTRACED | WCONTINUED)) === 0) return -EINVAL;
  const chosen = selectById(task, type, id, options);
  if (typeof chosen === 'number') return chosen;
  const event = doWait(kernel, task, chosen);
  if (event === null && chosen.nonblock) return -EAGAIN;
  if (typeof event === 'number') return event;
  if (event !== null && usage !== 0 && !writeUsage(task, usage, event.usage)) return -EFAULT;
  if (info === 0) return 0;
  const bytes = event === null ? new Uint8Array(WAITID_INFO) : encodeEvent(task, event).subarray(0, WAITID_INFO);
  return task.mm!.writeBytes(info, bytes) ? 0 : -EFAULT;
}

/** What waitid(2) waits for, or -EINVAL, -EBADF. Of a pidfd that does not block, -EAGAIN stands for nothing to report. */
function selectById(task: Task, type: number, id: number, options: number): (Wanted & { nonblock: boolean }) | Result {
  if (type === P_PIDFD) {
    if (id < 0) return -EINVAL;
    const file = task.files.file(id);
    if (!(file instanceof PidFd)) return -EBADF;
    const { pid, nonblock } = file;
    const quiet = nonblock && (options & WNOHANG) === 0;
    return { matches: ({ signal }) => signal.tgid === pid, options: options | (quiet ? WNOHANG : 0), nonblock: quiet };
  }
  if (type !== P_ALL && type !== P_PID && type !== P_PGID) return -EINVAL;
  if ((type === P_PID && id <= 0) || (type === P_PGID && id < 0)) return -EINVAL;
  const which = type === P_ALL ? -1 : type === P_PID ? id : -id;
  return { matches: select(task, which), options, nonblock: false };
}

function encodeEvent(task: Task, { child, code, status }: Event): Uint8Array {
  const uid = task.cred.userNs.shownUid(child.cred.uid);
  return encodeSiginfo(siginfo(SIGCHLD, code, child.pid.in(task.pid.ns), uid, shownStatus(code, status)));
}

function shownStatus(code: number, status: number): number {
  if (code === CLD_CONTINUED) return SIGCONT;
  if (code === CLD_TRAPPED) return status >>> 8;
  return code === CLD_EXITED || code === CLD_STOPPED ? (status >>> 8) & 0xff : status & 0x7f;
}

const idType = choice({ P_ALL, P_PID, P_PGID, P_PIDFD });

export const waitCalls: readonly Syscall[] = [
  syscall(7, 'waitpid', { pid, status: waitStatus, options: flagSet(OPTIONS) }, (kernel, task, a) =>
    wait4(kernel, task, a.pid, a.status, a.options, 0),
  ),
  syscall(114, 'wait4', { pid, status: waitStatus, options: flagSet(OPTIONS), rusage: ptr }, (kernel, task, a) =>
    wait4(kernel, task, a.pid, a.status, a.options, a.rusage),
  ),
  syscall(
    284,
    'waitid',
    { idtype: idType, id: pid, infop: ptr, options: flagSet(OPTIONS), rusage: ptr },
    (kernel, task, a) =>
      waitid(kernel, task, { type: a.idtype, id: a.id, info: a.infop, options: a.options, usage: a.rusage }),
  ),
];
