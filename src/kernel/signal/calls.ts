/** Signal calls: actions, masks, waiting, sending, returning. Linux kernel/signal.c. */
import { EAGAIN, EFAULT, EINVAL, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, i32, pid, ptr } from '../syscall/args.ts';
import { NO_RETURN, type Result, type Syscall, syscall } from '../syscall/define.ts';
import { actionIn, actionOut, sigsetIn, sigsetOut } from '../syscall/pointers.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { CLOCK } from '../time/clocks.ts';
import { readDeadline } from '../time/sleep.ts';
import type { TimeWidth } from '../time/timespec.ts';
import { sigaltstack } from './altstack.ts';
import { dequeue, discardIgnored } from './deliver.ts';
import { type Returned, restoreFrame, restoreRtFrame } from './frame.ts';
import { KERNEL_ONLY, SA_NODEFER, SA_RESETHAND, SIGKILL, SIGSEGV, SIGSTOP } from './numbers.ts';
import { forceSignal, ignores, kill, killThread, threadInfo, userInfo } from './send.ts';
import type { SigAction } from './sighand.ts';
import {
  decodeSiginfo,
  encodeSiginfo,
  SI_KERNEL,
  SI_TKILL,
  SI_USER,
  SIGINFO_SIZE,
  type Siginfo,
  siginfo,
} from './siginfo.ts';
import { FULL_SET, type Sigset, setOf, unionOf, without } from './sigset.ts';
import { readSet, SIGSET_SIZE, sig } from './user.ts';

const how = choice({ SIG_BLOCK: 0, SIG_UNBLOCK: 1, SIG_SETMASK: 2 });
/** Linux UAPI_SA_FLAGS of x86: SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO, SA_EXPOSE_TAGBITS, SA_RESTORER and the five of the top byte. */
const SA_KNOWN = 0xdc00_0807;

function writeSet(task: Task, address: number, set: Sigset): boolean {
  return task.mm!.writeBytes(address, new Uint8Array(Uint32Array.of(set.lo, set.hi).buffer));
}

/** Sets the mask; SIGKILL and SIGSTOP cannot be blocked. */
export function setMask(task: Task, set: Sigset): void {
  task.sigmask = without(set, KERNEL_ONLY);
}

/** Lends the task another mask for the time of a call, as sigsuspend, ppoll and pselect6 do; the dispatcher puts the old one back. */
export function lendMask(task: Task, set: Sigset): void {
  if (task.wait !== null) return; // entered again: it is lent already
  task.savedSigmask = task.sigmask;
  setMask(task, set);
}

/** The mask argument of ppoll(2) and its kin: -EINVAL for another size, -EFAULT; a null pointer lends nothing. */
export function lendMaskAt(task: Task, address: number, size: number): Result {
  if (address === 0) return 0;
  if (size !== SIGSET_SIZE) return -EINVAL;
  const set = readSet(task, address);
  if (set === null) return -EFAULT;
  lendMask(task, set);
  return 0;
}

/** Installs an action, and returns the old one; -EINVAL for a signal that cannot be caught. */
function setAction(kernel: Kernel, task: Task, signo: number, action: SigAction | null): SigAction | number {
  if (signo < 1 || signo > 64 || (action !== null && (signo === SIGKILL || signo === SIGSTOP))) return -EINVAL;
  const current = task.sighand.action(signo);
  const old = { ...current, mask: { ...current.mask } };
  if (action !== null) {
    // Programs find out by the missing bit which flags the kernel knows.
    const flags = (action.flags & SA_KNOWN) >>> 0;
    Object.assign(current, { ...action, flags, mask: without(action.mask, KERNEL_ONLY) });
    if (ignores(task, signo)) discardIgnored(kernel, task, signo);
  }
  return old;
}

interface ActionLayout {
  readonly size: number;
  read(view: DataView): SigAction;
  write(view: DataView, action: SigAction): void;
}

