/** SOCK_STREAM of AF_UNIX: bytes without boundaries, but for those of what travels beside them. */
import { EFAULT, EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { SIGPIPE } from '../../signal/numbers.ts';
import { raise } from '../../signal/send.ts';
import { BLOCKED, type Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { MSG_NOSIGNAL, MSG_OOB, MSG_PEEK, SEND_SHUTDOWN } from '../constants.ts';
import type { Received, Sender, Sending } from '../message.ts';
import { PASSCRED } from '../option-bits.ts';
import { type Baggage, mayTakeAlong, readBaggage, senderOf } from '../scm.ts';
import { STREAM_CHUNK_MAX, streamCharge } from '../skb.ts';
import { patience, STATE, sleepOn, WRITE_EVENTS } from '../sock.ts';
import { enqueue, type Message, remove, takeFiles, unread } from './queue.ts';
import type { UnixSock } from './sock.ts';
import { NO_SENDER, passFiles, sockaddrForReader } from './told.ts';

/** Room for a message in the sender's buffer: 0, BLOCKED, -EPIPE, -EAGAIN or the socket's error (Linux sock_alloc_send_pskb). */
export function awaitRoom(t: Task, sock: UnixSock, flags: number, progress: number): Result {
  const error = sock.takeError();
  if (error < 0) return error;
  if ((sock.shutdown & SEND_SHUTDOWN) !== 0) return -EPIPE;
  if (sock.wmem < sock.sndbuf) return 0;
  return sleepOn(sock, t, { events: WRITE_EVENTS, timeo: patience(sock.sndtimeo, flags), progress });
}

/** Who a message says that it is from, if either end wants to know (Linux maybe_add_creds). */
export function senderIfWanted(t: Task, sock: UnixSock, other: UnixSock, baggage: Baggage): Sender | null {
  if (baggage.sender !== null) return baggage.sender;
  const wanted = sock.hasOption(PASSCRED) || other.file === null || other.hasOption(PASSCRED);
  return wanted ? senderOf(t) : null;
}

/** What goes beside a message, and whether so many files may be under way. */
export function baggageOf(t: Task, sock: UnixSock, control: Uint8Array): Baggage | Result {
  const baggage = readBaggage(t, sock.family, control);
  if (typeof baggage === 'number' || baggage.files.length === 0) return baggage;
  const allowed = mayTakeAlong(t);
  return allowed < 0 ? allowed : baggage;
}

export function sendStream(k: Kernel, t: Task, sock: UnixSock, message: Sending): Result {
  const { from, flags, name } = message;
  const baggage = baggageOf(t, sock, message.control);
  if (typeof baggage === 'number') return baggage;
  if (flags & MSG_OOB) return -EOPNOTSUPP;
  if (name !== null) return sock.state === STATE.ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
  if (sock.peer === null) return -ENOTCONN;
  const before = t.wait?.progress ?? 0;
  from.skip(before);
  const result = sendPieces(t, sock, message, baggage, before);
  if (result === -EPIPE && (flags & MSG_NOSIGNAL) === 0) raise(k, t, SIGPIPE);
  return result;
}

/** The bytes sent in all, `sent` of them before; BLOCKED, or an errno when there are none. */
function sendPieces(t: Task, sock: UnixSock, { from, flags }: Sending, baggage: Baggage, before: number): Result {
  let sent = before;
  const answer = (errno: number): Result => (sent > 0 ? sent : -errno);
  while (from.remaining > 0) {
    if ((sock.shutdown & SEND_SHUTDOWN) !== 0) return answer(EPIPE);
    const size = Math.min(from.remaining, (sock.sndbuf >>> 1) - 64, STREAM_CHUNK_MAX);
    const room = awaitRoom(t, sock, flags, sent);
    if (room === BLOCKED) return BLOCKED;
    if (room < 0) return answer(-room);
    const data = from.take(size);
    if (data === null || data.length < size) return answer(EFAULT);
    const { peer } = sock;
    if (peer === null || peer.dead || peer.atEnd) return answer(EPIPE);
    const files = sent === 0 ? baggage.files : [];
    const sender = senderIfWanted(t, sock, peer, baggage);
    enqueue(peer, sock, { data, files, sender, charge: streamCharge(size), user: t.cred.uid });
    sent += size;
  }
  return sent === 0 && (sock.shutdown & SEND_SHUTDOWN) !== 0 ? -EPIPE : sent;
}

function sameSender(a: Sender | null, b: Sender | null): boolean {
  const [one, two] = [a ?? NO_SENDER, b ?? NO_SENDER];
  return one.pid === two.pid && one.uid === two.uid && one.gid === two.gid;
}

/** One recvmsg(2) under way. Peeking starts over when it is entered again; what was taken stays taken. */
class StreamReader {
  readonly sock: UnixSock;
  readonly into: Received;
  readonly peek: boolean;
  /** Bytes to pass over, SO_PEEK_OFF. */
  skip: number;
  copied: number;
  /** Place of the next message. */
  at = 0;

  constructor(t: Task, sock: UnixSock, into: Received) {
    this.sock = sock;
    this.into = into;
    this.peek = (into.flags & MSG_PEEK) !== 0;
    this.skip = this.peek ? Math.max(0, sock.peekOff) : 0;
    this.copied = this.peek ? 0 : (t.wait?.progress ?? 0);
    into.to.skip(this.copied);
  }

  run(t: Task): Result {
    const { sock, into } = this;
    const target = sock.target(into.flags, into.to.count);
    for (;;) {
      const message = sock.queue[this.at];
      if (message === undefined) return this.copied >= target ? this.copied : this.waitForMore(t);
      if (this.skip > 0 && this.skip >= unread(message)) {
        this.skip -= unread(message);
        this.at++;
      } else if (!this.goesWith(message) || !this.take(message) || into.to.remaining === 0) {
        return this.copied;
      }
    }
  }

  /** Nothing is there: the error, the end, or BLOCKED. */
  private waitForMore(t: Task): Result {
    const { sock, into, copied } = this;
    const error = sock.takeError();
    if (error < 0) return copied > 0 ? copied : error;
    if (sock.atEnd) return copied;
    const timeo = patience(sock.rcvtimeo, into.flags);
    const result = sleepOn(sock, t, { events: 0, timeo, progress: copied });
    return result === BLOCKED || copied === 0 ? result : copied;
  }

  /** With SO_PASSCRED no read joins what several senders wrote. */
  private goesWith(message: Message): boolean {
    const { sock, into } = this;
    if (!sock.hasOption(PASSCRED)) return true;
    if (into.sender === null) into.sender = message.sender ?? NO_SENDER;
    else if (!sameSender(into.sender, message.sender)) return false;
    return true;
  }

  /** Copies from a message; whether the next one may follow. */
  private take(message: Message): boolean {
    const { sock, into } = this;
    into.name ??= sockaddrForReader(message.from);
    const start = message.offset + this.skip;
    const wanted = Math.min(message.data.length - start, into.to.remaining);
    const n = into.to.put(message.data.subarray(start, start + wanted));
    if (n < wanted) {
      if (this.copied === 0) this.copied = -EFAULT;
      return false;
    }
    this.copied += n;
    return this.peek ? this.peeked(message, n) : this.consumed(sock, message, n);
  }

  private consumed(sock: UnixSock, message: Message, n: number): boolean {
    message.offset += n;
    if (sock.peekOff > 0) sock.peekOff = Math.max(0, sock.peekOff - n);
    const files = message.files.length > 0 ? takeFiles(sock, message) : [];
    this.into.files.push(...files);
    if (unread(message) > 0) return false;
    remove(sock, message);
    return files.length === 0;
  }

  private peeked(message: Message, n: number): boolean {
    passFiles(this.into, message);
    if (this.sock.peekOff >= 0) this.sock.peekOff += n;
    this.skip = 0;
    this.at++;
    if (message.files.length > 0) return false;
    return this.sock.queue[this.at] !== undefined;
  }
}

export function receiveStream(_k: Kernel, t: Task, sock: UnixSock, into: Received): Result {
  if (sock.state !== STATE.ESTABLISHED) return -EINVAL;
  if (into.flags & MSG_OOB) return -EINVAL;
  return new StreamReader(t, sock, into).run(t);
}
