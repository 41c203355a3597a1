/** What the socket calls do, whichever way they are entered. Linux net/socket.c. */
import { EAFNOSUPPORT, EBADF, ECONNABORTED, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP } from '../errno.ts';
import { install } from '../fd/table.ts';
import { copyOut, inUserSpace, MAX_RW_COUNT, openOf } from '../fd/user.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { UserBuffer } from '../mm/user.ts';
import type { Result } from '../syscall/define.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { AF_MAX, SOCK_MAX, SOCK_TYPE_MASK, SOL_SOCKET } from './constants.ts';
import { FAMILIES } from './families.ts';
import { receiving } from './message.ts';
import { getSocketOption, setSocketOption } from './options.ts';
import { dropFiles } from './scm.ts';
import { type Sock, shutdownMask } from './sock.ts';
import { readAddress, writeAddress } from './sockaddr.ts';
import { asSocket, openSocket, type SocketFile } from './socket-file.ts';

const FILE_FLAGS = O_CLOEXEC | O_NONBLOCK;

/**
 * The socket of a descriptor, -EBADF or -ENOTSOCK. A call that slept goes on with the file that it began with, whatever stands
 * at the descriptor now.
 */
export function socketOf(t: Task, fd: number): SocketFile | Result {
  const [kept] = t.wait?.on ?? [];
  if (kept !== undefined && kept.kind === 'socket') return kept as SocketFile; // its kind says so
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  return asSocket(file) ?? -ENOTSOCK;
}

/** A new sock (refs 0) of a family and type (Linux __sock_create). */
function create(k: Kernel, t: Task, family: number, type: number, protocol: number): Sock | Result {
  if (family < 0 || family >= AF_MAX) return -EAFNOSUPPORT;
  if (type < 0 || type >= SOCK_MAX) return -EINVAL;
  const make = FAMILIES.get(family);
  return make === undefined ? -EAFNOSUPPORT : make(k, t, type, protocol);
}

export function socket(k: Kernel, t: Task, family: number, rawType: number, protocol: number): Result {
  const flags = rawType & ~SOCK_TYPE_MASK;
  if ((flags & ~FILE_FLAGS) !== 0) return -EINVAL;
  const sock = create(k, t, family, rawType & SOCK_TYPE_MASK, protocol);
  if (typeof sock === 'number') return sock;
  return install(t, openSocket(t, sock.enlist(), flags), (flags & O_CLOEXEC) !== 0);
}

export function socketpair(
  k: Kernel,
  t: Task,
  family: number,
  rawType: number,
  protocol: number,
  address: number,
): Result {
  const flags = rawType & ~SOCK_TYPE_MASK;
  if ((flags & ~FILE_FLAGS) !== 0) return -EINVAL;
  const limit = t.signal.limit(RLIMIT.RLIMIT_NOFILE);
  const first = t.files.free(0, limit);
  const second = first < 0 ? first : t.files.free(first + 1, limit);
  if (second < 0) return second;
  if (copyOut(t, address, new Uint8Array(Int32Array.of(first, second).buffer)) < 0) return -EFAULT;
  const a = create(k, t, family, rawType & SOCK_TYPE_MASK, protocol);
  if (typeof a === 'number') return a;
  const b = create(k, t, family, rawType & SOCK_TYPE_MASK, protocol) as Sock; // as the first was made
  const files = [openSocket(t, a.enlist(), flags), openSocket(t, b.enlist(), flags)].map(get);
  const joined = a.pair(k, t, b);
  if (joined >= 0) for (const file of files) install(t, file, (flags & O_CLOEXEC) !== 0);
  for (const file of files) put(file);
  return joined;
}

/** Calls that hand an address to a socket. */
function withAddress(
  t: Task,
  fd: number,
  address: number,
  length: number,
  use: (file: SocketFile, name: Uint8Array) => Result,
): Result {
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  const name = readAddress(t, address, length);
  return typeof name === 'number' ? name : use(file, name);
}

export function bind(k: Kernel, t: Task, fd: number, address: number, length: number): Result {
  return withAddress(t, fd, address, length, (file, name) => file.sock.bind(k, t, name));
}

export function connect(k: Kernel, t: Task, fd: number, address: number, length: number): Result {
  return withAddress(t, fd, address, length, (file, name) => file.sock.connect(k, t, name, file.nonblock));
}

export function listen(k: Kernel, t: Task, fd: number, backlog: number): Result {
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  // A negative backlog is a very large one.
  return file.sock.listen(k, t, Math.min(backlog >>> 0, file.sock.net.somaxconn));
}

