/** getsockopt(2), setsockopt(2) at level SOL_SOCKET. Linux net/core/sock.c. */

import { latin1 } from '../bytes.ts';
import {
  EACCES,
  EDOM,
  EFAULT,
  EINVAL,
  ENODATA,
  ENODEV,
  ENOENT,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
} from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { AF_INET, AF_INET6, DEFAULT_BUFFER, MIN_RCVBUF, MIN_SNDBUF, SO } from './constants.ts';
import { optionBit, TIMESTAMP, TIMESTAMPNS } from './option-bits.ts';
import { type Sock, STATE, WRITE_EVENTS } from './sock.ts';

const IFNAMSIZ = 16;
const MAX_INT = 0x7fff_ffff;
const NS_PER_SEC = 1_000_000_000;
const NS_PER_US = 1000;
/** Timeouts past this many seconds mean "for ever" here. */
const MAX_TIMEO_SECONDS = 9_000_000;

/** An option's value as it came in: at least an int. */
interface Given {
  readonly t: Task;
  readonly at: number;
  readonly length: number;
  /** The first four bytes. */
  readonly value: number;
}
type Setter = (sock: Sock, given: Given) => Result;
/** An error; some tell how long the value would be. */
export interface Refused {
  readonly error: Result;
  readonly length?: number;
}
type Getter = (sock: Sock, t: Task, room: number) => number | Uint8Array | Refused;

function setBuffer(which: 'sndbuf' | 'rcvbuf', force: boolean): Setter {
  return (sock, { t, value }) => {
    if (force && !t.cred.capable(CAP.NET_ADMIN)) return -EPERM;
    // The value is taken without its sign first: a negative one is a very large one.
    const wanted = force ? Math.max(0, value) : Math.min(value >>> 0, DEFAULT_BUFFER);
    const doubled = Math.min(wanted, MAX_INT >>> 1) * 2;
    sock[which] = Math.max(doubled, which === 'sndbuf' ? MIN_SNDBUF : MIN_RCVBUF);
    sock.bufferChosen(which);
    if (which === 'sndbuf') sock.notify(WRITE_EVENTS);
    return 0;
  };
}

function setTimeout(which: 'sndtimeo' | 'rcvtimeo', width: 32 | 64): Setter {
  return (sock, { t, at, length }) => {
    const size = width === 64 ? 16 : 8;
    if (length < size) return -EINVAL;
    const view = copyIn(t, at, size);
    if (view === null) return -EFAULT;
    const sec = width === 64 ? Number(view.getBigInt64(0, true)) : view.getInt32(0, true);
    const usec = width === 64 ? Number(view.getBigInt64(8, true)) : view.getInt32(4, true);
    if (usec < 0 || usec >= 1_000_000) return -EDOM;
    if (sec < 0) sock[which] = 0;
    else if ((sec === 0 && usec === 0) || sec > MAX_TIMEO_SECONDS) sock[which] = null;
    else sock[which] = jiffies(sec * NS_PER_SEC + usec * NS_PER_US);
    return 0;
  };
}

/** The kernel keeps timeouts in ticks of 4 ms, rounded up. */
function jiffies(ns: number): number {
  const tick = 4_000_000;
  return Math.ceil(ns / tick) * tick;
}

function getTimeout(which: 'sndtimeo' | 'rcvtimeo', width: 32 | 64): Getter {
  return (sock) => {
    const ns = sock[which] ?? 0;
    const sec = Math.floor(ns / NS_PER_SEC);
    const usec = Math.floor((ns % NS_PER_SEC) / NS_PER_US);
    const view = new DataView(new ArrayBuffer(width === 64 ? 16 : 8));
    if (width === 64) {
      view.setBigInt64(0, BigInt(sec), true);
      view.setBigInt64(8, BigInt(usec), true);
    } else {
      view.setInt32(0, sec, true);
      view.setInt32(4, usec, true);
    }
    return new Uint8Array(view.buffer);
  };
}

const setLinger: Setter = (sock, { t, at, length, value }) => {
  if (length < 8) return -EINVAL;
  const view = copyIn(t, at, 8);
  if (view === null) return -EFAULT;
  if (value === 0) {
    sock.linger = -1;
    return 0;
  }
  sock.lingerTime = view.getInt32(4, true);
  sock.linger = sock.lingerTime < 0 ? MAX_INT : sock.lingerTime;
  return 0;
};

const getLinger: Getter = (sock) => words(sock.linger >= 0 ? 1 : 0, sock.lingerTime);

