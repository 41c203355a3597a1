/** What the kernel answers on a NETLINK_ROUTE socket: dumps of links and addresses, and that a device is up. rtnetlink(7). */

import { EOPNOTSUPP, EPERM } from '../../errno.ts';
import { CAP } from '../../task/cred.ts';
import type { Task } from '../../task/task.ts';
import { AF_INET, AF_INET6 } from '../constants.ts';
import { shownFlags } from '../device-ioctl.ts';
import { IFF_UP, LO_INDEX, type NetNs } from '../netns.ts';

const HEADER = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_MULTI = 2;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const ARPHRD_LOOPBACK = 772;

const align = (n: number): number => (n + 3) & ~3;

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function message(type: number, flags: number, seq: number, portid: number, ...body: readonly Uint8Array[]): Uint8Array {
  const payload = concat(body);
  const out = new Uint8Array(HEADER + align(payload.length));
  const view = new DataView(out.buffer);
  view.setUint32(0, HEADER + payload.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, seq, true);
  view.setUint32(12, portid, true);
  out.set(payload, HEADER);
  return out;
}

/** struct rtattr and its value. */
function attribute(type: number, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(align(4 + value.length));
  const view = new DataView(out.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  out.set(value, 4);
  return out;
}

const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n >>> 0).buffer);
const LABEL = Uint8Array.of(0x6c, 0x6f, 0);

/** struct ifinfomsg of the loopback device, with what getifaddrs(3) and ip(8) read. */
function link(net: NetNs): Uint8Array[] {
  const info = new DataView(new ArrayBuffer(16));
  info.setUint16(2, ARPHRD_LOOPBACK, true);
  info.setInt32(4, LO_INDEX, true);
  // The device's carrier is told beside the flags of ioctl.
  info.setUint32(8, shownFlags(net) | (net.isUp ? 0x1_0000 : 0), true);
  return [
    new Uint8Array(info.buffer),
    attribute(3, LABEL),
    attribute(13, u32(1000)),
    attribute(16, Uint8Array.of(net.isUp ? 0 : 2)),
    attribute(4, u32(net.loMtu)),
    attribute(1, new Uint8Array(6)),
    attribute(2, new Uint8Array(6)),
  ];
}

/** struct ifaddrmsg of 127.0.0.1/8 and ::1/128. */
function addresses(net: NetNs, family: number): Uint8Array[][] {
  const found: Uint8Array[][] = [];
  const head = (of: number, prefix: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(8));
    for (const [at, value] of [of, prefix, 0x80, 254].entries()) view.setUint8(at, value);
    view.setUint32(4, LO_INDEX, true);
    return new Uint8Array(view.buffer);
  };
  const lifetime = attribute(6, concat([u32(0xffff_ffff), u32(0xffff_ffff), u32(0), u32(0)]));
  const v4 = Uint8Array.of(127, 0, 0, 1);
  const v6 = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
  const permanent = attribute(8, u32(0x80));
  if (net.loHasAddress && family !== AF_INET6) {
    found.push([head(AF_INET, 8), attribute(1, v4), attribute(2, v4), attribute(3, LABEL), permanent, lifetime]);
  }
  if (net.isUp && family !== AF_INET) found.push([head(AF_INET6, 128), attribute(1, v6), lifetime, permanent]);
  return found;
}

interface Request {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly data: DataView;
}

function* requests(data: Uint8Array): Generator<Request> {
  for (let at = 0; at + HEADER <= data.length; ) {
    const view = new DataView(data.buffer, data.byteOffset + at);
    const length = view.getUint32(0, true);
    if (length < HEADER || at + length > data.length) return;
    const body = new DataView(data.buffer, data.byteOffset + at + HEADER, length - HEADER);
    yield { type: view.getUint16(4, true), flags: view.getUint16(6, true), seq: view.getUint32(8, true), data: body };
    at += align(length);
  }
}

function failure(portid: number, { type, flags, seq, data }: Request, error: number): Uint8Array {
  const head = message(type, flags, seq, portid).subarray(0, HEADER);
  const body = error === 0 ? new Uint8Array(0) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  new DataView(head.buffer).setUint32(0, HEADER + data.byteLength, true);
  return message(NLMSG_ERROR, error === 0 ? 0x100 : 0, seq, portid, u32(error), head, body);
}

/** RTM_NEWLINK on the loopback device: the flags that are asked for. */
function change(net: NetNs, { data }: Request, t: Task): number {
  if (!t.cred.capable(CAP.NET_ADMIN)) return -EPERM;
  if (data.byteLength < 16 || data.getInt32(4, true) !== LO_INDEX) return -EOPNOTSUPP;
  const mask = data.getUint32(12, true) & IFF_UP;
  net.setFlags((net.loFlags & ~mask) | (data.getUint32(8, true) & mask));
  return 0;
}

/** The answers to what a program sent, a datagram each. */
export function answer(net: NetNs, portid: number, sent: Uint8Array, t: Task): Uint8Array[] {
  const answers: Uint8Array[] = [];
  for (const request of requests(sent)) {
    const { type, flags, seq, data } = request;
    const multi = (kind: number, parts: readonly Uint8Array[]): Uint8Array =>
      message(kind, NLM_F_MULTI, seq, portid, ...parts);
    const family = data.byteLength > 0 ? data.getUint8(0) : 0;
    const dump = (flags & NLM_F_DUMP) !== 0;
    if (type === RTM_GETLINK && dump) answers.push(multi(RTM_NEWLINK, link(net)));
    else if (type === RTM_GETLINK) answers.push(message(RTM_NEWLINK, 0, seq, portid, ...link(net)));
    else if (type === RTM_GETADDR && dump) {
      const all = addresses(net, family).map((parts) => multi(RTM_NEWADDR, parts));
      if (all.length > 0) answers.push(concat(all));
    } else if (type === RTM_NEWLINK) {
      const result = change(net, request, t);
      if (result < 0 || (flags & NLM_F_ACK) !== 0) answers.push(failure(portid, request, result));
    } else if (type !== RTM_GETROUTE || !dump) answers.push(failure(portid, request, -EOPNOTSUPP));
    const listed = type === RTM_GETLINK || type === RTM_GETADDR || type === RTM_GETROUTE;
    if (dump && listed) answers.push(multi(NLMSG_DONE, [u32(0)]));
  }
  return answers;
}
