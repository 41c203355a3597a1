/** connect(2), accept(2) on AF_UNIX. Linux net/unix/af_unix.c unix_stream_connect, unix_dgram_connect, unix_accept. */
import { EAGAIN, ECONNREFUSED, ECONNRESET, EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP, EPERM } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { get, put } from '../../kobject/kobject.ts';
import { BLOCKED, type Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { AF_UNSPEC, MSG_DONTWAIT } from '../constants.ts';
import { patience, READ_EVENTS, STATE, sleepOn } from '../sock.ts';
import { familyOf } from '../sockaddr.ts';
import { autobindForCredentials, findOther, parseName } from './name.ts';
import { purge } from './queue.ts';
import { madeRoom, PEER_ROOM } from './room.ts';
import { newUnix, type UnixSock } from './sock.ts';

/** Whether datagrams may go there: a socket that is connected takes them from its peer alone. */
export function maySend(sock: UnixSock, other: UnixSock): boolean {
  return other.peer === null || other.peer === sock;
}

/** The old peer of a datagram socket is left: what it sent is lost, and it hears of that if it is connected back. */
export function leaveDatagramPeer(sock: UnixSock, old: UnixSock): void {
  if (sock.queue.length === 0) return;
  purge(sock);
  madeRoom(sock);
  if (!old.dead && old.peer === sock) old.fail(ECONNRESET);
}

export function connectDatagram(k: Kernel, t: Task, sock: UnixSock, address: Uint8Array): Result {
  if (address.length < 2) return -EINVAL;
  let other: UnixSock | null = null;
  if (familyOf(address) !== AF_UNSPEC) {
    const name = parseName(address);
    if (typeof name === 'number') return name;
    const bound = autobindForCredentials(k, sock);
    if (bound < 0) return bound;
    const found = findOther(k, t, sock, name);
    if (typeof found === 'number') return found;
    if (!maySend(sock, found)) return -EPERM;
    other = found;
    sock.state = other.state = STATE.ESTABLISHED;
  } else {
    sock.state = STATE.CLOSE;
  }
  changePeer(sock, other);
  return 0;
}

function changePeer(sock: UnixSock, other: UnixSock | null): void {
  const old = sock.peer;
  if (old === other) return;
  if (old !== null) get(old);
  sock.setPeer(other);
  if (sock.wantsRoom) madeRoomFor(sock);
  if (old === null) return;
  leaveDatagramPeer(sock, old);
  put(old);
}

function madeRoomFor(sock: UnixSock): void {
  sock.wantsRoom = false;
  sock.wake(0);
}

export function connectStream(k: Kernel, t: Task, sock: UnixSock, address: Uint8Array, nonblock: boolean): Result {
  const name = parseName(address);
  if (typeof name === 'number') return name;
  const bound = autobindForCredentials(k, sock);
  if (bound < 0) return bound;
  const other = findOther(k, t, sock, name);
  if (typeof other === 'number') return other;
  if (other.state !== STATE.LISTEN || other.atEnd) return -ECONNREFUSED;
  if (other.queueFull) {
    const timeo = patience(sock.sndtimeo, nonblock ? MSG_DONTWAIT : 0);
    return sleepOn(sock, t, { on: other, events: PEER_ROOM, timeo });
  }
  if (sock.state === STATE.ESTABLISHED) return -EISCONN;
  if (sock.state !== STATE.CLOSE) return -EINVAL;
  establish(t, sock, other);
  return 0;
}

/** Makes the other end, which waits for accept; each end knows whose the other is. */
function establish(t: Task, sock: UnixSock, listener: UnixSock): void {
  const end = newUnix(t, sock.type).enlist();
  end.address = listener.address;
  end.state = STATE.ESTABLISHED;
  end.setPeer(sock);
  end.setPeerCred(t.signal.tgid, t.cred);
  sock.setPeerCred(listener.peerPid, listener.peerCred);
  sock.state = STATE.ESTABLISHED;
  sock.setPeer(end);
  listener.pending.push(get(end));
  listener.notify(READ_EVENTS);
}

/** The oldest connection, with the reference that the queue had. */
export function acceptUnix(_k: Kernel, t: Task, sock: UnixSock, nonblock: boolean): UnixSock | Result {
  if (sock.isDatagram) return -EOPNOTSUPP;
  if (sock.state !== STATE.LISTEN) return -EINVAL;
  const error = sock.takeError();
  if (error < 0) return error;
  const first = sock.pending.shift();
  if (first !== undefined) {
    sock.wake(PEER_ROOM);
    return first;
  }
  const timeo = patience(sock.rcvtimeo, nonblock ? MSG_DONTWAIT : 0);
  if (timeo !== 0 && sock.atEnd) return -EINVAL;
  return sleepOn(sock, t, { events: 0, timeo });
}

/**
 * Waits for a message on a datagram queue (Linux __skb_wait_for_more_packets): 0 at the end of a connection, BLOCKED, or a
 * negated errno.
 */
export function waitForMessage(t: Task, sock: UnixSock, flags: number): Result {
  const timeo = patience(sock.rcvtimeo, flags);
  if (timeo === 0) return -EAGAIN;
  if (sock.atEnd) return 0;
  if (!sock.isDatagram && sock.state !== STATE.ESTABLISHED) return -ENOTCONN;
  const result = sleepOn(sock, t, { events: 0, timeo });
  return result === BLOCKED ? BLOCKED : result;
}
