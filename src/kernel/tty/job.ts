/** Terminals and sessions: who may read and write, who gets signals. Linux drivers/tty/tty_jobctrl.c, credits to POSIX 11.1. */
import { EIO, ENOTTY, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { SIGCONT, SIGHUP, SIGTTIN } from '../signal/numbers.ts';
import { ignores, signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { hasSignal } from '../signal/sigset.ts';
import type { Result } from '../syscall/define.ts';
import type { Pid } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import type { Tty } from './tty.ts';

const CAP_SYS_ADMIN = 21;

/**
 * Whether a background process must stop before it uses its terminal (Linux __tty_check_change).
 * @param sig SIGTTIN for reads, SIGTTOU for changes
 * @returns 0 to go on, -EIO, or BLOCKED with the signal on its way: the call starts again after SIGCONT
 */
export function checkForeground(k: Kernel, t: Task, tty: Tty, sig: number): Result {
  const { pgrp } = t.signal;
  if (t.signal.tty !== tty || tty.pgrp === null || tty.pgrp === pgrp) return 0;
  if (hasSignal(t.sigmask, sig) || ignores(t, sig)) return sig === SIGTTIN ? -EIO : 0;
  if (isOrphaned(k, pgrp)) return -EIO;
  signalGroup(k, pgrp, siginfo(sig, SI_KERNEL));
  return block(t, { on: [tty], restart: 'sys' });
}

/** A group none of whose members has a parent in the same session but another group: nobody would continue it (Linux will_become_orphaned_pgrp). */
export function isOrphaned(k: Kernel, pgrp: Pid): boolean {
  return !k.container.tasks.some((task) => {
    if (!task.isLeader || !task.alive || task.signal.pgrp !== pgrp || task.parent === null) return false;
    const parent = task.parent.signal;
    return parent.pgrp !== pgrp && parent.session === task.signal.session;
  });
}

/** Makes the terminal the controlling one of the task's session, whose leader the task is. */
export function takeTerminal(t: Task, tty: Tty): void {
  const { signal } = t;
  tty.setSession(signal.session, signal.pgrp);
  if (signal.tty === null) signal.tty = get(tty);
}

/** TIOCSCTTY. `steal` takes it from another session. */
export function setControlling(k: Kernel, t: Task, tty: Tty, steal: boolean): Result {
  const { signal } = t;
  const leads = signal.tgid === signal.session;
  if (leads && tty.session === signal.session) return 0;
  if (!leads || signal.tty !== null) return -EPERM;
  if (tty.session !== null) {
    if (!steal || !t.cred.capable(CAP_SYS_ADMIN)) return -EPERM;
    dropFromSession(k, tty.session, tty);
  }
  takeTerminal(t, tty);
  return 0;
}

/** Every process of a session loses the terminal. */
function dropFromSession(k: Kernel, session: Pid, tty: Tty): void {
  for (const task of k.container.tasks) {
    if (!task.isLeader || task.signal.session !== session || task.signal.tty !== tty) continue;
    task.signal.tty = null;
    put(tty);
  }
}

/** TIOCNOTTY, and the exit of a session's leader: the foreground group gets SIGHUP and SIGCONT (Linux disassociate_ctty). */
export function giveUpTerminal(k: Kernel, t: Task): void {
  const { signal } = t;
  const { tty } = signal;
  if (tty === null) return;
  if (signal.tgid !== signal.session) {
    signal.tty = null;
    put(tty);
    return;
  }
  if (tty.pgrp !== null) {
    signalGroup(k, tty.pgrp, siginfo(SIGHUP, SI_KERNEL));
    signalGroup(k, tty.pgrp, siginfo(SIGCONT, SI_KERNEL));
  }
  tty.setSession(null);
  dropFromSession(k, signal.session, get(tty));
  put(tty);
}

/** TIOCSPGRP: makes a group of the session the foreground one. `nr` is its number. */
export function setForeground(k: Kernel, t: Task, tty: Tty, nr: number): Result {
  const { session, tty: own } = t.signal;
  if (own !== tty || tty.session !== session) return -ENOTTY;
  const pgrp = nr > 0 ? t.pid.ns.find(nr) : null;
  if (pgrp === null) return -ESRCH;
  const members = k.container.tasks.filter((task) => task.signal.pgrp === pgrp);
  if (members.length === 0) return -ESRCH;
  if (members.some((task) => task.signal.session !== session)) return -EPERM;
  tty.setSession(session, pgrp);
  return 0;
}
