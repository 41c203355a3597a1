/** Packet mode of masters, ioctl_tty(2) TIOCPKT: what happens to the slave is told before its output. Linux drivers/tty/pty.c. */
import { POLLIN, POLLPRI, POLLRDNORM } from '../fd/poll.ts';
import { IXON, VSTART, VSTOP } from './termios.ts';
import type { Tty } from './tty.ts';

export const TIOCPKT_DATA = 0;
export const TIOCPKT_FLUSHREAD = 1;
export const TIOCPKT_FLUSHWRITE = 2;
export const TIOCPKT_STOP = 4;
export const TIOCPKT_START = 8;
export const TIOCPKT_NOSTOP = 16;
export const TIOCPKT_DOSTOP = 32;
export const TIOCPKT_IOCTL = 64;

const CTRL_S = 19;
const CTRL_Q = 17;

/** Tells a master in packet mode of its slave; `cancels` are older bits that this one makes untrue. */
export function packetEvent(slave: Tty, bits: number, cancels = 0): void {
  const { master } = slave;
  if (master === null || !master.packet) return;
  slave.packetStatus = (slave.packetStatus & ~cancels) | bits;
  master.wake(POLLIN | POLLRDNORM | POLLPRI);
}

/** Whether ^S and ^Q stop and start the slave's output, so that a master may do that itself. */
export function hasStandardFlow(tty: Tty): boolean {
  return (tty.iflag & IXON) !== 0 && tty.cc[VSTOP] === CTRL_S && tty.cc[VSTART] === CTRL_Q;
}