function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

const setTimestamp =
  (bit: number): Setter =>
  (sock, { value }) => {
    sock.options =
      value === 0 ? sock.options & ~(TIMESTAMP | TIMESTAMPNS) : (sock.options & ~(TIMESTAMP | TIMESTAMPNS)) | bit;
    return 0;
  };

const setPriority: Setter = (sock, { t, value }) => {
  const most = 6;
  if ((value < 0 || value > most) && !t.cred.capable(CAP.NET_ADMIN) && !t.cred.capable(CAP.NET_RAW)) return -EPERM;
  sock.priority = value;
  return 0;
};

const setMark: Setter = (sock, { t, value }) => {
  if (!t.cred.capable(CAP.NET_ADMIN) && !t.cred.capable(CAP.NET_RAW)) return -EPERM;
  sock.mark = value >>> 0;
  return 0;
};

const setPeekOff: Setter = (sock, { value }) => {
  if (!sock.hasPeekOff) return -EOPNOTSUPP;
  sock.peekOff = Math.max(-1, value);
  return 0;
};

/** The loopback device is number 1. */
const setBoundIndex: Setter = (sock, { value }) => {
  if (value < 0) return -EINVAL;
  if (value > 1) return -ENODEV;
  sock.boundIf = value;
  return 0;
};

const SETTERS = new Map<number, Setter>([
  [
    SO.SO_DEBUG,
    (sock, given) =>
      given.value !== 0 && !given.t.cred.capable(CAP.NET_ADMIN) ? -EACCES : setFlag(sock, SO.SO_DEBUG, given.value),
  ],
  [SO.SO_REUSEPORT, setReusePort],
  [SO.SO_SNDBUF, setBuffer('sndbuf', false)],
  [SO.SO_RCVBUF, setBuffer('rcvbuf', false)],
  [SO.SO_SNDBUFFORCE, setBuffer('sndbuf', true)],
  [SO.SO_RCVBUFFORCE, setBuffer('rcvbuf', true)],
  [SO.SO_PRIORITY, setPriority],
  [SO.SO_LINGER, setLinger],
  [SO.SO_BSDCOMPAT, () => 0],
  [SO.SO_RCVLOWAT, setLowat],
  [SO.SO_RCVTIMEO_OLD, setTimeout('rcvtimeo', 32)],
  [SO.SO_SNDTIMEO_OLD, setTimeout('sndtimeo', 32)],
  [SO.SO_RCVTIMEO_NEW, setTimeout('rcvtimeo', 64)],
  [SO.SO_SNDTIMEO_NEW, setTimeout('sndtimeo', 64)],
  [SO.SO_TIMESTAMP_OLD, setTimestamp(TIMESTAMP)],
  [SO.SO_TIMESTAMPNS_OLD, setTimestamp(TIMESTAMPNS)],
  [SO.SO_DETACH_FILTER, () => -ENOENT],
  [SO.SO_MARK, setMark],
  [SO.SO_PEEK_OFF, setPeekOff],
  [
    SO.SO_BUSY_POLL,
    (_sock, { t, value }) => (value < 0 ? -EINVAL : value > 0 && !t.cred.capable(CAP.NET_ADMIN) ? -EPERM : 0),
  ],
  [SO.SO_BINDTOIFINDEX, setBoundIndex],
]);

function setLowat(sock: Sock, { value }: Given): Result {
  sock.rcvlowat = value < 0 ? MAX_INT : value || 1;
  sock.notify(0);
  return 0;
}

/** Only what has ports can share them. */
function setReusePort(sock: Sock, { value }: Given): Result {
  const hasPorts = sock.family === AF_INET || sock.family === AF_INET6;
  return value !== 0 && !hasPorts ? -EOPNOTSUPP : setFlag(sock, SO.SO_REUSEPORT, value);
}

function setFlag(sock: Sock, name: number, value: number): Result {
  const bit = optionBit(name);
  sock.options = value === 0 ? sock.options & ~bit : sock.options | bit;
  return 0;
}

/** SO_BINDTODEVICE: an interface's name, or an empty one for any. */
function bindToDevice(sock: Sock, t: Task, at: number, length: number): Result {
  if (length < 0) return -EINVAL;
  const bytes = t.mm?.readBytes(at, Math.min(length, IFNAMSIZ - 1)) ?? null;
  if (bytes === null) return -EFAULT;
  const text = latin1(bytes).split('\0')[0]!;
  if (text !== '' && text !== 'lo') return -ENODEV;
  if (sock.boundIf !== 0 && !t.cred.capable(CAP.NET_RAW)) return -EPERM;
  sock.boundIf = text === '' ? 0 : 1;
  return 0;
}

