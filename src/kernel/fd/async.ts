/** Signals when a file becomes ready: O_ASYNC, F_SETOWN, F_SETSIG. fcntl(2), Linux fs/fcntl.c send_sigio. */
import { EFAULT, EINVAL, ESRCH } from '../errno.ts';
import { FASYNC } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGIO, SIGSEGV, SIGSYS, SIGTRAP } from '../signal/numbers.ts';
import { sendSignal } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import type { Pid } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import type { Waitable } from '../task/wait.ts';
import type { File, OwnerType } from './file.ts';
import * as poll from './poll.ts';
import { copyIn, copyOut } from './user.ts';

/** si_code of SIGIO, Linux include/uapi/asm-generic/siginfo.h. */
export const POLL_IN = 1;
export const POLL_OUT = 2;
export const POLL_MSG = 3;
export const POLL_ERR = 4;
export const POLL_HUP = 6;
const SI_SIGIO = -5;
/** si_band by si_code. */
const BANDS: Readonly<Record<number, number>> = {
  [POLL_IN]: poll.POLLIN | poll.POLLRDNORM,
  [POLL_OUT]: poll.POLLOUT | poll.POLLWRNORM | poll.POLLWRBAND,
  [POLL_MSG]: poll.POLLIN | poll.POLLRDNORM | poll.POLLMSG,
  [POLL_ERR]: poll.POLLERR,
  [POLL_HUP]: poll.POLLHUP | poll.POLLERR,
};
/** Signals whose si_code means something else (Linux sig_specific_sicodes). */
const SPECIFIC: readonly number[] = [SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP, SIGCHLD, SIGSYS];

/** Tells the owners of the files that O_ASYNC has entered here, the last one first (Linux kill_fasync). */
export function signalIo(k: Kernel, waitable: Waitable, code: number): void {
  if (waitable.asyncFiles.length === 0) return;
  for (const file of [...waitable.asyncFiles].reverse())
    if (file.hearsOf(code)) signalOwner(k, file, code, file.asyncFd);
}

/** Tells a file's owner; `fd` is what the signal names (Linux send_sigio). */
export function signalOwner(k: Kernel, file: File, code: number, fd: number): void {
  const { pid, type, signal } = file.owner;
  if (pid === null) return;
  for (const task of targets(k, pid, type)) {
    if (!mayTell(file, task)) continue;
    const group = type !== 'thread';
    const shown =
      signal !== 0 ? siginfo(signal, SPECIFIC.includes(signal) ? SI_SIGIO : code, BANDS[code] ?? 0, fd) : null;
    if (shown === null || sendSignal(k, task, shown, group) < 0) {
      sendSignal(k, task, siginfo(SIGIO, SI_KERNEL), group);
    }
  }
}

function targets(k: Kernel, pid: Pid, type: OwnerType): Task[] {
  const { tasks } = k.container;
  if (type === 'thread') return tasks.filter((task) => task.pid === pid);
  if (type === 'process') return tasks.filter((task) => task.isLeader && task.signal.tgid === pid);
  return tasks.filter((task) => task.isLeader && task.signal.pgrp === pid);
}

/** Whether who set the owner may send signals to the task (Linux sigio_perm). */
function mayTell({ owner }: File, { cred }: Task): boolean {
  const { uid, euid } = owner;
  return euid === 0 || [cred.suid, cred.uid].some((id) => id === euid || id === uid);
}

/** Sets O_ASYNC or clears it; `fd` is what SIGIO will name. False when the file knows no such thing. */
export function setAsync(t: Task, file: File, fd: number, on: boolean): boolean {
  const waitable = file.asyncOn();
  if (waitable === null) return false;
  if (on && file.asyncFd < 0) {
    file.asyncSeq = t.container.waitSeq++;
    file.asyncFd = fd;
    file.enterAsync();
    file.asyncStarted(t);
  } else if (on) {
    file.asyncFd = fd;
  } else {
    file.leaveAsync();
  }
  file.flags = on ? file.flags | FASYNC : file.flags & ~FASYNC;
  return true;
}

/** @param pid null for nobody */
export function changeOwner(t: Task, file: File, pid: Pid | null, type: OwnerType): void {
  const { owner } = file;
  if (pid !== null) get(pid);
  if (owner.pid !== null) put(owner.pid);
  owner.pid = pid;
  owner.type = type;
  if (pid === null) return;
  owner.uid = t.cred.uid;
  owner.euid = t.cred.euid;
}

/** The number to be found in the caller's namespace; null for 0, or -ESRCH. */
function findPid(t: Task, nr: number): Pid | null | Result {
  return nr === 0 ? null : (t.pid.ns.find(nr) ?? -ESRCH);
}

/** F_SETOWN: a process, or a negated group. */
export function setOwner(t: Task, file: File, arg: number): Result {
  const nr = arg | 0;
  if (nr === -0x8000_0000) return -EINVAL;
  const pid = findPid(t, Math.abs(nr));
  if (typeof pid === 'number') return pid;
  changeOwner(t, file, pid, nr < 0 ? 'group' : 'process');
  return 0;
}

/** The owner's number, 0 when it has gone. */
function ownerNumber(k: Kernel, t: Task, { owner }: File): number {
  const { pid, type } = owner;
  return pid === null || targets(k, pid, type).length === 0 ? 0 : pid.in(t.pid.ns);
}

export function getOwner(k: Kernel, t: Task, file: File): Result {
  const nr = ownerNumber(k, t, file);
  return file.owner.type === 'group' ? -nr : nr;
}

/** F_OWNER_* by number. */
const OWNER_TYPES: readonly OwnerType[] = ['thread', 'process', 'group'];

/** F_SETOWN_EX: struct f_owner_ex, a type and a number. */
export function setOwnerEx(t: Task, file: File, arg: number): Result {
  const view = copyIn(t, arg, 8);
  if (view === null) return -EFAULT;
  const type = OWNER_TYPES[view.getInt32(0, true)];
  if (type === undefined) return -EINVAL;
  const pid = findPid(t, view.getInt32(4, true));
  if (typeof pid === 'number') return pid;
  changeOwner(t, file, pid, type);
  return 0;
}

export function getOwnerEx(k: Kernel, t: Task, file: File, arg: number): Result {
  const words = Int32Array.of(OWNER_TYPES.indexOf(file.owner.type), ownerNumber(k, t, file));
  return copyOut(t, arg, new Uint8Array(words.buffer));
}

/** F_GETOWNER_UIDS: who set the owner. */
export function getOwnerUids(t: Task, { owner }: File, arg: number): Result {
  return copyOut(t, arg, new Uint8Array(Uint32Array.of(owner.uid, owner.euid).buffer));
}

/** F_SETSIG; 0 is SIGIO without details. */
export function setOwnerSignal(file: File, arg: number): Result {
  if (arg > 64) return -EINVAL;
  file.owner.signal = arg;
  return 0;
}