/** The descriptor is reserved before anybody is waited for. */
export function accept(k: Kernel, t: Task, fd: number, address: number, lengthAt: number, flags: number): Result {
  const open = openOf(t, fd);
  if (open === null && t.wait === null) return -EBADF;
  if ((flags & ~FILE_FLAGS) !== 0) return -EINVAL;
  const free = t.files.free(0, t.signal.limit(RLIMIT.RLIMIT_NOFILE));
  if (free < 0) return free;
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  const sock = file.sock.accept(k, t, file.nonblock);
  if (typeof sock === 'number') return sock;
  const made = get(openSocket(t, sock, flags));
  // The file holds the sock now, in place of the queue.
  put(sock);
  const told = address === 0 ? 0 : tellPeer(k, t, sock, address, lengthAt);
  const result = told < 0 ? told : install(t, made, (flags & O_CLOEXEC) !== 0);
  put(made);
  return result;
}

function tellPeer(k: Kernel, t: Task, sock: Sock, address: number, lengthAt: number): Result {
  const name = sock.name(k, t, true);
  return typeof name === 'number' ? -ECONNABORTED : writeAddress(t, name, address, lengthAt);
}

export function getname(k: Kernel, t: Task, fd: number, address: number, lengthAt: number, peer: boolean): Result {
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  const name = file.sock.name(k, t, peer);
  return typeof name === 'number' ? name : writeAddress(t, name, address, lengthAt);
}

function bufferAt(t: Task, address: number, length: number): UserBuffer | Result {
  const count = Math.min(length, MAX_RW_COUNT);
  if (!inUserSpace(address, count) || t.mm === null) return -EFAULT;
  return t.mm.buffer([{ base: address, length: count }]);
}

export interface Transfer {
  readonly fd: number;
  readonly buf: number;
  readonly len: number;
  readonly flags: number;
  readonly addr: number;
  /** A length for sendto, where one stands for recvfrom. */
  readonly addrlen: number;
}

export function sendto(k: Kernel, t: Task, a: Transfer): Result {
  const from = bufferAt(t, a.buf, a.len);
  if (typeof from === 'number') return from;
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  const name = a.addr === 0 ? null : readAddress(t, a.addr, a.addrlen | 0);
  if (typeof name === 'number') return name;
  // A name of no length is none.
  const to = name?.length === 0 ? null : name;
  return file.sock.send(k, t, { from, flags: a.flags | file.modeFlags, name: to, control: new Uint8Array(0) });
}

export function recvfrom(k: Kernel, t: Task, a: Transfer): Result {
  const to = bufferAt(t, a.buf, a.len);
  if (typeof to === 'number') return to;
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  const into = receiving(to, a.flags | file.modeFlags);
  const result = file.sock.receive(k, t, into);
  dropFiles(k.container, into.files);
  if (result < 0 || a.addr === 0) return result;
  const told = writeAddress(t, into.name ?? new Uint8Array(0), a.addr, a.addrlen);
  return told < 0 ? told : result;
}

export function shutdown(k: Kernel, t: Task, fd: number, how: number): Result {
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  const mask = shutdownMask(how);
  return mask < 0 ? mask : file.sock.shutDown(k, mask);
}

export interface OptionCall {
  readonly fd: number;
  readonly level: number;
  readonly name: number;
  readonly value: number;
  /** A length for setsockopt, where one stands for getsockopt. */
  readonly length: number;
}

export function setsockopt(k: Kernel, t: Task, a: OptionCall): Result {
  if (a.length < 0) return -EINVAL;
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  if (a.level === SOL_SOCKET) return setSocketOption(file.sock, t, a.name, a.value, a.length);
  return file.sock.setOption(k, t, a.level, a.name, a.value, a.length);
}

export function getsockopt(k: Kernel, t: Task, a: OptionCall): Result {
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  const { sock } = file;
  if (a.level !== SOL_SOCKET && !sock.hasLevel(a.level)) return -EOPNOTSUPP;
  const room = t.mm?.get32(a.length) ?? null;
  if (room === null) return -EFAULT;
  if ((room | 0) < 0) return -EINVAL;
  const value =
    a.level === SOL_SOCKET ? getSocketOption(sock, t, a.name, room) : sock.getOption(k, t, a.level, a.name, room);
  if (typeof value === 'number') return value;
  if (!(value instanceof Uint8Array)) {
    const told = value.length === undefined || t.mm?.put32(a.length, value.length);
    return told ? value.error : -EFAULT;
  }
  const length = Math.min(room, value.length);
  if (copyOut(t, a.value, value.subarray(0, length)) < 0) return -EFAULT;
  return t.mm?.put32(a.length, length) ? 0 : -EFAULT;
}
