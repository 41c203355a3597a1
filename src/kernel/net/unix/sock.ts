/** AF_UNIX sockets, unix(7). Linux net/unix/af_unix.c. */
import { EINVAL, ENOTCONN, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../../errno.ts';
import { FIONREAD, TIOCOUTQ } from '../../fd/ioctls.ts';
import { POLLERR, POLLHUP, POLLIN, POLLRDHUP, POLLRDNORM } from '../../fd/poll.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { Mount } from '../../fs/mount.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bool, list, optional, optRef, ref, str, transient } from '../../kobject/fields.ts';
import { derived, get, put } from '../../kobject/kobject.ts';
import { enter, leave } from '../../ordered.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import {
  AF_UNIX,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
  SHUTDOWN_MASK,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../constants.ts';
import { putResult } from '../ioctl-result.ts';
import type { Received, Sending } from '../message.ts';
import { Sock, STATE, WRITE_EVENTS } from '../sock.ts';
import { closeUnix } from './close.ts';
import { acceptUnix, connectDatagram, connectStream } from './connect.ts';
import { receiveDatagram, sendDatagram } from './datagram.ts';
import { bindUnix, sockaddrOf } from './name.ts';
import { messageField, unread } from './queue.ts';
import { PEER_ROOM } from './room.ts';
import { receiveStream, sendStream } from './stream.ts';

