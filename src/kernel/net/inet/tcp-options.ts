/** Options at level SOL_TCP, tcp(7). Linux net/ipv4/tcp.c do_tcp_setsockopt, tcp_get_info. */
import { EFAULT, EINVAL, ENOPROTOOPT } from '../../errno.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { SOL_TCP } from '../constants.ts';
import type { Refused } from '../options.ts';
import { STATE } from '../sock.ts';
import { optionKey } from './ip-options.ts';
import type { TcpSock } from './tcp.ts';

interface Row {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  /** Any value but 0 is 1. */
  readonly flag?: boolean;
}
const flag: Row = { initial: 0, least: -0x8000_0000, most: 0x7fff_ffff, flag: true };
const TCP_MAXSEG = 2;
const TCP_INFO = 11;
const TCP_CONGESTION = 13;
const MAX_INT = 0x7fff_ffff;
/** Half of what the device carries: two segments are always under way. */
const LOOPBACK_MSS = 32_741;
const UNCONNECTED_MSS = 536;

const ROWS = new Map<number, Row>([
  [1, flag], // TCP_NODELAY
  [3, flag], // TCP_CORK
  [4, { initial: 7200, least: 1, most: 32_767 }], // TCP_KEEPIDLE
  [5, { initial: 75, least: 1, most: 32_767 }], // TCP_KEEPINTVL
  [6, { initial: 9, least: 1, most: 127 }], // TCP_KEEPCNT
  [7, { initial: 6, least: 1, most: 127 }], // TCP_SYNCNT
  [8, { initial: 60, least: -MAX_INT, most: MAX_INT }], // TCP_LINGER2
  [9, { initial: 0, least: 0, most: MAX_INT }], // TCP_DEFER_ACCEPT
  [10, { initial: 0, least: 0, most: MAX_INT }], // TCP_WINDOW_CLAMP
  [12, { ...flag, initial: 1 }], // TCP_QUICKACK
  [18, { initial: 0, least: 0, most: MAX_INT }], // TCP_USER_TIMEOUT
  [23, { initial: 0, least: 0, most: MAX_INT }], // TCP_FASTOPEN
  [24, { ...flag }], // TCP_TIMESTAMP
  [25, { initial: -1, least: 0, most: MAX_INT }], // TCP_NOTSENT_LOWAT
]);

export function setTcpOption(sock: TcpSock, t: Task, name: number, at: number, length: number): Result {
  if (name === TCP_CONGESTION) return length < 1 ? -EINVAL : 0;
  if (length < 4) return -EINVAL;
  const word = t.mm?.get32(at) ?? null;
  if (word === null) return -EFAULT;
  const value = word | 0;
  const key = optionKey(SOL_TCP, name);
  if (name === TCP_MAXSEG) {
    if (value !== 0 && (value < 88 || value > 32_767)) return -EINVAL;
    sock.values.set(key, value);
    return 0;
  }
  const row = ROWS.get(name);
  if (row === undefined) return -ENOPROTOOPT;
  if (value < row.least || value > row.most) return -EINVAL;
  sock.values.set(key, row.flag ? (value === 0 ? 0 : 1) : value);
  return 0;
}

export function tcpOption(sock: TcpSock, name: number): Uint8Array | Refused {
  if (name === TCP_INFO) return info(sock);
  if (name === TCP_CONGESTION) return new TextEncoder().encode('cubic\0\0\0\0\0\0\0\0\0\0\0');
  if (name === TCP_MAXSEG) return word(mss(sock));
  const row = ROWS.get(name);
  if (row === undefined) return { error: -ENOPROTOOPT };
  return word(sock.values.get(optionKey(SOL_TCP, name)) ?? row.initial);
}

function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function mss(sock: TcpSock): number {
  const set = sock.values.get(optionKey(SOL_TCP, TCP_MAXSEG)) ?? 0;
  const fresh = sock.state === STATE.CLOSE || sock.state === STATE.LISTEN;
  if (fresh) return set !== 0 ? set : UNCONNECTED_MSS;
  return set !== 0 ? Math.min(set, LOOPBACK_MSS) : LOOPBACK_MSS;
}

/** struct tcp_info up to tcpi_total_retrans, and the counts of bytes behind it. */
const INFO_SIZE = 232;

function info(sock: TcpSock): Uint8Array {
  const view = new DataView(new ArrayBuffer(INFO_SIZE));
  const open = sock.state !== STATE.CLOSE && sock.state !== STATE.LISTEN;
  view.setUint8(0, sock.state);
  if (open) {
    view.setUint8(5, 7);
    view.setUint8(6, 0x77);
  }
  const set = (at: number, value: number): void => view.setUint32(at, value, true);
  set(8, open ? 212_000 : 1_000_000);
  set(16, mss(sock));
  set(20, UNCONNECTED_MSS);
  set(24, sock.state === STATE.LISTEN ? sock.pending.length : 0);
  set(28, sock.state === STATE.LISTEN ? sock.backlog : 0);
  set(60, open ? 65_535 : 0);
  set(64, open ? 65_495 : 0);
  set(76, 0x7fff_ffff);
  set(80, 10);
  set(84, open ? 65_483 : UNCONNECTED_MSS);
  set(96, sock.inbox.length > 0 ? 65_495 : 0);
  view.setBigUint64(120, BigInt(sock.sent), true);
  view.setBigUint64(128, BigInt(sock.received), true);
  return new Uint8Array(view.buffer);
}
