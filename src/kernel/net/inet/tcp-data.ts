/** Bytes into and out of a TCP connection. Linux net/ipv4/tcp.c tcp_sendmsg_locked, tcp_recvmsg_locked. */
import { EFAULT, ENOTCONN, EPIPE } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { SIGPIPE } from '../../signal/numbers.ts';
import { raise } from '../../signal/send.ts';
import { BLOCKED, type Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, SEND_SHUTDOWN } from '../constants.ts';
import type { Received, Sending } from '../message.ts';
import { patience, STATE, sleepOn, WRITE_EVENTS } from '../sock.ts';
import { drop, front, push } from './bytequeue.ts';
import type { TcpSock } from './tcp.ts';
import { flush } from './tcp-state.ts';

/** Bytes are copied in pieces of this size. */
const PIECE = 32_768;

/** Whether a writer should be told of room: a third of the buffer is free (Linux sk_stream_is_writeable). */
export function writableTcp(sock: TcpSock): boolean {
  return sock.sndbuf - sock.outbox.length >= sock.outbox.length >>> 1;
}

/** The errno of a send that cannot go on, with SIGPIPE where nobody reads (Linux sk_stream_error). */
function streamError(k: Kernel, t: Task, sock: TcpSock, flags: number, errno: number): Result {
  const error = errno === EPIPE ? sock.takeError() || -EPIPE : -errno;
  if (error === -EPIPE && (flags & MSG_NOSIGNAL) === 0) raise(k, t, SIGPIPE);
  return error;
}

const OPEN: readonly number[] = [STATE.ESTABLISHED, STATE.CLOSE_WAIT];

export function sendTcp(k: Kernel, t: Task, sock: TcpSock, { from, flags }: Sending): Result {
  let sent = t.wait?.progress ?? 0;
  from.skip(sent);
  const timeo = patience(sock.sndtimeo, flags);
  if (sent === 0 && sock.state === STATE.SYN_SENT) {
    const result = sleepOn(sock, t, { events: 0, timeo });
    return result;
  }
  if (sent === 0 && !OPEN.includes(sock.state)) return streamError(k, t, sock, flags, EPIPE);
  while (from.remaining > 0) {
    if (sock.err !== 0 || (sock.shutdown & SEND_SHUTDOWN) !== 0) {
      return sent > 0 ? sent : streamError(k, t, sock, flags, EPIPE);
    }
    const room = sock.sndbuf - sock.outbox.length;
    if (room <= 0) {
      const result = sleepOn(sock, t, { events: WRITE_EVENTS, timeo, progress: sent });
      return result === BLOCKED || sent === 0 ? result : sent;
    }
    const size = Math.min(room, from.remaining, PIECE);
    const data = from.take(size);
    if (data === null) return sent > 0 ? sent : -EFAULT;
    push(sock.outbox, data);
    flush(sock);
    sent += data.length;
    if (data.length < size) return sent;
  }
  if (sent === 0 && (sock.shutdown & SEND_SHUTDOWN) !== 0) return streamError(k, t, sock, flags, EPIPE);
  return sent;
}

export function receiveTcp(t: Task, sock: TcpSock, into: Received): Result {
  const { flags, to } = into;
  if (sock.state === STATE.LISTEN) return -ENOTCONN;
  const peek = (flags & MSG_PEEK) !== 0;
  const before = peek ? 0 : (t.wait?.progress ?? 0);
  to.skip(before);
  const target = sock.target(flags, to.count);
  const got = copyOut(sock, into, peek);
  if (got < 0) return before > 0 ? before : got;
  const copied = before + got;
  if (copied >= target || (to.remaining === 0 && to.count > 0)) return copied;
  const end = endOf(sock);
  if (end !== null) return copied > 0 ? copied : end();
  const result = sleepOn(sock, t, { events: 0, timeo: patience(sock.rcvtimeo, flags), progress: copied });
  return result === BLOCKED || copied === 0 ? result : copied;
}

/** What a read that finds nothing returns, if it is not to wait. */
function endOf(sock: TcpSock): (() => Result) | null {
  if (sock.ended) return () => 0;
  if (sock.err !== 0) return () => sock.takeError();
  if (sock.atEnd) return () => 0;
  return sock.state === STATE.CLOSE ? () => -ENOTCONN : null;
}

/** Copies what is there; MSG_TRUNC throws it away instead. The bytes, or -EFAULT. */
function copyOut(sock: TcpSock, { flags, to }: Received, peek: boolean): Result {
  const { inbox } = sock;
  let copied = 0;
  while (to.remaining > 0) {
    const at = peek ? copied : 0;
    const data = front(inbox, at, to.remaining);
    if (data.length === 0) break;
    let n = data.length;
    if (flags & MSG_TRUNC) to.skip(n);
    else n = to.put(data);
    copied += n;
    if (!peek) drop(inbox, n);
    if (n < data.length) {
      if (copied === 0) return -EFAULT;
      break;
    }
  }
  // The other end may go on.
  if (copied > 0 && !peek && sock.peer !== null) flush(sock.peer);
  return copied;
}