export function setSocketOption(sock: Sock, t: Task, name: number, at: number, length: number): Result {
  if (name === SO.SO_BINDTODEVICE) return bindToDevice(sock, t, at, length);
  if (length < 4) return -EINVAL;
  const value = t.mm?.get32(at) ?? null;
  if (value === null) return -EFAULT;
  const set = SETTERS.get(name);
  if (set !== undefined) return set(sock, { t, at, length, value: value | 0 });
  return optionBit(name) === 0 ? -ENOPROTOOPT : setFlag(sock, name, value);
}

const peerCredentials: Getter = (sock, t) => {
  const { peerPid, peerCred } = sock;
  return words(peerPid?.in(t.pid.ns) ?? 0, (peerCred?.euid ?? -1) | 0, (peerCred?.egid ?? -1) | 0);
};

const peerGroups: Getter = ({ peerCred }, _t, room) => {
  if (peerCred === null) return { error: -ENODATA };
  const groups = words(...[...peerCred.groups].sort((a, b) => a - b));
  return room < groups.length ? { error: -ERANGE, length: groups.length } : groups;
};

const peerName: Getter = (sock, t, room) => {
  const name = sock.name(sock.k, t, true);
  if (typeof name === 'number') return { error: -ENOTCONN };
  return name.length < room ? { error: -EINVAL } : name;
};

const GETTERS = new Map<number, Getter>([
  [SO.SO_TYPE, (sock) => sock.type],
  [SO.SO_PROTOCOL, (sock) => sock.protocol],
  [SO.SO_DOMAIN, (sock) => sock.family],
  [SO.SO_ERROR, (sock) => -sock.takeError()],
  [SO.SO_SNDBUF, (sock) => sock.sndbuf],
  [SO.SO_RCVBUF, (sock) => sock.rcvbuf],
  [SO.SO_PRIORITY, (sock) => sock.priority],
  [SO.SO_LINGER, getLinger],
  [SO.SO_BSDCOMPAT, () => 0],
  [SO.SO_PEERCRED, peerCredentials],
  [SO.SO_PEERGROUPS, peerGroups],
  [SO.SO_PEERNAME, peerName],
  [SO.SO_RCVLOWAT, (sock) => sock.rcvlowat],
  [SO.SO_SNDLOWAT, () => 1],
  [SO.SO_RCVTIMEO_OLD, getTimeout('rcvtimeo', 32)],
  [SO.SO_SNDTIMEO_OLD, getTimeout('sndtimeo', 32)],
  [SO.SO_RCVTIMEO_NEW, getTimeout('rcvtimeo', 64)],
  [SO.SO_SNDTIMEO_NEW, getTimeout('sndtimeo', 64)],
  [SO.SO_BINDTODEVICE, (sock) => new TextEncoder().encode(sock.boundIf === 0 ? '' : 'lo\0')],
  [SO.SO_ACCEPTCONN, (sock) => (sock.state === STATE.LISTEN ? 1 : 0)],
  [SO.SO_MARK, (sock) => sock.mark | 0],
  [SO.SO_TIMESTAMPING_OLD, () => words(0, 0)],
  [SO.SO_LOCK_FILTER, () => 0],
  [SO.SO_PEEK_OFF, (sock) => (sock.hasPeekOff ? sock.peekOff : { error: -EOPNOTSUPP })],
  [SO.SO_BUSY_POLL, () => 0],
  [SO.SO_MAX_PACING_RATE, () => -1],
  [SO.SO_INCOMING_CPU, () => 0],
  [SO.SO_ZEROCOPY, () => 0],
  [SO.SO_BINDTOIFINDEX, (sock) => sock.boundIf],
  [SO.SO_COOKIE, (sock) => words(sock.seq + 1, 0)],
]);

/** The value, at most as long as there is room; a negated errno. */
export function getSocketOption(sock: Sock, t: Task, name: number, room: number): Uint8Array | Refused {
  const bit = optionBit(name);
  const found = bit === 0 ? GETTERS.get(name)?.(sock, t, room) : sock.hasOption(bit) ? 1 : 0;
  if (found === undefined) return { error: -ENOPROTOOPT };
  if (typeof found === 'number') return words(found);
  return found;
}