/** struct sigaction of rt_sigaction: handler, flags, restorer, 64-bit mask. */
const RT_LAYOUT: ActionLayout = {
  size: 20,
  read: (view) => ({
    handler: view.getUint32(0, true),
    flags: view.getUint32(4, true),
    restorer: view.getUint32(8, true),
    mask: { lo: view.getUint32(12, true), hi: view.getUint32(16, true) },
  }),
  write: (view, action) => {
    view.setUint32(0, action.handler, true);
    view.setUint32(4, action.flags, true);
    view.setUint32(8, action.restorer, true);
    view.setUint32(12, action.mask.lo, true);
    view.setUint32(16, action.mask.hi, true);
  },
};
/** struct old_sigaction: handler, 32-bit mask, flags, restorer. */
const OLD_LAYOUT: ActionLayout = {
  size: 16,
  read: (view) => ({
    handler: view.getUint32(0, true),
    mask: { lo: view.getUint32(4, true), hi: 0 },
    flags: view.getUint32(8, true),
    restorer: view.getUint32(12, true),
  }),
  write: (view, action) => {
    view.setUint32(0, action.handler, true);
    view.setUint32(4, action.mask.lo, true);
    view.setUint32(8, action.flags, true);
    view.setUint32(12, action.restorer, true);
  },
};

interface ActionCall {
  readonly signo: number;
  readonly act: number;
  readonly old: number;
}

function sigaction(kernel: Kernel, task: Task, call: ActionCall, layout: ActionLayout): Result {
  let action: SigAction | null = null;
  if (call.act !== 0) {
    const data = task.mm!.readBytes(call.act, layout.size);
    if (data === null) return -EFAULT;
    action = layout.read(new DataView(data.buffer, data.byteOffset, layout.size));
  }
  const old = setAction(kernel, task, call.signo, action);
  if (typeof old === 'number') return old;
  if (call.old === 0) return 0;
  const out = new Uint8Array(layout.size);
  layout.write(new DataView(out.buffer), old);
  return task.mm!.writeBytes(call.old, out) ? 0 : -EFAULT;
}

/** signal(2), System V style: one shot, not blocked. */
function oldSignal(kernel: Kernel, task: Task, signo: number, handler: number): Result {
  const flags = (SA_RESETHAND | SA_NODEFER) >>> 0;
  const old = setAction(kernel, task, signo, { handler, flags, restorer: 0, mask: { lo: 0, hi: 0 } });
  return typeof old === 'number' ? old : old.handler;
}

function changeMask(task: Task, kind: number, set: Sigset): Result {
  if (kind === 0) setMask(task, unionOf(task.sigmask, set));
  else if (kind === 1) setMask(task, without(task.sigmask, set));
  else if (kind === 2) setMask(task, set);
  else return -EINVAL;
  return 0;
}

function rtSigprocmask(task: Task, kind: number, set: number, old: number, size: number): Result {
  if (size !== SIGSET_SIZE) return -EINVAL;
  const before = task.sigmask;
  if (set !== 0) {
    const wanted = readSet(task, set);
    if (wanted === null) return -EFAULT;
    const error = changeMask(task, kind, wanted);
    if (error !== 0) return error;
  }
  return old === 0 || writeSet(task, old, before) ? 0 : -EFAULT;
}

/** sigprocmask(2) of old: signals 1..32 only. */
function sigprocmask(task: Task, kind: number, set: number, old: number): Result {
  const before = task.sigmask;
  if (set !== 0) {
    const lo = task.mm!.get32(set);
    if (lo === null) return -EFAULT;
    const hi = kind === 2 ? before.hi : 0;
    const error = changeMask(task, kind, { lo: lo >>> 0, hi });
    if (error !== 0) return error;
  }
  return old === 0 || task.mm!.put32(old, before.lo) ? 0 : -EFAULT;
}

function pendingSet(task: Task): Sigset {
  const set = setOf(...task.pending.map((info) => info.signo), ...task.signal.pending.map((info) => info.signo));
  return { lo: (set.lo & task.sigmask.lo) >>> 0, hi: (set.hi & task.sigmask.hi) >>> 0 };
}

