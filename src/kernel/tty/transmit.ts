/** Where a terminal's output goes: to the host, or to the other side of a pseudo-terminal. Linux drivers/tty/pty.c pty_write. */
import type { Kernel } from '../kernel.ts';
import { consoleOf } from './console.ts';
import { receiveInput } from './input.ts';
import type { Tty } from './tty.ts';

/** Bytes that wait before the line discipline of the receiver, at most (Linux tty_buffer_set_limit of ptys). */
const PORT_LIMIT = 8192;

/** How many bytes may be sent now. */
export function roomOf(tty: Tty): number {
  if (tty.stopped) return 0;
  if (tty.driver === 'console') return Number.POSITIVE_INFINITY;
  const { other } = tty;
  return other === null ? 0 : Math.max(0, PORT_LIMIT - other.incoming.length);
}

/** Sends bytes, not more than there is room for. */
export function transmit(k: Kernel, tty: Tty, data: Uint8Array): void {
  const { other } = tty;
  if (tty.driver === 'console') consoleOf(k).output(k, 0, data);
  else if (other !== null && data.length > 0) receiveInput(k, other, data);
}
