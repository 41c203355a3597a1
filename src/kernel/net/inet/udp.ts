/** UDP, udp(7): datagrams between ports. Linux net/ipv4/udp.c. */
import {
  EACCES,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../../errno.ts';
import { FIONREAD, TIOCOUTQ } from '../../fd/ioctls.ts';
import { POLLERR, POLLHUP, POLLIN, POLLRDHUP, POLLRDNORM } from '../../fd/poll.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bytes, list, str, struct, transient, u16, u32, type Values } from '../../kobject/fields.ts';
import { derived } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import {
  AF_INET,
  AF_UNSPEC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SEND_SHUTDOWN,
  SHUTDOWN_MASK,
  SOL_IP,
} from '../constants.ts';
import { putResult } from '../ioctl-result.ts';
import type { Received, Sending } from '../message.ts';
import { BROADCAST } from '../option-bits.ts';
import { udpCharge } from '../skb.ts';
import { patience, READ_EVENTS, STATE, sleepOn, WRITE_EVENTS } from '../sock.ts';
import { familyOf } from '../sockaddr.ts';
import { ANY4, ANY6, type Endpoint, encodeEndpoint, isAny, isBroadcast, isIPv4, parseEndpoint } from './address.ts';
import { optionKey } from './ip-options.ts';
import { IPPROTO_UDP, inetSocks } from './ports.ts';
import { InetSock } from './sock.ts';

/** Bytes in one datagram: 65,535 without the headers of IP and UDP. */
const MAX_DATAGRAM = 65_507;
const IP_RECVERR = optionKey(SOL_IP, 11);

const datagramFields = {
  data: bytes('what was sent'),
  addr: str('address that it came from, 16 bytes'),
  port: u16('port that it came from'),
  charge: u32('bytes of the receive buffer that it takes'),
};
type Datagram = Values<typeof datagramFields>;

export class UdpSock extends derived(InetSock, 'udpsock', 1, {
  queue: list(struct(datagramFields, 'a datagram'), 'what came, oldest first'),
  rmem: transient<number>('charges of the queue, added again after restore', () => 0),
}) {
  override connect(k: Kernel, _t: Task, address: Uint8Array): Result {
    if (address.length < 2) return -EINVAL;
    if (familyOf(address) === AF_UNSPEC) return this.disconnect();
    const to = parseEndpoint(this.family, address);
    if (typeof to === 'number') return to;
    if (this.port === 0) {
      const got = this.takePort(k, 0);
      if (got < 0) return got;
    }
    const way = this.route(to.addr);
    if (typeof way === 'number') return way;
    if (isBroadcast(way.to) && !this.hasOption(BROADCAST)) return -EACCES;
    if (isAny(this.addr)) this.addr = way.from;
    this.peerAddr = way.to;
    this.peerPort = to.port;
    this.state = STATE.ESTABLISHED;
    return 0;
  }

  private disconnect(): Result {
    this.peerAddr = this.family === AF_INET ? ANY4 : ANY6;
    this.peerPort = 0;
    this.state = STATE.CLOSE;
    if (!this.chosen) this.port = 0;
    this.addr = this.family === AF_INET ? ANY4 : ANY6;
    return 0;
  }

  override get canBind(): boolean {
    return this.state === STATE.CLOSE;
  }

  override get connected(): boolean {
    return this.state === STATE.ESTABLISHED;
  }

  override send(k: Kernel, _t: Task, { from, flags, name }: Sending): Result {
    if (from.count > 0xffff) return -EMSGSIZE;
    if (flags & MSG_OOB) return -EOPNOTSUPP;
    const to = this.destination(name);
    if (typeof to === 'number') return to;
    if (this.port === 0) {
      const got = this.takePort(k, 0);
      if (got < 0) return got;
    }
    const error = this.takeError();
    if (error < 0) return error;
    if ((this.shutdown & SEND_SHUTDOWN) !== 0) return -EPIPE;
    const way = this.route(to.addr);
    if (typeof way === 'number') return way;
    if (isBroadcast(way.to) && !this.hasOption(BROADCAST)) return -EACCES;
    if (from.count > MAX_DATAGRAM) return -EMSGSIZE;
    const data = from.take(from.count);
    if (data === null || data.length < from.count) return -EFAULT;
    this.deliver(k, { addr: way.from, port: this.port }, { addr: way.to, port: to.port }, data);
    return data.length;
  }

  /** Where a message goes: as it says, or to the peer. */
  private destination(name: Uint8Array | null): Endpoint | Result {
    if (name === null) return this.connected ? this.remote : -EDESTADDRREQ;
    const to = parseEndpoint(this.family, name);
    if (typeof to === 'number') return to;
    return to.port === 0 ? -EINVAL : to;
  }

  /** Puts a datagram where it belongs. Nobody there: a connected sender is told by the next call. */
  private deliver(k: Kernel, from: Endpoint, to: Endpoint, data: Uint8Array): void {
    this.net.countPacket(data.length + 28);
    const receiver = findReceiver(k, this, from, to);
    if (receiver === null) {
      if (!isBroadcast(to.addr) && (this.connected || this.values.get(IP_RECVERR) === 1)) this.fail(ECONNREFUSED);
      return;
    }
    if (receiver.rmem > receiver.rcvbuf) return;
    const charge = udpCharge(data.length);
    receiver.queue.push({ data, addr: from.addr, port: from.port, charge });
    receiver.rmem += charge;
    receiver.notify(READ_EVENTS);
  }

  override receive(_k: Kernel, t: Task, into: Received): Result {
    const { flags } = into;
    if (flags & MSG_OOB) return -EOPNOTSUPP;
    const error = this.takeError();
    if (error < 0) return error;
    const first = this.queue[0];
    if (first !== undefined) return this.take(into, first);
    const timeo = patience(this.rcvtimeo, flags);
    if (timeo === 0) return -EAGAIN;
    return this.atEnd ? 0 : sleepOn(this, t, { events: 0, timeo });
  }

  private take(into: Received, datagram: Datagram): Result {
    const { data, addr, port, charge } = datagram;
    const wanted = Math.min(data.length, into.to.remaining);
    if (wanted < data.length) into.out |= MSG_TRUNC;
    const copied = into.to.put(data.subarray(0, wanted));
    if ((into.flags & MSG_PEEK) === 0) {
      this.queue.shift();
      this.rmem -= charge;
    }
    if (copied < wanted) return -EFAULT;
    into.name = encodeEndpoint(this.family, { addr, port });
    return into.flags & MSG_TRUNC ? data.length : wanted;
  }

  override shutDown(_k: Kernel, how: number): Result {
    const connected = this.state === STATE.ESTABLISHED;
    this.shutdown |= how;
    this.stateChanged();
    return connected ? 0 : -ENOTCONN;
  }

  override poll(): number {
    let mask = this.err !== 0 ? POLLERR : 0;
    if (this.atEnd) mask |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.shutdown === SHUTDOWN_MASK) mask |= POLLHUP;
    if (this.queue.length > 0) mask |= POLLIN | POLLRDNORM;
    return mask | WRITE_EVENTS;
  }

  override ioctl(_k: Kernel, t: Task, cmd: number, arg: number): Result | null {
    if (cmd === TIOCOUTQ) return putResult(t, arg, 0);
    return cmd === FIONREAD ? putResult(t, arg, this.queue[0]?.data.length ?? 0) : null;
  }

  override close(): void {
    this.queue = [];
    this.rmem = 0;
    this.port = 0;
    this.state = STATE.CLOSE;
  }

  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    for (const { charge } of this.queue) this.rmem += charge;
  }

  override check(): void {
    super.check();
    assert(this.protocol === IPPROTO_UDP, 'a UDP socket of another protocol');
    for (const { addr } of this.queue) assert(addr.length === 16, 'a datagram from no address');
  }
}

/** How well a socket fits; 0 when it does not. Connected ones go first, then those with an address (Linux compute_score). */
function score(sock: UdpSock, from: Endpoint, to: Endpoint): number {
  if (sock.port !== to.port || !sock.takes(to.addr)) return 0;
  let points = 1 + (sock.family === AF_INET && isIPv4(to.addr) ? 1 : 0);
  if (!isAny(sock.addr)) points += 4;
  if (sock.connected) {
    if (sock.peerAddr !== from.addr || sock.peerPort !== from.port) return 0;
    points += 8;
  }
  return points;
}

function findReceiver(k: Kernel, of: UdpSock, from: Endpoint, to: Endpoint): UdpSock | null {
  let best: UdpSock | null = null;
  let points = 0;
  for (const sock of inetSocks(k, of.net, IPPROTO_UDP) as UdpSock[]) {
    const found = score(sock, from, to);
    // Of equals the one that was made last is found first.
    if (found > 0 && found >= points) {
      best = sock;
      points = found;
    }
  }
  return best;
}
