/**
 * TCP over the loopback device, tcp(7). Nothing is lost or late there, so that the two ends know each other, and what a segment
 * would do at the other end is done at once. Linux net/ipv4/tcp.c, tcp_input.c.
 */
import type { Alarm } from '../../container.ts';
import { EINVAL, ENOPROTOOPT, EOPNOTSUPP } from '../../errno.ts';
import { FIONREAD, TIOCOUTQ } from '../../fd/ioctls.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../../fd/poll.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bool, count, list, optional, optRef, ref, u8, u32 } from '../../kobject/fields.ts';
import { derived } from '../../kobject/kobject.ts';
import { enter, leave } from '../../ordered.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { MSG_OOB, SEND_SHUTDOWN, SHUTDOWN_MASK, SOL_TCP } from '../constants.ts';
import { putResult } from '../ioctl-result.ts';
import type { Received, Sending } from '../message.ts';
import type { Refused } from '../options.ts';
import { type Sock, STATE, WRITE_EVENTS } from '../sock.ts';
import { byteQueue, checkQueue } from './bytequeue.ts';
import { IPPROTO_TCP } from './ports.ts';
import { InetSock } from './sock.ts';
import { closeTcp, shutDownTcp } from './tcp-close.ts';
import { acceptTcp, connectTcp, listenTcp, retryConnect } from './tcp-connect.ts';
import { receiveTcp, sendTcp, writableTcp } from './tcp-data.ts';
import { setTcpOption, tcpOption } from './tcp-options.ts';

/** Before a connection; on the loopback device, whose packets are large, buffers grow to this with it. */
export const TCP_SNDBUF = 16_384;
export const TCP_SNDBUF_CONNECTED = 2_625_280;
export const TCP_RCVBUF = 131_072;

/** How far connect(2) is, Linux enum socket_state. */
export const LINK = { UNCONNECTED: 1, CONNECTING: 2, CONNECTED: 3 } as const;

export class TcpSock
  extends derived(InetSock, 'tcpsock', 1, {
    link: u8('SS_* of the call: 1 unconnected, 2 connecting, 3 connected', { initial: LINK.UNCONNECTED }),
    peer: optRef<TcpSock>('tcpsock', 'the other end, as long as there is a connection'),
    inbox: byteQueue('what came and was not read'),
    outbox: byteQueue('what was written and does not fit the window of the other end'),
    finWaits: bool('the end of the stream goes behind what is in the outbox', { initial: false }),
    ended: bool('the end of the stream has come', { initial: false }),
    pending: list(ref<TcpSock>('tcpsock', 'a connection'), 'connections that wait for accept(2), oldest first'),
    retryAt: optional(count('virtual ns at which a connection that was not answered is tried again')),
    retries: u32('how often it was', { initial: 0 }),
    fixedBuffer: bool('SO_SNDBUF was set: it does not grow', { initial: false }),
    sent: count('bytes that went to the other end', { initial: 0 }),
    received: count('bytes that came', { initial: 0 }),
  })
  implements Alarm
{
  /** Bytes that the other end may still send here. */
  get receiveWindow(): number {
    return Math.max(0, (this.rcvbuf >>> 1) - this.inbox.length);
  }

  /** The other end has taken something. */
  roomMade(): void {
    if (writableTcp(this)) this.notify(WRITE_EVENTS);
  }

  override bufferChosen(which: 'sndbuf' | 'rcvbuf'): void {
    if (which === 'sndbuf') this.fixedBuffer = true;
  }

  override get canBind(): boolean {
    return this.state === STATE.CLOSE;
  }

  override get connected(): boolean {
    return this.peerPort !== 0 && this.state !== STATE.CLOSE && this.state !== STATE.SYN_SENT;
  }

  override connect(k: Kernel, t: Task, address: Uint8Array, nonblock: boolean): Result {
    return connectTcp(k, t, this, address, nonblock);
  }
  override listen(k: Kernel, _t: Task, backlog: number): Result {
    return listenTcp(k, this, backlog);
  }
  override accept(_k: Kernel, t: Task, nonblock: boolean): Sock | Result {
    return acceptTcp(t, this, nonblock);
  }
  override send(k: Kernel, t: Task, message: Sending): Result {
    return message.flags & MSG_OOB ? -EOPNOTSUPP : sendTcp(k, t, this, message);
  }
  override receive(_k: Kernel, t: Task, into: Received): Result {
    return into.flags & MSG_OOB ? -EINVAL : receiveTcp(t, this, into);
  }
  override shutDown(_k: Kernel, how: number): Result {
    return shutDownTcp(this, how);
  }
  override close(): void {
    closeTcp(this);
  }

  override poll(): number {
    let mask = this.err !== 0 ? POLLERR : 0;
    if (this.state === STATE.LISTEN) return mask | (this.pending.length > 0 ? POLLIN | POLLRDNORM : 0);
    if (this.shutdown === SHUTDOWN_MASK || this.state === STATE.CLOSE) mask |= POLLHUP;
    if (this.atEnd) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.state === STATE.SYN_SENT) return mask;
    if (this.inbox.length >= this.target(0, 0x7fff_ffff)) mask |= POLLIN | POLLRDNORM;
    if ((this.shutdown & SEND_SHUTDOWN) !== 0 || writableTcp(this)) mask |= POLLOUT | POLLWRNORM;
    return mask;
  }

  override ioctl(_k: Kernel, t: Task, cmd: number, arg: number): Result | null {
    if (cmd !== FIONREAD && cmd !== TIOCOUTQ) return null;
    if (this.state === STATE.LISTEN) return -EINVAL;
    return putResult(t, arg, cmd === FIONREAD ? this.inbox.length : this.outbox.length);
  }

  override hasLevel(level: number): boolean {
    return level === SOL_TCP || super.hasLevel(level);
  }
  override setOption(k: Kernel, t: Task, level: number, name: number, value: number, length: number): Result {
    if (level === SOL_TCP) return setTcpOption(this, t, name, value, length);
    return super.hasLevel(level) ? super.setOption(k, t, level, name, value, length) : -ENOPROTOOPT;
  }
  override getOption(k: Kernel, t: Task, level: number, name: number, room: number): Uint8Array | Refused {
    return level === SOL_TCP ? tcpOption(this, name) : super.getOption(k, t, level, name, room);
  }

  due(): number {
    return this.retryAt ?? Number.POSITIVE_INFINITY;
  }
  ring(): void {
    retryConnect(this.k, this);
  }
  clockWasSet(): void {}

  override enlist(): this {
    super.enlist();
    enter(this.container.alarms, this);
    return this;
  }
  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    enter(kernel.container.alarms, this);
  }
  override released(): void {
    super.released();
    leave<Alarm>(this.container.alarms, this);
    this.container.deadlinesChanged = true;
  }

  override check(): void {
    super.check();
    assert(this.protocol === IPPROTO_TCP, 'a TCP socket of another protocol');
    checkQueue(this.inbox);
    checkQueue(this.outbox);
    assert(this.pending.length === 0 || this.state === STATE.LISTEN, 'connections to a socket that does not listen');
    assert(this.peer === null || this.peer.peer === this, 'a connection with one end');
    assert(this.retryAt === null || this.state === STATE.SYN_SENT, 'a connection is tried that nobody wants');
    assert(this.link >= LINK.UNCONNECTED && this.link <= LINK.CONNECTED, 'a connection that is in no known state');
    for (const { file } of this.pending) assert(file === null, 'a waiting connection that is in use');
  }
}
