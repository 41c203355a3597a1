/** Terminals and sessions: who may read and write, who gets signals. Linux drivers/tty/tty_jobctrl.c, credits to POSIX 11.1. */

import { EIO, ENOTTY, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { SIGCONT, SIGHUP, SIGTTIN } from '../signal/numbers.ts';
import { ignores, signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { hasSignal } from '../signal/sigset.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Pid } from '../task/pid.ts';
import type { Signal } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import type { Tty } from './tty.ts';

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

/**
 * TIOCSCTTY.
 * @param steal takes it from another session
 * @param readable whether the file that was asked can be read
 */
export function setControlling(k: Kernel, t: Task, tty: Tty, steal: boolean, readable: boolean): Result {
  const { signal } = t;
  if (signal.sessionLeader && tty.session === signal.session) return 0;
  if (!signal.sessionLeader || signal.tty !== null) return -EPERM;
  const admin = t.cred.capable(CAP.SYS_ADMIN);
  if (tty.session !== null && (!steal || !admin)) return -EPERM;
  if (tty.session !== null) dropFromSession(k, tty.session);
  if (!readable && !admin) return -EPERM;
  takeTerminal(t, tty);
  return 0;
}

/** A leader without a terminal that opens one which is no session's gets it (Linux tty_open_proc_set_tty). */
export function openedTerminal(t: Task, tty: Tty, readable: boolean): void {
  const { signal } = t;
  if (signal.sessionLeader && signal.tty === null && tty.session === null && readable) takeTerminal(t, tty);
}

/** The process has no terminal any more. */
export function clearTerminal(signal: Signal): void {
  const { tty } = signal;
  if (tty === null) return;
  signal.tty = null;
  put(tty);
}

/** Every process of a session loses its terminal. */
function dropFromSession(k: Kernel, session: Pid): void {
  for (const task of k.container.tasks) if (task.signal.session === session) clearTerminal(task.signal);
}

function hangUpGroup(k: Kernel, pgrp: Pid, goesOn: boolean): void {
  signalGroup(k, pgrp, siginfo(SIGHUP, SI_KERNEL));
  if (goesOn) signalGroup(k, pgrp, siginfo(SIGCONT, SI_KERNEL));
}

/**
 * The leader of a session gives up the terminal for all of it: the foreground group gets SIGHUP, and SIGCONT unless the
 * leader exits. A leader that lost its terminal by a hangup does so with the group that was in the foreground then
 * (Linux disassociate_ctty).
 */
export function giveUpTerminal(k: Kernel, t: Task, exits: boolean): void {
  const { signal } = t;
  const { tty } = signal;
  if (!signal.sessionLeader) {
    if (!exits) clearTerminal(signal);
    return;
  }
  if (tty === null) {
    if (exits) giveUpOldGroup(k, signal);
    return;
  }
  if (tty.pgrp !== null) hangUpGroup(k, tty.pgrp, !exits || tty.driver === 'console');
  tty.setSession(null);
  dropFromSession(k, signal.session);
}

function giveUpOldGroup(k: Kernel, signal: Signal): void {
  const old = signal.oldForeground;
  if (old === null) return;
  signal.oldForeground = null;
  hangUpGroup(k, old, true);
  put(old);
}

/** TIOCSPGRP: makes a group of the session the foreground one. `nr` is its number. */
export function setForeground(k: Kernel, t: Task, tty: Tty, nr: number): Result {
  const { session, tty: own } = t.signal;
  if (own !== tty || tty.session !== session) return -ENOTTY;
  const pgrp = nr > 0 ? t.pid.ns.find(nr) : null;
  if (pgrp === null) return -ESRCH;
  // A process that leads no group counts, too: it may be about to (Linux session_of_pgrp).
  const { tasks } = k.container;
  const member = tasks.find((task) => task.signal.pgrp === pgrp) ?? tasks.find((task) => task.pid === pgrp);
  if (member?.signal.session !== session) return -EPERM;
  tty.setSession(session, pgrp);
  return 0;
}
