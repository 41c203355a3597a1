/** Options at levels SOL_IP and SOL_IPV6: remembered, and checked as Linux checks them. Linux net/ipv4/ip_sockglue.c. */
import { EADDRNOTAVAIL, EFAULT, EINVAL, ENODEV, ENOPROTOOPT } from '../../errno.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { SOL_IP, SOL_IPV6 } from '../constants.ts';
import type { Refused } from '../options.ts';
import type { InetSock } from './sock.ts';

/** An option that holds a number within bounds. */
interface Row {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  /** What -1 stands for, where it is allowed. */
  readonly reset?: number;
}
const flag: Row = { initial: 0, least: -0x8000_0000, most: 0x7fff_ffff };
const isFlag = (row: Row): boolean => row === flag || row === flagOn;
const flagOn: Row = { ...flag, initial: 1 };
const number = (initial: number, least: number, most: number, reset?: number): Row => ({
  initial,
  least,
  most,
  ...(reset === undefined ? {} : { reset }),
});

const IP_ROWS = new Map<number, Row>([
  [1, number(0, -0x8000_0000, 0x7fff_ffff)], // IP_TOS
  [2, number(64, 1, 255, 64)], // IP_TTL
  [3, flag], // IP_HDRINCL
  [6, flag], // IP_RECVOPTS
  [7, flag], // IP_RETOPTS
  [8, flag], // IP_PKTINFO
  [10, number(1, 0, 5)], // IP_MTU_DISCOVER
  [11, flag], // IP_RECVERR
  [12, flag], // IP_RECVTTL
  [13, flag], // IP_RECVTOS
  [15, flag], // IP_FREEBIND
  [19, flag], // IP_TRANSPARENT
  [20, flag], // IP_RECVORIGDSTADDR
  [21, number(0, 0, 255)], // IP_MINTTL
  [24, flag], // IP_BIND_ADDRESS_NO_PORT
  [33, number(1, 0, 255, 1)], // IP_MULTICAST_TTL
  [34, flagOn], // IP_MULTICAST_LOOP
  [49, flagOn], // IP_MULTICAST_ALL
]);

const IPV6_ROWS = new Map<number, Row>([
  [16, number(64, 0, 255, 64)], // IPV6_UNICAST_HOPS
  [18, number(1, 0, 255, 1)], // IPV6_MULTICAST_HOPS
  [19, flagOn], // IPV6_MULTICAST_LOOP
  [23, number(1, 0, 5)], // IPV6_MTU_DISCOVER
  [25, flag], // IPV6_RECVERR
  [49, flag], // IPV6_RECVPKTINFO
  [51, flag], // IPV6_RECVHOPLIMIT
  [66, flag], // IPV6_RECVTCLASS
  [67, number(0, 0, 255, 0)], // IPV6_TCLASS
  [70, flag], // IPV6_AUTOFLOWLABEL
  [78, flag], // IPV6_FREEBIND
]);

const IPV6_V6ONLY = 26;
/** IP_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP: struct ip_mreq. */
const IP_MULTICAST_IF = 32;
const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;

const rowOf = (level: number, name: number): Row | undefined =>
  (level === SOL_IP ? IP_ROWS : level === SOL_IPV6 ? IPV6_ROWS : undefined)?.get(name);

/** Where InetSock.values keeps an option. */
export function optionKey(level: number, name: number): number {
  return level * 65_536 + name;
}

/** Level SOL_IP takes a single byte for a number too. */
function readValue(t: Task, level: number, at: number, length: number): number | { readonly error: Result } {
  if (length >= 4) {
    const word = t.mm?.get32(at) ?? null;
    return word === null ? { error: -EFAULT } : word | 0;
  }
  if (level !== SOL_IP || length < 1) return { error: -EINVAL };
  const byte = t.mm?.readBytes(at, 1) ?? null;
  return byte === null ? { error: -EFAULT } : byte[0]!;
}

export function setIpOption(sock: InetSock, t: Task, level: number, name: number, at: number, length: number): Result {
  if (level === SOL_IP && [IP_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP].includes(name)) {
    return setMembership(t, name, at, length);
  }
  const value = readValue(t, level, at, length);
  if (typeof value !== 'number') return value.error;
  if (level === SOL_IPV6 && name === IPV6_V6ONLY) {
    if (sock.port !== 0) return -EINVAL;
    sock.v6only = value !== 0;
    return 0;
  }
  const row = rowOf(level, name);
  if (row === undefined) return -ENOPROTOOPT;
  const meant = value === -1 && row.reset !== undefined ? row.reset : value;
  if (meant < row.least || meant > row.most) return -EINVAL;
  sock.values.set(optionKey(level, name), isFlag(row) ? (meant === 0 ? 0 : 1) : meant);
  return 0;
}

/** Multicast has no device to go to: the loopback one is none for it. */
function setMembership(t: Task, name: number, at: number, length: number): Result {
  if (length < (name === IP_MULTICAST_IF ? 4 : 8)) return -EINVAL;
  const group = t.mm?.get32(at) ?? null;
  if (group === null) return -EFAULT;
  if (name === IP_MULTICAST_IF) return group === 0 || (group & 0xff) === 127 ? 0 : -EADDRNOTAVAIL;
  if ((group & 0xf0) !== 0xe0) return -EINVAL;
  return name === IP_ADD_MEMBERSHIP ? -ENODEV : -EADDRNOTAVAIL;
}

export function ipOption(sock: InetSock, level: number, name: number, room: number): Uint8Array | Refused {
  const row = rowOf(level, name);
  const only = level === SOL_IPV6 && name === IPV6_V6ONLY;
  if (row === undefined && !only) return { error: -ENOPROTOOPT };
  const value = only ? Number(sock.v6only) : (sock.values.get(optionKey(level, name)) ?? row!.initial);
  // A small value fits the byte of an old program.
  if (level === SOL_IP && room > 0 && room < 4 && value >= 0 && value <= 255) return Uint8Array.of(value);
  return new Uint8Array(Int32Array.of(value).buffer);
}
