/**
 * Socket calls: enough for C libraries to find that no service listens. AF_UNIX sockets can be made and connected, which
 * fails as on a machine without servers; no other address family exists yet.
 */

import { latin1 } from '../bytes.ts';
import {
  EAFNOSUPPORT,
  EBADF,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  ENOTCONN,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../errno.ts';
import { AT_FDCWD, MAY_WRITE, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../fs/flags.ts';
import { mayAccess } from '../fs/permission.ts';
import { lookupAt } from '../fs/walk.ts';
import type { Kernel } from '../kernel.ts';
import { u32 as u32Field } from '../kobject/fields.ts';
import { choice, fd, flagSet, hex32, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { fileKind } from './file.ts';
import { POLLHUP, POLLOUT, POLLWRNORM } from './poll.ts';
import { install } from './table.ts';
import { copyIn, openOf } from './user.ts';

const AF_UNIX = 1;
const AF_MAX = 46;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_SEQPACKET = 5;
const SOCK_TYPE_MASK = 0xf;
const UNIX_TYPES: readonly number[] = [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET];
/** sizeof(struct sockaddr_un): the family and 108 bytes of path. */
const SOCKADDR_UN_SIZE = 110;

/** An AF_UNIX socket that is connected to nothing, unix(7). */
export class UnixSocket extends fileKind('unixsocket', 1, {
  type: u32Field('SOCK_*'),
}) {
  override read(): Result {
    return this.type === SOCK_STREAM ? -EINVAL : -ENOTCONN;
  }
  override write(): Result {
    return -ENOTCONN;
  }
  override poll(): number {
    return POLLOUT | POLLWRNORM | (this.type === SOCK_DGRAM ? 0 : POLLHUP);
  }
  override get canPoll(): boolean {
    return true;
  }
  override get label(): string {
    return 'socket:[0]';
  }
}

function socket(t: Task, domain: number, rawType: number, protocol: number): Result {
  const type = rawType & SOCK_TYPE_MASK;
  if ((rawType & ~(SOCK_TYPE_MASK | O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  if (domain !== AF_UNIX || domain >= AF_MAX) return -EAFNOSUPPORT;
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  if (!UNIX_TYPES.includes(type)) return -ESOCKTNOSUPPORT;
  return install(t, new UnixSocket({ flags: O_RDWR | (rawType & O_NONBLOCK), type }), (rawType & O_CLOEXEC) !== 0);
}

/** The socket of a descriptor, -EBADF or -ENOTSOCK. */
function socketOf(t: Task, fd: number): UnixSocket | Result {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  return file instanceof UnixSocket ? file : -ENOTSOCK;
}

/** connect(2) as far as it gets: a name that is missing is -ENOENT, anything else has nobody listening. */
function connect(k: Kernel, t: Task, fd: number, address: number, length: number): Result {
  const file = socketOf(t, fd);
  if (typeof file === 'number') return file;
  if (length < 2 || length > SOCKADDR_UN_SIZE) return -EINVAL;
  const view = copyIn(t, address, length);
  if (view === null) return -EFAULT;
  if (view.getUint16(0, true) !== AF_UNIX || length === 2) return -EINVAL;
  const name = latin1(new Uint8Array(view.buffer, view.byteOffset + 2, length - 2));
  // A leading NUL means the abstract namespace.
  if (name.startsWith('\0')) return -ECONNREFUSED;
  const end = name.indexOf('\0');
  const found = lookupAt(k, t, AT_FDCWD, end < 0 ? name : name.slice(0, end), true);
  if (typeof found === 'number') return found;
  const denied = mayAccess(t, found.dentry.target, MAY_WRITE);
  if (denied < 0) return denied;
  return -ECONNREFUSED;
}

/** What any call on a socket that nothing is connected to comes to. */
function unconnected(errno: number) {
  return (_k: Kernel, t: Task, a: { readonly fd: number }): Result => {
    const file = socketOf(t, a.fd);
    return typeof file === 'number' ? file : -errno;
  };
}

/** Numbers of socketcall(2) by call, Linux include/uapi/linux/net.h. */
const SOCKETCALLS: Readonly<Record<string, number>> = {
  SYS_SOCKET: 1,
  SYS_BIND: 2,
  SYS_CONNECT: 3,
  SYS_LISTEN: 4,
  SYS_ACCEPT: 5,
  SYS_GETSOCKNAME: 6,
  SYS_GETPEERNAME: 7,
  SYS_SOCKETPAIR: 8,
  SYS_SEND: 9,
  SYS_RECV: 10,
  SYS_SENDTO: 11,
  SYS_RECVFROM: 12,
  SYS_SHUTDOWN: 13,
  SYS_SETSOCKOPT: 14,
  SYS_GETSOCKOPT: 15,
  SYS_SENDMSG: 16,
  SYS_RECVMSG: 17,
  SYS_ACCEPT4: 18,
  SYS_RECVMMSG: 19,
  SYS_SENDMMSG: 20,
};

/** What each comes to on a socket without a peer; connect and socket are handled apart. */
const ERRORS: Readonly<Record<number, number>> = {
  2: EOPNOTSUPP,
  4: EOPNOTSUPP,
  5: EINVAL,
  6: EOPNOTSUPP,
  7: ENOTCONN,
  9: ENOTCONN,
  10: ENOTCONN,
  11: ENOTCONN,
  12: ENOTCONN,
  13: ENOTCONN,
  14: EOPNOTSUPP,
  15: EOPNOTSUPP,
  16: ENOTCONN,
  17: ENOTCONN,
  18: EINVAL,
  19: ENOTCONN,
  20: ENOTCONN,
};

/** socketcall(2): a number, and the call's arguments in memory. */
function socketcall(k: Kernel, t: Task, call: number, args: number): Result {
  const view = copyIn(t, args, 12);
  if (call < 1 || call > 20) return -EINVAL;
  if (view === null) return -EFAULT;
  const [first, second, third] = [view.getInt32(0, true), view.getUint32(4, true), view.getInt32(8, true)];
  if (call === 1) return socket(t, first, second, third);
  if (call === 3) return connect(k, t, first, second, third);
  if (call === 8) return -EAFNOSUPPORT;
  return unconnected(ERRORS[call] ?? EINVAL)(k, t, { fd: first });
}

const SOCK = flagSet({ SOCK_CLOEXEC: O_CLOEXEC, SOCK_NONBLOCK: O_NONBLOCK });
const NO_PEERS = 'sockets have no peers yet';

function onSocket(nr: number, name: string, errno: number): Syscall {
  return syscall(nr, name, { fd, a: hex32, b: hex32, c: hex32, d: hex32 }, unconnected(errno));
}

export const socketCalls: readonly Syscall[] = [
  syscall(102, 'socketcall', { call: choice(SOCKETCALLS), args: ptr }, (k, t, a) => socketcall(k, t, a.call, a.args)),
  syscall(359, 'socket', { domain: i32, type: SOCK, protocol: i32 }, (_k, t, a) =>
    socket(t, a.domain, a.type, a.protocol),
  ),
  syscall(362, 'connect', { fd, addr: ptr, addrlen: u32 }, (k, t, a) => connect(k, t, a.fd, a.addr, a.addrlen)),
  unsupported(360, 'socketpair', EAFNOSUPPORT, NO_PEERS),
  onSocket(361, 'bind', EOPNOTSUPP),
  onSocket(363, 'listen', EOPNOTSUPP),
  onSocket(364, 'accept4', EINVAL),
  onSocket(365, 'getsockopt', EOPNOTSUPP),
  onSocket(366, 'setsockopt', EOPNOTSUPP),
  onSocket(367, 'getsockname', EOPNOTSUPP),
  onSocket(368, 'getpeername', ENOTCONN),
  onSocket(369, 'sendto', ENOTCONN),
  onSocket(370, 'sendmsg', ENOTCONN),
  onSocket(371, 'recvfrom', ENOTCONN),
  onSocket(372, 'recvmsg', ENOTCONN),
  onSocket(373, 'shutdown', ENOTCONN),
  onSocket(337, 'recvmmsg', ENOTCONN),
  onSocket(345, 'sendmmsg', ENOTCONN),
];
