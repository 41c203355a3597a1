/** Requests that only the master of a pseudo-terminal knows, ioctl_tty(2). Linux drivers/tty/pty.c pty_unix98_ioctl. */
import { EFAULT, EINVAL } from '../errno.ts';
import * as io from '../fd/ioctls.ts';
import type { Kernel } from '../kernel.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../signal/numbers.ts';
import { signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Tty } from './tty.ts';

type Handler = (k: Kernel, t: Task, master: Tty, arg: number) => Result;

const word = (t: Task, arg: number, value: number): Result => (t.mm?.put32(arg, value) ? 0 : -EFAULT);

/** Reads the flag that a request sets. */
function flag(set: (master: Tty, on: boolean) => void): Handler {
  return (_k, t, master, arg) => {
    const value = t.mm?.get32(arg) ?? null;
    if (value === null) return -EFAULT;
    set(master, value !== 0);
    return 0;
  };
}

function setPacketMode(master: Tty, on: boolean): void {
  if (on && !master.packet && master.link !== null) master.link.packetStatus = 0;
  master.packet = on;
}

const SIGNALS: readonly number[] = [SIGINT, SIGQUIT, SIGTSTP];

/** TIOCSIG: as if a key had been typed. */
function signalSlave(k: Kernel, _t: Task, master: Tty, sig: number): Result {
  if (!SIGNALS.includes(sig)) return -EINVAL;
  const pgrp = master.link?.pgrp ?? null;
  if (pgrp !== null) signalGroup(k, pgrp, siginfo(sig, SI_KERNEL));
  return 0;
}

export const MASTER_HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [io.TIOCGPTN, (_k, t, master, arg) => word(t, arg, master.index)],
  [
    io.TIOCSPTLCK,
    flag((master, on) => {
      master.locked = on;
    }),
  ],
  [io.TIOCGPTLCK, (_k, t, master, arg) => word(t, arg, master.locked ? 1 : 0)],
  [io.TIOCPKT, flag(setPacketMode)],
  [io.TIOCGPKT, (_k, t, master, arg) => word(t, arg, master.packet ? 1 : 0)],
  [io.TIOCSIG, signalSlave],
]);