export class UnixSock extends derived(Sock, 'unixsock', 1, {
  address: optional(str('sun_path as it was bound, without its NUL; an abstract name starts with one')),
  bound: bool("others find it by that name: a connection has its listener's name, and nobody finds it", {
    initial: false,
  }),
  dentry: optRef<Dentry>('dentry', 'what a path name was bound to, while the socket is open'),
  mount: optRef<Mount>('mount', 'where that is'),
  peer: optRef<UnixSock>('unixsock', 'the other end; a closed one until the next call finds out'),
  queue: list(messageField, 'what was sent here, oldest first'),
  pending: list(ref<UnixSock>('unixsock', 'a connection'), 'connections that wait for accept(2), oldest first'),
  dead: bool('it was closed', { initial: false }),
  wantsRoom: bool('somebody polls for room in the full queue of the peer', { initial: false }),
  wmem: transient<number>('charges of messages from here that nobody has read: these are added again', () => 0),
  clients: transient<UnixSock[]>('those whose peer this is: they enter themselves', () => []),
}) {
  get isDatagram(): boolean {
    return this.type === SOCK_DGRAM;
  }

  /** Room enough that a writer should be told (Linux unix_writable). */
  get writable(): boolean {
    return this.wmem * 4 <= this.sndbuf;
  }

  /** Whether nobody may queue up behind what waits already (Linux unix_recvq_full). */
  get queueFull(): boolean {
    return (this.state === STATE.LISTEN ? this.pending.length : this.queue.length) > this.backlog;
  }

  setPeer(peer: UnixSock | null): void {
    const old = this.peer;
    if (peer !== null) enter(get(peer).clients, this);
    this.peer = peer;
    if (old === null) return;
    leave<UnixSock>(old.clients, this);
    put(old);
  }

  /** A message of this sender is gone. */
  discharge(charge: number): void {
    this.wmem -= charge;
    if (this.writable && !this.dead) this.notify(WRITE_EVENTS);
  }

  override bind(k: Kernel, t: Task, address: Uint8Array): Result {
    return bindUnix(k, t, this, address);
  }

  override connect(k: Kernel, t: Task, address: Uint8Array, nonblock: boolean): Result {
    return this.isDatagram ? connectDatagram(k, t, this, address) : connectStream(k, t, this, address, nonblock);
  }

  override listen(_k: Kernel, t: Task, backlog: number): Result {
    if (this.isDatagram) return -EOPNOTSUPP;
    if (this.address === null) return -EINVAL;
    if (this.state !== STATE.CLOSE && this.state !== STATE.LISTEN) return -EINVAL;
    if (backlog > this.backlog) this.wake(PEER_ROOM);
    this.backlog = backlog;
    this.state = STATE.LISTEN;
    this.setPeerCred(t.signal.tgid, t.cred);
    return 0;
  }

  override accept(k: Kernel, t: Task, nonblock: boolean): Sock | Result {
    return acceptUnix(k, t, this, nonblock);
  }

  override pair(_k: Kernel, t: Task, other: Sock): Result {
    const peer = other as UnixSock; // made by the same family
    for (const [one, two] of [
      [this, peer],
      [peer, this],
    ] as const) {
      one.setPeer(two);
      one.setPeerCred(t.signal.tgid, t.cred);
      one.state = STATE.ESTABLISHED;
    }
    return 0;
  }

  override name(_k: Kernel, _t: Task, peer: boolean): Uint8Array | Result {
    if (!peer) return sockaddrOf(this);
    return this.peer === null ? -ENOTCONN : sockaddrOf(this.peer);
  }

  override send(k: Kernel, t: Task, message: Sending): Result {
    if (this.type === SOCK_STREAM) return sendStream(k, t, this, message);
    if (this.isDatagram) return sendDatagram(k, t, this, message);
    const error = this.takeError();
    if (error < 0) return error;
    if (this.state !== STATE.ESTABLISHED) return -ENOTCONN;
    return sendDatagram(k, t, this, { ...message, name: null });
  }

  override receive(k: Kernel, t: Task, into: Received): Result {
    if (this.type === SOCK_STREAM) return receiveStream(k, t, this, into);
    if (this.type === SOCK_SEQPACKET && this.state !== STATE.ESTABLISHED) return -ENOTCONN;
    return receiveDatagram(k, t, this, into);
  }

  /** The peer of a connection sees the mirror image. */
  override shutDown(_k: Kernel, how: number): Result {
    this.shutdown |= how;
    const { peer } = this;
    if (peer !== null && !this.isDatagram) {
      peer.shutdown |= (how & RCV_SHUTDOWN ? SEND_SHUTDOWN : 0) | (how & SEND_SHUTDOWN ? RCV_SHUTDOWN : 0);
      peer.stateChanged();
    }
    this.stateChanged();
    return 0;
  }

  override poll(): number {
    let mask = this.err !== 0 ? POLLERR : 0;
    if (this.shutdown === SHUTDOWN_MASK) mask |= POLLHUP;
    if (this.atEnd) mask |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.queue.length > 0 || this.pending.length > 0) mask |= POLLIN | POLLRDNORM;
    if (!this.isDatagram && this.state === STATE.CLOSE) mask |= POLLHUP;
    return this.canSend() ? mask | WRITE_EVENTS : mask;
  }

  /** A datagram needs room in its receiver's queue as well, unless the two are connected to each other. */
  private canSend(): boolean {
    if (this.state === STATE.LISTEN || !this.writable) return false;
    const { peer } = this;
    if (this.type === SOCK_STREAM || peer === null || peer.peer === this || !peer.queueFull) return true;
    this.wantsRoom = true;
    return false;
  }

  override ioctl(_k: Kernel, t: Task, cmd: number, arg: number): Result | null {
    if (cmd === TIOCOUTQ) return putResult(t, arg, this.wmem);
    if (cmd !== FIONREAD) return null;
    if (this.state === STATE.LISTEN) return -EINVAL;
    const counted = this.isDatagram ? this.queue.slice(0, 1) : this.queue;
    return putResult(
      t,
      arg,
      counted.reduce((sum, message) => sum + unread(message), 0),
    );
  }

  override get hasPeekOff(): boolean {
    return true;
  }

  override close(k: Kernel): void {
    closeUnix(k, this, false);
  }

  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    if (this.peer !== null) enter(this.peer.clients, this);
    for (const { from, charge, files } of this.queue) {
      from.wmem += charge;
      kernel.container.inflight += files.length;
    }
  }

  override released(): void {
    super.released();
    const { peer } = this;
    if (peer !== null) leave<UnixSock>(peer.clients, this);
  }

  override check(): void {
    super.check();
    assert(this.family === AF_UNIX, 'an AF_UNIX socket of another family');
    assert((this.dentry === null) === (this.mount === null), 'a socket bound to half a path');
    assert(this.dentry === null || this.bound, 'a socket without a name bound to a path');
    assert(!this.bound || (!this.dead && this.address !== null), 'a socket bound to no name');
    assert(this.pending.length === 0 || this.state === STATE.LISTEN, 'connections to a socket that does not listen');
    assert(!this.dead || (this.queue.length === 0 && this.file === null), 'a closed socket in use');
    for (const { data, offset } of this.queue) assert(offset <= data.length, 'a message read past its end');
    for (const { file, dead, type } of this.pending) {
      assert(file === null && !dead && type === this.type, 'a waiting connection that is in use');
    }
  }
}

const TYPES: readonly number[] = [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET];

/** socket(2): SOCK_RAW is an old name for SOCK_DGRAM. */
export function makeUnix(_k: Kernel, t: Task, type: number, protocol: number): UnixSock | Result {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  if (!TYPES.includes(type)) return -ESOCKTNOSUPPORT;
  return newUnix(t, type === SOCK_RAW ? SOCK_DGRAM : type);
}

export function newUnix(t: Task, type: number): UnixSock {
  const { net } = t.nsproxy;
  const seq = net.k.container.waitSeq++;
  return new UnixSock({ net, seq, family: AF_UNIX, type, protocol: 0, backlog: net.maxDgramQlen });
}
