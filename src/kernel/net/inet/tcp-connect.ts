/** How TCP connections begin. Linux net/ipv4/af_inet.c, inet_connection_sock.c, tcp_ipv4.c. */
import {
  EADDRINUSE,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ETIMEDOUT,
} from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { get, put } from '../../kobject/kobject.ts';
import { BLOCKED, type Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { AF_INET, AF_UNSPEC, MSG_DONTWAIT } from '../constants.ts';
import { patience, READ_EVENTS, STATE, sleepOn } from '../sock.ts';
import { familyOf } from '../sockaddr.ts';
import { ANY4, ANY6, isAny, isBroadcast, isIPv4, parseEndpoint } from './address.ts';
import { IPPROTO_TCP, inetSocks, listenerTaken } from './ports.ts';
import { LINK, TCP_SNDBUF_CONNECTED, TcpSock } from './tcp.ts';
import { abort, done, join } from './tcp-state.ts';

const NS_PER_SEC = 1_000_000_000;
/** net.ipv4.tcp_syn_retries. */
const SYN_RETRIES = 6;

/** Who listens for a connection to an address: the one that names it rather than one for all. */
function findListener(k: Kernel, sock: TcpSock, addr: string, port: number): TcpSock | null {
  let best: TcpSock | null = null;
  let points = 0;
  for (const other of inetSocks(k, sock.net, IPPROTO_TCP) as TcpSock[]) {
    if (other.state !== STATE.LISTEN || other.port !== port || !other.takes(addr)) continue;
    const found = (isAny(other.addr) ? 1 : 4) + (other.family === AF_INET && isIPv4(addr) ? 1 : 0);
    if (found <= points) continue;
    best = other;
    points = found;
  }
  return best;
}

/** The listener's end of a new connection (Linux tcp_create_openreq_child). */
function makeChild(listener: TcpSock, sock: TcpSock): TcpSock {
  const { net, family, type, protocol, options, rcvbuf, rcvlowat, sndtimeo, rcvtimeo, linger, lingerTime } = listener;
  const inherited = { options, rcvbuf, rcvlowat, sndtimeo, rcvtimeo, linger, lingerTime };
  const child = new TcpSock({
    net,
    seq: net.k.container.waitSeq++,
    family,
    type,
    protocol,
    ...inherited,
    sndbuf: listener.fixedBuffer ? listener.sndbuf : TCP_SNDBUF_CONNECTED,
    fixedBuffer: listener.fixedBuffer,
    v6only: listener.v6only,
    values: new Map(listener.values),
    addr: sock.peerAddr,
    port: sock.peerPort,
    peerAddr: sock.addr,
    peerPort: sock.port,
    state: STATE.ESTABLISHED,
    link: LINK.CONNECTED,
  });
  return child.enlist();
}

/** The first segment: answered, refused, or lost when too many wait already. */
function knock(k: Kernel, sock: TcpSock): void {
  sock.net.countPacket(60);
  const listener = findListener(k, sock, sock.peerAddr, sock.peerPort);
  if (listener === null) {
    sock.err = ECONNREFUSED;
    done(sock);
    return;
  }
  if (listener.pending.length > listener.backlog) {
    sock.retryAt = k.clock.now() + NS_PER_SEC * 2 ** sock.retries;
    k.container.deadlinesChanged = true;
    return;
  }
  sock.retryAt = null;
  const child = makeChild(listener, sock);
  listener.pending.push(get(child));
  join(sock, child);
  sock.state = STATE.ESTABLISHED;
  if (!sock.fixedBuffer) sock.sndbuf = TCP_SNDBUF_CONNECTED;
  listener.notify(READ_EVENTS);
  sock.stateChanged();
}

/** Nobody answered in time. */
export function retryConnect(k: Kernel, sock: TcpSock): void {
  sock.retries++;
  sock.retryAt = null;
  if (sock.retries <= SYN_RETRIES) {
    knock(k, sock);
    return;
  }
  sock.err = ETIMEDOUT;
  done(sock);
}

export function connectTcp(k: Kernel, t: Task, sock: TcpSock, address: Uint8Array, nonblock: boolean): Result {
  if (address.length < 2) return -EINVAL;
  if (familyOf(address) === AF_UNSPEC) return disconnect(sock);
  if (t.wait !== null) return awaitAnswer(t, sock, nonblock, -EINPROGRESS);
  if (sock.link === LINK.CONNECTED) return -EISCONN;
  if (sock.link === LINK.CONNECTING) return awaitAnswer(t, sock, nonblock, -EALREADY);
  if (sock.state !== STATE.CLOSE) return -EISCONN;
  const begun = begin(k, sock, address);
  return begun < 0 ? begun : awaitAnswer(t, sock, nonblock, -EINPROGRESS, true);
}

function begin(k: Kernel, sock: TcpSock, address: Uint8Array): Result {
  const to = parseEndpoint(sock.family, address);
  if (typeof to === 'number') return to;
  const way = sock.route(to.addr);
  if (typeof way === 'number') return way;
  if (isBroadcast(way.to)) return -ENETUNREACH;
  if (sock.port === 0) {
    const got = sock.takePort(k, 0);
    if (got < 0) return got;
  }
  sock.addr = way.from;
  sock.peerAddr = way.to;
  sock.peerPort = to.port;
  sock.state = STATE.SYN_SENT;
  sock.shutdown = 0;
  sock.ended = false;
  sock.err = 0;
  sock.retries = 0;
  sock.link = LINK.CONNECTING;
  knock(k, sock);
  return 0;
}

/** Waits for the answer. A call that does not wait says that it goes on, even when the answer is there already. */
function awaitAnswer(t: Task, sock: TcpSock, nonblock: boolean, going: Result, first = false): Result {
  if (sock.state === STATE.SYN_SENT || (first && nonblock)) {
    const timeo = patience(sock.sndtimeo, nonblock ? MSG_DONTWAIT : 0);
    const result = sleepOn(sock, t, { events: 0, timeo });
    return result === BLOCKED ? result : going;
  }
  if (sock.state === STATE.CLOSE) {
    sock.link = LINK.UNCONNECTED;
    const error = sock.takeError() || -ECONNABORTED;
    forgetPeer(sock);
    return error;
  }
  sock.link = LINK.CONNECTED;
  return 0;
}

function forgetPeer(sock: TcpSock): void {
  const any = sock.family === AF_INET ? ANY4 : ANY6;
  sock.peerPort = 0;
  sock.peerAddr = any;
  sock.shutdown = 0;
  if (sock.chosen) return;
  sock.port = 0;
  sock.addr = any;
}

/** connect(2) to AF_UNSPEC: back to a fresh socket. */
function disconnect(sock: TcpSock): Result {
  if (sock.state === STATE.LISTEN) stopListening(sock);
  else if (sock.state !== STATE.CLOSE) abort(sock);
  sock.link = LINK.UNCONNECTED;
  sock.err = 0;
  forgetPeer(sock);
  return 0;
}

/** Connections that nobody accepted are reset. */
export function stopListening(sock: TcpSock): void {
  sock.state = STATE.CLOSE;
  for (const connection of sock.pending.splice(0)) {
    abort(connection);
    put(connection);
  }
  sock.stateChanged();
}

export function listenTcp(k: Kernel, sock: TcpSock, backlog: number): Result {
  if (sock.link !== LINK.UNCONNECTED) return -EINVAL;
  if (sock.state !== STATE.CLOSE && sock.state !== STATE.LISTEN) return -EINVAL;
  sock.backlog = backlog;
  if (sock.state === STATE.LISTEN) return 0;
  sock.state = STATE.LISTEN;
  const got = sock.port === 0 ? sock.takePort(k, 0) : listenerTaken(k, sock) ? -EADDRINUSE : 0;
  if (got < 0) sock.state = STATE.CLOSE;
  return got;
}

/** The oldest connection, with the reference that the queue had. */
export function acceptTcp(t: Task, sock: TcpSock, nonblock: boolean): TcpSock | Result {
  if (sock.state !== STATE.LISTEN) return -EINVAL;
  const first = sock.pending.shift();
  if (first !== undefined) return first;
  const timeo = patience(sock.rcvtimeo, nonblock ? MSG_DONTWAIT : 0);
  return timeo === 0 ? -EAGAIN : sleepOn(sock, t, { events: 0, timeo });
}
