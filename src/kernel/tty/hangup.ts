/** A terminal hangs up: vhangup(2), TIOCVHANGUP, the end of a pseudo-terminal's master. Linux drivers/tty/tty_io.c __tty_hangup. */

import { EIO, ENOTTY, EPERM } from '../errno.ts';
import * as io from '../fd/ioctls.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { SIGCONT, SIGHUP } from '../signal/numbers.ts';
import { sendSignal } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { flushInput, flushOutput } from './input.ts';
import { clearTerminal } from './job.ts';
import * as termios from './termios.ts';
import type { Tty } from './tty.ts';

/** What poll tells of a file that was hung up. */
export const HUNG_UP_EVENTS = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;

/** ioctl(2) of a file that was hung up. */
export function hungUpIoctl(cmd: number): Result {
  return cmd === io.TIOCSPGRP ? -ENOTTY : -EIO;
}

/**
 * All open files of the terminal are dead from now on. The leader of its session gets SIGHUP and SIGCONT, and the session
 * has no terminal; a slave's settings are those of a new one.
 */
export function hangUp(k: Kernel, tty: Tty): void {
  // With the power goes everything at once: nobody is left who could be told.
  if (k.container.refs === 0) return;
  get(tty);
  if (tty.driver !== 'console') for (const file of tty.files) file.hangUp();
  signalSession(k, tty);
  flushInput(tty);
  flushOutput(tty);
  if (tty.driver === 'pts') resetSettings(tty);
  tty.setSession(null);
  tty.packetStatus = 0;
  tty.wake(0);
  put(tty);
}

function signalSession(k: Kernel, tty: Tty): void {
  const { session, pgrp } = tty;
  if (session === null) return;
  for (const task of [...k.container.tasks]) {
    const { signal } = task;
    if (!task.isLeader || signal.session !== session) continue;
    if (signal.tty === tty) clearTerminal(signal);
    if (!signal.sessionLeader) continue;
    sendSignal(k, task, siginfo(SIGHUP, SI_KERNEL), true);
    sendSignal(k, task, siginfo(SIGCONT, SI_KERNEL), true);
    if (signal.oldForeground !== null) put(signal.oldForeground);
    signal.oldForeground = pgrp === null ? null : get(pgrp);
  }
}

/** A slave's settings when it is made (Linux tty_std_termios, pty_unix98_install). */
export const SLAVE_SETTINGS = {
  iflag: termios.ICRNL | termios.IXON,
  oflag: termios.INITIAL_OFLAG,
  cflag: termios.B38400 | termios.CS8 | termios.CREAD,
  lflag: termios.INITIAL_LFLAG,
} as const;

function resetSettings(tty: Tty): void {
  Object.assign(tty, SLAVE_SETTINGS, { line: 0, ispeed: 38400, ospeed: 38400 });
  tty.cc = Uint8Array.from(termios.INITIAL_CC);
}

function vhangup(k: Kernel, t: Task): Result {
  if (!t.cred.capable(CAP.SYS_TTY_CONFIG)) return -EPERM;
  if (t.signal.tty !== null) hangUp(k, t.signal.tty);
  return 0;
}

export const hangupCalls = [syscall(111, 'vhangup', {}, (k, t) => vhangup(k, t))];
