/** SOCK_DGRAM and SOCK_SEQPACKET of AF_UNIX: messages. Linux net/unix/af_unix.c unix_dgram_sendmsg, __unix_dgram_recvmsg. */
import { EAGAIN, ECONNREFUSED, ECONNRESET, EFAULT, EMSGSIZE, ENOTCONN, EOPNOTSUPP, EPERM, EPIPE } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { get, put } from '../../kobject/kobject.ts';
import { BLOCKED, type Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_SEQPACKET } from '../constants.ts';
import type { Received, Sending } from '../message.ts';
import { datagramCharge } from '../skb.ts';
import { patience, STATE, sleepOn } from '../sock.ts';
import { leaveDatagramPeer, maySend, waitForMessage } from './connect.ts';
import { autobindForCredentials, findOther, parseName } from './name.ts';
import { enqueue, type Message, remove, takeFiles, unread } from './queue.ts';
import { madeRoom, PEER_ROOM } from './room.ts';
import type { UnixSock } from './sock.ts';
import { awaitRoom, baggageOf, senderIfWanted } from './stream.ts';
import { NO_SENDER, passFiles, sockaddrForReader } from './told.ts';

export function sendDatagram(k: Kernel, t: Task, sock: UnixSock, message: Sending): Result {
  const { from, flags, name } = message;
  const baggage = baggageOf(t, sock, message.control);
  if (typeof baggage === 'number') return baggage;
  if (flags & MSG_OOB) return -EOPNOTSUPP;
  const to = name === null ? null : parseName(name);
  if (typeof to === 'number') return to;
  if (to === null && sock.peer === null) return -ENOTCONN;
  const bound = autobindForCredentials(k, sock);
  if (bound < 0) return bound;
  if (from.count > sock.sndbuf - 32) return -EMSGSIZE;
  const room = awaitRoom(t, sock, flags, 0);
  if (room !== 0) return room;
  const data = from.take(from.count);
  if (data === null || data.length < from.count) return -EFAULT;
  const other = receiver(k, t, sock, to, flags);
  if (typeof other === 'number') return other;
  const sender = senderIfWanted(t, sock, other, baggage);
  const { files } = baggage;
  enqueue(other, sock, { data, files, sender, charge: datagramCharge(data.length), user: t.cred.uid });
  return data.length;
}

/** Who gets the message, with room for it; BLOCKED, or a negated errno. */
function receiver(k: Kernel, t: Task, sock: UnixSock, to: string | null, flags: number): UnixSock | Result {
  const other = to === null ? sock.peer : findOther(k, t, sock, to);
  if (other === null) return -ECONNRESET;
  if (typeof other === 'number') return other;
  if (!maySend(sock, other)) return -EPERM;
  if (other.dead) return lostPeer(sock, other);
  if (other.atEnd) return -EPIPE;
  if (other === sock || other.peer === sock || !other.queueFull) return other;
  const timeo = patience(sock.sndtimeo, flags);
  if (timeo === 0 && sock.peer === other) sock.wantsRoom = true;
  return sleepOn(sock, t, { on: other, events: PEER_ROOM, timeo });
}

/** The peer was closed: the first to send finds out. */
function lostPeer(sock: UnixSock, other: UnixSock): Result {
  if (sock.type === SOCK_SEQPACKET) return -EPIPE;
  get(other);
  sock.setPeer(null);
  sock.state = STATE.CLOSE;
  leaveDatagramPeer(sock, other);
  put(other);
  return -ECONNREFUSED;
}

/** The message that a receive gets, and where in it peeking starts (Linux __skb_try_recv_from_queue). */
function choose(sock: UnixSock, flags: number): { message: Message; skip: number } | null {
  let skip = flags & MSG_PEEK ? Math.max(0, sock.peekOff) : 0;
  for (const message of sock.queue) {
    if (skip < unread(message) || (skip === 0 && unread(message) === 0)) return { message, skip };
    skip -= unread(message);
  }
  return null;
}

export function receiveDatagram(_k: Kernel, t: Task, sock: UnixSock, into: Received): Result {
  const { flags } = into;
  if (flags & MSG_OOB) return -EOPNOTSUPP;
  const error = sock.takeError();
  if (error < 0) return error;
  const found = choose(sock, flags);
  if (found !== null) return take(sock, into, found.message, found.skip);
  const result = waitForMessage(t, sock, flags);
  if (result === BLOCKED || result === 0) return result;
  // A record socket that does not block tells the end of a connection too.
  const end = sock.type === SOCK_SEQPACKET && result === -EAGAIN && (flags & MSG_DONTWAIT) !== 0 && sock.atEnd;
  return end ? 0 : result;
}

/** A message is gone whether it fits or not, and also when the caller's memory faults. */
function take(sock: UnixSock, into: Received, message: Message, skip: number): Result {
  const { flags, to } = into;
  const rest = unread(message) - skip;
  const wanted = Math.min(rest, to.remaining);
  into.name = sockaddrForReader(message.from);
  into.sender = message.sender === null ? NO_SENDER : { ...message.sender };
  if (wanted < rest) into.out |= MSG_TRUNC;
  const start = message.offset + skip;
  const copied = to.put(message.data.subarray(start, start + wanted));
  if (flags & MSG_PEEK) {
    if (copied < wanted) return -EFAULT;
    passFiles(into, message);
    if (sock.peekOff >= 0) sock.peekOff += wanted;
  } else {
    if (sock.peekOff > 0) sock.peekOff = Math.max(0, sock.peekOff - rest);
    into.files = takeFiles(sock, message);
    remove(sock, message);
    madeRoom(sock);
  }
  if (copied < wanted) return -EFAULT;
  return flags & MSG_TRUNC ? rest : wanted;
}
