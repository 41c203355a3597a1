/** How TCP connections end. Linux net/ipv4/tcp.c tcp_close, net/ipv4/af_inet.c inet_shutdown. */
import { ENOTCONN } from '../../errno.ts';
import type { Result } from '../../syscall/define.ts';
import { RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } from '../constants.ts';
import { STATE } from '../sock.ts';
import { clear } from './bytequeue.ts';
import { LINK, type TcpSock } from './tcp.ts';
import { stopListening } from './tcp-connect.ts';
import { abort, done, finish } from './tcp-state.ts';

/** The last descriptor is gone. Unread data, or a linger time of none, makes it a reset; else the rest is sent in its own time. */
export function closeTcp(sock: TcpSock): void {
  const unread = sock.inbox.length > 0;
  clear(sock.inbox);
  if (sock.state === STATE.LISTEN) {
    stopListening(sock);
    sock.port = 0;
  } else if (sock.state === STATE.CLOSE || sock.state === STATE.SYN_SENT) {
    done(sock);
  } else if (unread || sock.linger === 0) {
    abort(sock);
  } else {
    sock.shutdown = SHUTDOWN_MASK;
    finish(sock);
  }
}

export function shutDownTcp(sock: TcpSock, how: number): Result {
  if (sock.state === STATE.CLOSE) {
    sock.shutdown |= how;
    sock.stateChanged();
    return -ENOTCONN;
  }
  if (sock.state === STATE.LISTEN || sock.state === STATE.SYN_SENT) {
    if (sock.state === STATE.LISTEN && (how & RCV_SHUTDOWN) === 0) return 0;
    if (sock.state === STATE.LISTEN) stopListening(sock);
    else done(sock);
    sock.link = LINK.UNCONNECTED;
    sock.shutdown = 0;
    return 0;
  }
  sock.shutdown |= how;
  if ((how & SEND_SHUTDOWN) !== 0) finish(sock);
  sock.stateChanged();
  return 0;
}
