/** Process descriptors: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). Linux kernel/pid.c, kernel/fork.c. */
import { EBADF, EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import { O_NONBLOCK, O_RDWR } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { ref } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { ProcDirFile } from '../proc/files.ts';
import { ProcInode } from '../proc/inode.ts';
import { killProcess, userInfo } from '../signal/send.ts';
import { SI_TKILL } from '../signal/siginfo.ts';
import { readInfo, sig } from '../signal/user.ts';
import { fd, flagSet, hex32, pid, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import { isProcessZombie } from '../task/exit.ts';
import { taskOfPid } from '../task/find.ts';
import type { Pid } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import type { Waitable } from '../task/wait.ts';
import { AnonFile } from './file.ts';
import { POLLIN, POLLRDNORM } from './poll.ts';
import { install } from './table.ts';
import { openOf } from './user.ts';

const PIDFD_NONBLOCK = O_NONBLOCK;

export class PidFd extends derived(AnonFile, 'pidfd', 1, {
  pid: ref<Pid>('pid', 'the process'),
}) {
  /** A new descriptor's file (refs 0). */
  static of(pid: Pid, flags: number): PidFd {
    return new PidFd({ flags: O_RDWR | flags, pid });
  }

  /** The process's leader; null when it has been waited for. */
  process(k: Kernel): Task | null {
    return taskOfPid(k, this.pid)?.signal.leader ?? null;
  }

  /** Readable once the process has ended. */
  override poll(k: Kernel): number {
    const task = this.process(k);
    return task === null || isProcessZombie(k, task) ? POLLIN | POLLRDNORM : 0;
  }

  override pollOn(): Waitable {
    return this.pid;
  }
}

function pidfdOpen(k: Kernel, t: Task, nr: number, flags: number): Result {
  if ((flags & ~PIDFD_NONBLOCK) !== 0 || nr <= 0) return -EINVAL;
  const target = t.pid.ns.find(nr);
  if (target === null) return -ESRCH;
  const task = taskOfPid(k, target);
  // A number that only a group or session has left, or a thread's.
  if (task === null || !task.isLeader) return task === null ? -ESRCH : -EINVAL;
  return install(t, PidFd.of(target, flags & PIDFD_NONBLOCK), true);
}

/** The process of a descriptor: a pidfd, or an open /proc/PID. */
function processOf(k: Kernel, t: Task, number: number): Task | Result {
  const file = openOf(t, number);
  if (file === null) return -EBADF;
  if (file instanceof PidFd) return file.process(k) ?? -ESRCH;
  if (file instanceof ProcDirFile && file.inode instanceof ProcInode && file.inode.isProcess) {
    return file.inode.subject ?? -ESRCH;
  }
  return -EBADF;
}

function sendSignal(k: Kernel, t: Task, number: number, signo: number, at: number, flags: number): Result {
  if (flags !== 0) return -EINVAL;
  const target = processOf(k, t, number);
  if (target === -EBADF) return -EBADF;
  // The descriptor's own namespace must lie in the caller's.
  const seen = typeof target === 'number' ? true : t.pid.ns.contains(target.pid.ns);
  if (!seen) return -EINVAL;
  let info = userInfo(t, signo);
  if (at !== 0) {
    const given = readInfo(t, at);
    if (given === null) return -EFAULT;
    if (given.signo !== signo) return -EINVAL;
    const forged = given.code >= 0 || given.code === SI_TKILL;
    if (forged && (typeof target === 'number' || target.signal !== t.signal)) return -EPERM;
    info = given;
  }
  return typeof target === 'number' ? target : killProcess(k, t, target, info);
}

/** pidfd_getfd(2): a copy of another process's descriptor. */
function getFd(k: Kernel, t: Task, number: number, wanted: number, flags: number): Result {
  if (flags !== 0) return -EINVAL;
  const file = openOf(t, number);
  if (!(file instanceof PidFd)) return -EBADF;
  const target = file.process(k);
  if (target === null) return -ESRCH;
  if (!ptraceMayAccess(t, target, 'real')) return -EPERM;
  if (!target.alive) return -ESRCH;
  const found = target.files.file(wanted);
  return found === null ? -EBADF : install(t, found, true);
}

export const pidfdCalls: readonly Syscall[] = [
  syscall(424, 'pidfd_send_signal', { pidfd: fd, sig, info: ptr, flags: hex32 }, (k, t, a) =>
    sendSignal(k, t, a.pidfd, a.sig, a.info, a.flags),
  ),
  syscall(434, 'pidfd_open', { pid, flags: flagSet({ PIDFD_NONBLOCK }) }, (k, t, a) => pidfdOpen(k, t, a.pid, a.flags)),
  syscall(438, 'pidfd_getfd', { pidfd: fd, targetfd: fd, flags: hex32 }, (k, t, a) =>
    getFd(k, t, a.pidfd, a.targetfd, a.flags),
  ),
];