function rtSigpending(task: Task, to: number, size: number): Result {
  if (size > SIGSET_SIZE) return -EINVAL;
  const { lo, hi } = pendingSet(task);
  const bytes = new Uint8Array(Uint32Array.of(lo, hi).buffer).subarray(0, size);
  return task.mm!.writeBytes(to, bytes) ? 0 : -EFAULT;
}

function suspend(task: Task, set: Sigset): Result {
  lendMask(task, set);
  return block(task, { restart: 'nohand' });
}

function rtSigsuspend(task: Task, address: number, size: number): Result {
  if (size !== SIGSET_SIZE) return -EINVAL;
  const set = readSet(task, address);
  return set === null ? -EFAULT : suspend(task, set);
}

interface TimedWait {
  readonly set: number;
  readonly info: number;
  readonly timeout: number;
  readonly size: number;
  readonly width: TimeWidth;
}

/** rt_sigtimedwait(2): takes a pending signal of the set, blocked or not. */
function sigtimedwait(kernel: Kernel, task: Task, call: TimedWait): Result {
  if (call.size !== SIGSET_SIZE) return -EINVAL;
  const wanted = readSet(task, call.set);
  if (wanted === null) return -EFAULT;
  const all = without(wanted, KERNEL_ONLY);
  const info = dequeue(task, without(FULL_SET, all));
  if (info !== null) return report(task, info, call.info);
  if (task.wait?.timedOut) return -EAGAIN;
  if (task.wait === null && call.timeout !== 0) {
    const time = readDeadline(kernel, task, call.timeout, {
      clock: CLOCK.CLOCK_MONOTONIC,
      absolute: false,
      width: call.width,
    });
    if (typeof time === 'number') return time;
    if (time.deadline !== null && time.deadline <= kernel.clock.now()) return -EAGAIN;
    task.sigwait = all;
    return block(task, { deadline: time.deadline, restart: 'never' });
  }
  task.sigwait = all;
  return block(task, { restart: 'never' });
}

function report(task: Task, info: Siginfo, to: number): Result {
  return to === 0 || task.mm!.writeBytes(to, encodeSiginfo(info)) ? info.signo : -EFAULT;
}

/** rt_sigqueueinfo(2): only the process itself may pretend that the kernel or kill(2) sent it. */
function readQueued(task: Task, target: number, signo: number, address: number): Siginfo | number {
  const data = task.mm!.readBytes(address, SIGINFO_SIZE);
  if (data === null) return -EFAULT;
  const info = decodeSiginfo(signo, data);
  return (info.code >= 0 || info.code === SI_TKILL) && target !== task.tid ? -EPERM : info;
}

/** sigreturn(2) and rt_sigreturn(2): a bad frame is SIGSEGV. */
function leave(task: Task, returned: Returned | null): Result {
  task.regs.origEax = -1;
  if (returned === null) forceSignal(task, siginfo(SIGSEGV, SI_KERNEL));
  else setMask(task, returned.mask);
  return NO_RETURN;
}

function checked(signo: number, info: () => Result): Result {
  return signo < 0 || signo > 64 ? -EINVAL : info();
}

const timedWaitArgs = { set: sigsetIn, info: ptr, timeout: ptr, sigsetsize: i32 };
function timedWaitRow(nr: number, name: string, width: TimeWidth): Syscall {
  return syscall(nr, name, timedWaitArgs, (kernel, task, a) =>
    sigtimedwait(kernel, task, { set: a.set, info: a.info, timeout: a.timeout, size: a.sigsetsize, width }),
  );
}

