/** How the two ends of a connection affect each other. Linux net/ipv4/tcp_input.c tcp_fin, tcp_reset, tcp_done. */
import { ECONNREFUSED, ECONNRESET, EPIPE } from '../../errno.ts';
import { get, put } from '../../kobject/kobject.ts';
import { RCV_SHUTDOWN, SHUTDOWN_MASK } from '../constants.ts';
import { REUSEADDR } from '../option-bits.ts';
import { READ_EVENTS, STATE } from '../sock.ts';
import { clear, drop, front, push } from './bytequeue.ts';
import type { TcpSock } from './tcp.ts';

/** TIME_WAIT lasts a minute. */
const TIME_WAIT_NS = 60_000_000_000;
/** A segment carries at most this much. */
const SEGMENT = 65_483;
const HEADERS = 52;

/** Joins two ends. */
export function join(a: TcpSock, b: TcpSock): void {
  a.peer = get(b);
  b.peer = get(a);
}

/** The end of one end: it knows the other no more. */
function part(sock: TcpSock): void {
  const { peer } = sock;
  if (peer === null) return;
  sock.peer = null;
  peer.peer = null;
  put(peer);
  put(sock);
}

/** An end is through with its connection; what it has received can still be read (Linux tcp_done). */
export function done(sock: TcpSock): void {
  get(sock);
  sock.state = STATE.CLOSE;
  sock.shutdown = SHUTDOWN_MASK;
  sock.finWaits = false;
  sock.retryAt = null;
  clear(sock.outbox);
  part(sock);
  if (sock.file === null) sock.port = 0;
  sock.stateChanged();
  put(sock);
}

/** A reset comes in. */
export function reset(sock: TcpSock): void {
  if (sock.state === STATE.CLOSE) return;
  sock.err = sock.state === STATE.SYN_SENT ? ECONNREFUSED : sock.state === STATE.CLOSE_WAIT ? EPIPE : ECONNRESET;
  done(sock);
}

/** Resets the other end, and is through. */
export function abort(sock: TcpSock): void {
  const { peer } = sock;
  get(sock);
  if (peer !== null) {
    get(peer);
    reset(peer);
    put(peer);
  }
  done(sock);
  put(sock);
}

/** The last acknowledgement is on its way: the port stays known for a while. */
function timeWait(sock: TcpSock): void {
  const { addr, port, peerAddr, peerPort, net } = sock;
  net.forgetOld();
  const until = net.k.clock.now() + TIME_WAIT_NS;
  net.timeWait.push({ addr, port, peerAddr, peerPort, reuse: sock.hasOption(REUSEADDR), until });
  done(sock);
}

/** The end of the stream comes in. */
function receiveFin(sock: TcpSock): void {
  sock.ended = true;
  sock.shutdown |= RCV_SHUTDOWN;
  if (sock.state === STATE.ESTABLISHED) sock.state = STATE.CLOSE_WAIT;
  else if (sock.state === STATE.FIN_WAIT1) sock.state = STATE.CLOSING;
  else if (sock.state === STATE.FIN_WAIT2) {
    timeWait(sock);
    return;
  }
  sock.stateChanged();
}

/** The end of the stream goes out, behind all data; it is acknowledged at once. */
function sendFin(sock: TcpSock): void {
  const { peer } = sock;
  sock.finWaits = false;
  sock.net.countPacket(HEADERS);
  const last = sock.state === STATE.LAST_ACK;
  const closing = sock.state === STATE.CLOSING;
  if (sock.state === STATE.FIN_WAIT1) sock.state = STATE.FIN_WAIT2;
  if (peer !== null) {
    get(peer);
    receiveFin(peer);
    put(peer);
  }
  if (last) done(sock);
  else if (closing) timeWait(sock);
}

/** Nothing more will be written here: the other end learns of it once it has all that was. */
export function finish(sock: TcpSock): void {
  if (sock.state === STATE.ESTABLISHED) sock.state = STATE.FIN_WAIT1;
  else if (sock.state === STATE.CLOSE_WAIT) sock.state = STATE.LAST_ACK;
  else return;
  sock.finWaits = true;
  flush(sock);
}

/** Moves what the window of the other end takes; one that wants no more data resets. */
export function flush(sock: TcpSock): void {
  get(sock);
  const before = sock.outbox.length;
  const { peer } = sock;
  if (peer !== null && before > 0) {
    if ((peer.shutdown & RCV_SHUTDOWN) !== 0 && (peer.state === STATE.FIN_WAIT1 || peer.state === STATE.FIN_WAIT2)) {
      reset(sock);
      put(sock);
      return;
    }
    transfer(sock, peer);
  }
  if (sock.outbox.length < before) sock.roomMade();
  if (sock.finWaits && sock.outbox.length === 0) sendFin(sock);
  put(sock);
}

function transfer(sock: TcpSock, peer: TcpSock): void {
  let moved = 0;
  while (sock.outbox.length > 0 && peer.receiveWindow > 0) {
    const data = front(sock.outbox, 0, Math.min(peer.receiveWindow, SEGMENT));
    push(peer.inbox, data);
    drop(sock.outbox, data.length);
    sock.net.countPacket(data.length + HEADERS);
    moved += data.length;
  }
  sock.sent += moved;
  peer.received += moved;
  if (moved > 0) peer.notify(READ_EVENTS);
}
