/** wait4(2), waitpid(2), waitid(2). Linux kernel/exit.c do_wait. */
import { ECHILD, EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SIGCHLD, SIGCONT } from '../signal/numbers.ts';
import { encodeSiginfo, siginfo } from '../signal/siginfo.ts';
import { choice, flagSet, pid, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { waitStatus } from '../syscall/pointers.ts';
import { isProcessZombie, reap } from './exit.ts';
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
}

/** The first child, oldest first, with something to report; a negated errno, or BLOCKED. Null for WNOHANG without an event. */
function doWait(kernel: Kernel, task: Task, wanted: Wanted): Event | Result | null {
  let any = false;
  for (const child of kernel.container.tasks) {
    if (!child.isLeader || child.parent?.signal !== task.signal || !eligible(child, wanted)) continue;
    any = true;
    const event = eventOf(kernel, child, wanted.options);
    if (event === null) continue;
    if ((wanted.options & WNOWAIT) === 0) consume(kernel, event);
    return event;
  }
  if (!any) return -ECHILD;
  return (wanted.options & WNOHANG) !== 0 ? null : block(task, { on: [task.signal] });
}

/** Children with another exit signal than SIGCHLD are clone children, which only __WCLONE and __WALL see. */
function eligible(child: Task, wanted: Wanted): boolean {
  if (!wanted.matches(child)) return false;
  if ((wanted.options & __WALL) !== 0) return true;
  return (child.exitSignal !== SIGCHLD) === ((wanted.options & __WCLONE) !== 0);
}

function eventOf(kernel: Kernel, child: Task, options: number): Event | null {
  const { signal } = child;
  const usage = emptyUsage();
  addUsage(usage, signal.used);
  addUsage(usage, signal.children);
  if ((options & WEXITED) !== 0 && isProcessZombie(kernel, child)) {
    const killed = (child.exitCode & 0x7f) !== 0;
    return { child, code: killed ? CLD_KILLED : CLD_EXITED, status: child.exitCode, usage };
  }
  if ((options & WUNTRACED) !== 0 && signal.childEvent === 'stopped') {
    return { child, code: CLD_STOPPED, status: (signal.stopSignal << 8) | 0x7f, usage };
  }
  if ((options & WCONTINUED) !== 0 && signal.childEvent === 'continued') {
    return { child, code: CLD_CONTINUED, status: STATUS_CONTINUED, usage };
  }
  return null;
}

function consume(kernel: Kernel, { child, code }: Event): void {
  if (code === CLD_STOPPED || code === CLD_CONTINUED) child.signal.childEvent = 'none';
  else reap(kernel, child);
}

function select(task: Task, which: number): Wanted['matches'] {
  if (which === -1) return () => true;
  if (which > 0) return (child) => child.tgid === which;
  const group = which === 0 ? task.signal.pgrp.nr : -which;
  return (child) => child.signal.pgrp.nr === group;
}

function wait4(kernel: Kernel, task: Task, which: number, status: number, options: number, usage: number): Result {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)) !== 0) return -EINVAL;
  if (which === -0x8000_0000) return -ECHILD;
  const event = doWait(kernel, task, { matches: select(task, which), options: options | WEXITED });
  if (event === null) return 0;
  if (typeof event === 'number') return event;
  if (usage !== 0 && !writeUsage(task, usage, event.usage)) return -EFAULT;
  if (status !== 0 && !task.mm!.put32(status, event.status)) return -EFAULT;
  return event.child.tgid;
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
  if (type !== P_ALL && type !== P_PID && type !== P_PGID) return -EINVAL;
  if ((type === P_PID && id <= 0) || (type === P_PGID && id < 0)) return -EINVAL;
  const which = type === P_ALL ? -1 : type === P_PID ? id : -id;
  const event = doWait(kernel, task, { matches: select(task, which), options });
  if (typeof event === 'number') return event;
  if (event !== null && usage !== 0 && !writeUsage(task, usage, event.usage)) return -EFAULT;
  if (info === 0) return 0;
  const bytes = event === null ? new Uint8Array(WAITID_INFO) : encodeEvent(event).subarray(0, WAITID_INFO);
  return task.mm!.writeBytes(info, bytes) ? 0 : -EFAULT;
}

function encodeEvent({ child, code, status }: Event): Uint8Array {
  const shown =
    code === CLD_CONTINUED
      ? SIGCONT
      : code === CLD_EXITED || code === CLD_STOPPED
        ? (status >>> 8) & 0xff
        : status & 0x7f;
  return encodeSiginfo(siginfo(SIGCHLD, code, child.tgid, child.cred.uid, shown));
}

const idType = choice({ P_ALL, P_PID, P_PGID, P_PIDFD: 3 });

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
