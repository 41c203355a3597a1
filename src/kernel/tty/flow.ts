/** Stopping and starting output: VSTOP, VSTART, TCXONC. Linux drivers/tty/tty_io.c stop_tty, start_tty. */
import { POLL_OUT, signalIo } from '../fd/async.ts';
import { POLLOUT, POLLWRNORM } from '../fd/poll.ts';
import type { Kernel } from '../kernel.ts';
import { packetEvent, TIOCPKT_START, TIOCPKT_STOP } from './packet.ts';
import type { Tty } from './tty.ts';

export function stopOutput(tty: Tty): void {
  if (tty.stopped) return;
  tty.stopped = true;
  packetEvent(tty, TIOCPKT_STOP, TIOCPKT_START);
}

/** Writers go on; TCXONC's stop holds against everything but TCXONC. */
export function startOutput(k: Kernel, tty: Tty): void {
  if (!tty.stopped || tty.flowStopped) return;
  tty.stopped = false;
  packetEvent(tty, TIOCPKT_START, TIOCPKT_STOP);
  wakeWriters(k, tty);
}

/** There is room for output; SIGIO goes out when a write found none (Linux tty_wakeup). */
export function wakeWriters(k: Kernel, tty: Tty): void {
  if (tty.tellsOfRoom) {
    tty.tellsOfRoom = false;
    signalIo(k, tty, POLL_OUT);
  }
  tty.wake(POLLOUT | POLLWRNORM);
}
