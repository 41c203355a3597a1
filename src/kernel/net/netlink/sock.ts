/** AF_NETLINK sockets of the routing family, as far as they tell about the loopback device: netlink(7), rtnetlink(7). */
import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../../errno.ts';
import { POLLIN, POLLRDNORM } from '../../fd/poll.ts';
import type { Kernel } from '../../kernel.ts';
import { bytes, list, u32 } from '../../kobject/fields.ts';
import { derived } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { AF_NETLINK, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW, SOL_NETLINK } from '../constants.ts';
import type { Received, Sending } from '../message.ts';
import { patience, READ_EVENTS, Sock, sleepOn, WRITE_EVENTS } from '../sock.ts';
import { familyOf } from '../sockaddr.ts';
import { answer } from './route.ts';

const NETLINK_ROUTE = 0;
const SOCKADDR_NL_SIZE = 12;

export class NetlinkSock extends derived(Sock, 'netlinksock', 1, {
  portid: u32('own address; 0 until it has one', { initial: 0 }),
  groups: u32('multicast groups that were asked for', { initial: 0, show: 'hex' }),
  queue: list(bytes('a message'), 'answers of the kernel, oldest first'),
}) {
  override bind(_k: Kernel, t: Task, address: Uint8Array): Result {
    if (address.length < SOCKADDR_NL_SIZE || familyOf(address) !== AF_NETLINK) return -EINVAL;
    const view = new DataView(address.buffer, address.byteOffset, address.length);
    const wanted = view.getUint32(4, true);
    if (this.portid !== 0 && wanted !== this.portid) return -EINVAL;
    this.portid = wanted;
    this.groups = view.getUint32(8, true);
    this.takePortid(t);
    return 0;
  }

  /** The process number if nobody has it, else one that no process has. */
  private takePortid(t: Task): void {
    if (this.portid !== 0) return;
    const used = new Set(this.container.socks.map((sock) => (sock instanceof NetlinkSock ? sock.portid : 0)));
    let id = t.tgid;
    for (let next = 0xffff_f000; used.has(id); next--) id = next;
    this.portid = id;
  }

  override connect(_k: Kernel, t: Task, address: Uint8Array): Result {
    if (address.length < SOCKADDR_NL_SIZE || familyOf(address) !== AF_NETLINK) return -EINVAL;
    this.takePortid(t);
    return 0;
  }

  override name(_k: Kernel, _t: Task, peer: boolean): Uint8Array {
    return sockaddrNl(peer ? 0 : this.portid, peer ? 0 : this.groups);
  }

  override send(_k: Kernel, t: Task, { from, name }: Sending): Result {
    if (name !== null && (name.length < SOCKADDR_NL_SIZE || familyOf(name) !== AF_NETLINK)) return -EINVAL;
    this.takePortid(t);
    const data = from.take(from.count);
    if (data === null || data.length < from.count) return -EFAULT;
    for (const message of answer(this.net, this.portid, data, t)) this.queue.push(message);
    if (this.queue.length > 0) this.notify(READ_EVENTS);
    return data.length;
  }

  override receive(_k: Kernel, t: Task, into: Received): Result {
    const first = this.queue[0];
    if (first === undefined) {
      const timeo = patience(this.rcvtimeo, into.flags);
      return timeo === 0 ? -EAGAIN : sleepOn(this, t, { events: 0, timeo });
    }
    const wanted = Math.min(first.length, into.to.remaining);
    if (wanted < first.length) into.out |= MSG_TRUNC;
    const copied = into.to.put(first.subarray(0, wanted));
    if ((into.flags & MSG_PEEK) === 0) this.queue.shift();
    if (copied < wanted) return -EFAULT;
    into.name = sockaddrNl(0, 0);
    return into.flags & MSG_TRUNC ? first.length : wanted;
  }

  /** Puts a message of the kernel into the queue. */
  deliver(message: Uint8Array): void {
    this.queue.push(message);
    this.notify(READ_EVENTS);
  }

  override poll(): number {
    return WRITE_EVENTS | (this.queue.length > 0 ? POLLIN | POLLRDNORM : 0);
  }

  override hasLevel(level: number): boolean {
    return level === SOL_NETLINK;
  }

  /** NETLINK_EXT_ACK and its kin change nothing that the kernel says here. */
  override setOption(_k: Kernel, _t: Task, level: number): Result {
    return level === SOL_NETLINK ? 0 : -EOPNOTSUPP;
  }

  override close(): void {
    this.queue = [];
  }
}

function sockaddrNl(portid: number, groups: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(SOCKADDR_NL_SIZE));
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(4, portid, true);
  view.setUint32(8, groups, true);
  return new Uint8Array(view.buffer);
}

export function makeNetlink(_k: Kernel, t: Task, type: number, protocol: number): NetlinkSock | Result {
  if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  if (protocol !== NETLINK_ROUTE) return -EPROTONOSUPPORT;
  const { net } = t.nsproxy;
  return new NetlinkSock({ net, seq: net.k.container.waitSeq++, family: AF_NETLINK, type, protocol });
}