export const signalCalls: readonly Syscall[] = [
  syscall(37, 'kill', { pid, sig }, (kernel, task, a) => kill(kernel, task, a.pid, userInfo(task, a.sig, SI_USER))),
  syscall(48, 'signal', { signum: sig, handler: ptr }, (kernel, task, a) =>
    oldSignal(kernel, task, a.signum, a.handler),
  ),
  syscall(67, 'sigaction', { signum: sig, act: ptr, oldact: ptr }, (kernel, task, a) =>
    sigaction(kernel, task, { signo: a.signum, act: a.act, old: a.oldact }, OLD_LAYOUT),
  ),
  syscall(68, 'sgetmask', {}, (_kernel, task) => task.sigmask.lo),
  syscall(69, 'ssetmask', { newmask: ptr }, (_kernel, task, a) => {
    const { lo, hi } = task.sigmask;
    setMask(task, { lo: a.newmask, hi });
    return lo;
  }),
  syscall(72, 'sigsuspend', { unused1: ptr, unused2: ptr, mask: ptr }, (_kernel, task, a) =>
    suspend(task, { lo: a.mask, hi: 0 }),
  ),
  syscall(73, 'sigpending', { set: ptr }, (_kernel, task, a) =>
    task.mm!.put32(a.set, pendingSet(task).lo) ? 0 : -EFAULT,
  ),
  syscall(119, 'sigreturn', {}, (kernel, task) => leave(task, restoreFrame(kernel, task))),
  syscall(126, 'sigprocmask', { how, set: ptr, oldset: ptr }, (_kernel, task, a) =>
    sigprocmask(task, a.how, a.set, a.oldset),
  ),
  syscall(173, 'rt_sigreturn', {}, (kernel, task) => leave(task, restoreRtFrame(kernel, task))),
  syscall(
    174,
    'rt_sigaction',
    { signum: sig, act: actionIn, oldact: actionOut, sigsetsize: i32 },
    (kernel, task, a) => {
      if (a.sigsetsize !== SIGSET_SIZE) return -EINVAL;
      return sigaction(kernel, task, { signo: a.signum, act: a.act, old: a.oldact }, RT_LAYOUT);
    },
  ),
  syscall(175, 'rt_sigprocmask', { how, set: sigsetIn, oldset: sigsetOut, sigsetsize: i32 }, (_kernel, task, a) =>
    rtSigprocmask(task, a.how, a.set, a.oldset, a.sigsetsize),
  ),
  syscall(176, 'rt_sigpending', { set: sigsetOut, sigsetsize: i32 }, (_kernel, task, a) =>
    rtSigpending(task, a.set, a.sigsetsize >>> 0),
  ),
  timedWaitRow(177, 'rt_sigtimedwait', 32),
  syscall(178, 'rt_sigqueueinfo', { pid, sig, info: ptr }, (kernel, task, a) => {
    const info = readQueued(task, a.pid, a.sig, a.info);
    return typeof info === 'number'
      ? info
      : checked(a.sig, () => (a.pid <= 0 ? -EINVAL : kill(kernel, task, a.pid, info)));
  }),
  syscall(179, 'rt_sigsuspend', { mask: sigsetIn, sigsetsize: i32 }, (_kernel, task, a) =>
    rtSigsuspend(task, a.mask, a.sigsetsize),
  ),
  syscall(186, 'sigaltstack', { ss: ptr, old_ss: ptr }, (_kernel, task, a) => sigaltstack(task, a.ss, a.old_ss)),
  syscall(238, 'tkill', { tid: pid, sig }, (kernel, task, a) =>
    a.tid <= 0 ? -EINVAL : killThread(kernel, task, -1, a.tid, threadInfo(task, a.sig)),
  ),
  syscall(270, 'tgkill', { tgid: pid, tid: pid, sig }, (kernel, task, a) =>
    a.tid <= 0 || a.tgid <= 0 ? -EINVAL : killThread(kernel, task, a.tgid, a.tid, threadInfo(task, a.sig)),
  ),
  syscall(335, 'rt_tgsigqueueinfo', { tgid: pid, tid: pid, sig, info: ptr }, (kernel, task, a) => {
    const info = readQueued(task, a.tid, a.sig, a.info);
    if (info === -EPERM && (a.tid <= 0 || a.tgid <= 0)) return -EINVAL;
    if (typeof info === 'number') return info;
    return a.tid <= 0 || a.tgid <= 0 ? -EINVAL : killThread(kernel, task, a.tgid, a.tid, info);
  }),
  timedWaitRow(421, 'rt_sigtimedwait_time64', 64),
];
