/** The socket calls by number: directly, and through socketcall(2). */
import { EFAULT, EINVAL } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { choice, fd, flagSet, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import {
  accept,
  bind,
  connect,
  getname,
  getsockopt,
  listen,
  recvfrom,
  sendto,
  setsockopt,
  shutdown,
  socket,
  socketOf,
  socketpair,
} from './calls.ts';
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  AF_UNSPEC,
  MSG_NAMES,
  SO,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  SOL_UDP,
} from './constants.ts';
import { recvmmsg, sendmmsg } from './mmsg.ts';
import { receiveHeader, sendHeader } from './msghdr.ts';
import { SOCK_TYPES } from './show.ts';

function sendmsg(k: Kernel, t: Task, fd: number, address: number, flags: number): Result {
  const file = socketOf(t, fd);
  return typeof file === 'number' ? file : sendHeader(k, t, file, address, flags);
}

function recvmsg(k: Kernel, t: Task, fd: number, address: number, flags: number): Result {
  const file = socketOf(t, fd);
  return typeof file === 'number' ? file : receiveHeader(k, t, file, address, flags);
}

/** A call of socketcall(2): its name, how many words of arguments it takes, and what it does with them. */
interface Multiplexed {
  readonly name: string;
  readonly words: number;
  readonly body: (k: Kernel, t: Task, a: Int32Array) => Result;
}

const u = (value: number | undefined): number => (value ?? 0) >>> 0;
const transfer = (a: Int32Array) => ({
  fd: a[0]!,
  buf: u(a[1]),
  len: u(a[2]),
  flags: a[3]!,
  addr: u(a[4]),
  addrlen: u(a[5]),
});

/** By number from 1 on, Linux include/uapi/linux/net.h. */
const MULTIPLEXED: readonly Multiplexed[] = [
  { name: 'SYS_SOCKET', words: 3, body: (k, t, a) => socket(k, t, a[0]!, a[1]!, a[2]!) },
  { name: 'SYS_BIND', words: 3, body: (k, t, a) => bind(k, t, a[0]!, u(a[1]), a[2]!) },
  { name: 'SYS_CONNECT', words: 3, body: (k, t, a) => connect(k, t, a[0]!, u(a[1]), a[2]!) },
  { name: 'SYS_LISTEN', words: 2, body: (k, t, a) => listen(k, t, a[0]!, a[1]!) },
  { name: 'SYS_ACCEPT', words: 3, body: (k, t, a) => accept(k, t, a[0]!, u(a[1]), u(a[2]), 0) },
  { name: 'SYS_GETSOCKNAME', words: 3, body: (k, t, a) => getname(k, t, a[0]!, u(a[1]), u(a[2]), false) },
  { name: 'SYS_GETPEERNAME', words: 3, body: (k, t, a) => getname(k, t, a[0]!, u(a[1]), u(a[2]), true) },
  { name: 'SYS_SOCKETPAIR', words: 4, body: (k, t, a) => socketpair(k, t, a[0]!, a[1]!, a[2]!, u(a[3])) },
  { name: 'SYS_SEND', words: 4, body: (k, t, a) => sendto(k, t, transfer(a.slice(0, 4))) },
  { name: 'SYS_RECV', words: 4, body: (k, t, a) => recvfrom(k, t, transfer(a.slice(0, 4))) },
  { name: 'SYS_SENDTO', words: 6, body: (k, t, a) => sendto(k, t, transfer(a)) },
  { name: 'SYS_RECVFROM', words: 6, body: (k, t, a) => recvfrom(k, t, transfer(a)) },
  { name: 'SYS_SHUTDOWN', words: 2, body: (k, t, a) => shutdown(k, t, a[0]!, a[1]!) },
  { name: 'SYS_SETSOCKOPT', words: 5, body: (k, t, a) => setsockopt(k, t, option(a)) },
  { name: 'SYS_GETSOCKOPT', words: 5, body: (k, t, a) => getsockopt(k, t, { ...option(a), length: u(a[4]) }) },
  { name: 'SYS_SENDMSG', words: 3, body: (k, t, a) => sendmsg(k, t, a[0]!, u(a[1]), a[2]!) },
  { name: 'SYS_RECVMSG', words: 3, body: (k, t, a) => recvmsg(k, t, a[0]!, u(a[1]), a[2]!) },
  { name: 'SYS_ACCEPT4', words: 4, body: (k, t, a) => accept(k, t, a[0]!, u(a[1]), u(a[2]), a[3]!) },
  {
    name: 'SYS_RECVMMSG',
    words: 5,
    body: (k, t, a) =>
      recvmmsg(k, t, { fd: a[0]!, vector: u(a[1]), count: u(a[2]), flags: a[3]!, timeout: u(a[4]), width: 32 }),
  },
  {
    name: 'SYS_SENDMMSG',
    words: 4,
    body: (k, t, a) => sendmmsg(k, t, { fd: a[0]!, vector: u(a[1]), count: u(a[2]), flags: a[3]! }),
  },
];

function option(a: Int32Array) {
  return { fd: a[0]!, level: a[1]!, name: a[2]!, value: u(a[3]), length: a[4]! };
}

const CALL_NUMBERS = Object.fromEntries(MULTIPLEXED.map(({ name }, i) => [name, i + 1]));

/** socketcall(2): a number, and the call's arguments in memory. */
function socketcall(k: Kernel, t: Task, call: number, address: number): Result {
  const found = MULTIPLEXED[call - 1];
  if (found === undefined) return -EINVAL;
  const view = copyIn(t, address, 4 * found.words);
  if (view === null) return -EFAULT;
  return found.body(
    k,
    t,
    Int32Array.from({ length: found.words }, (_, i) => view.getInt32(4 * i, true)),
  );
}

const FAMILY = choice({ AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK });
const FILE = flagSet({ SOCK_CLOEXEC: O_CLOEXEC, SOCK_NONBLOCK: O_NONBLOCK });
const MSG = flagSet(MSG_NAMES);
const LEVEL = choice({ SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP, SOL_IPV6 });
const NAME = choice(SO);
const HOW = choice({ SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2 });
const to = { fd, buf: ptr, len: u32, flags: MSG, addr: ptr };
const name = { fd, addr: ptr, addrlen: ptr };
const optionArgs = { fd, level: LEVEL, optname: NAME, optval: ptr };
const batch = { fd, msgvec: ptr, vlen: u32, flags: MSG };

export const socketCalls: readonly Syscall[] = [
  syscall(102, 'socketcall', { call: choice(CALL_NUMBERS), args: ptr }, (k, t, a) => socketcall(k, t, a.call, a.args)),
  syscall(359, 'socket', { domain: FAMILY, type: SOCK_TYPES, protocol: i32 }, (k, t, a) =>
    socket(k, t, a.domain | 0, a.type, a.protocol),
  ),
  syscall(360, 'socketpair', { domain: FAMILY, type: SOCK_TYPES, protocol: i32, sv: ptr }, (k, t, a) =>
    socketpair(k, t, a.domain | 0, a.type, a.protocol, a.sv),
  ),
  syscall(361, 'bind', { fd, addr: ptr, addrlen: i32 }, (k, t, a) => bind(k, t, a.fd, a.addr, a.addrlen)),
  syscall(362, 'connect', { fd, addr: ptr, addrlen: i32 }, (k, t, a) => connect(k, t, a.fd, a.addr, a.addrlen)),
  syscall(363, 'listen', { fd, backlog: i32 }, (k, t, a) => listen(k, t, a.fd, a.backlog)),
  syscall(364, 'accept4', { ...name, flags: FILE }, (k, t, a) => accept(k, t, a.fd, a.addr, a.addrlen, a.flags)),
  syscall(365, 'getsockopt', { ...optionArgs, optlen: ptr }, (k, t, a) =>
    getsockopt(k, t, { fd: a.fd, level: a.level | 0, name: a.optname | 0, value: a.optval, length: a.optlen }),
  ),
  syscall(366, 'setsockopt', { ...optionArgs, optlen: i32 }, (k, t, a) =>
    setsockopt(k, t, { fd: a.fd, level: a.level | 0, name: a.optname | 0, value: a.optval, length: a.optlen }),
  ),
  syscall(367, 'getsockname', name, (k, t, a) => getname(k, t, a.fd, a.addr, a.addrlen, false)),
  syscall(368, 'getpeername', name, (k, t, a) => getname(k, t, a.fd, a.addr, a.addrlen, true)),
  syscall(369, 'sendto', { ...to, addrlen: u32 }, (k, t, a) => sendto(k, t, a)),
  syscall(370, 'sendmsg', { fd, msg: ptr, flags: MSG }, (k, t, a) => sendmsg(k, t, a.fd, a.msg, a.flags)),
  syscall(371, 'recvfrom', { ...to, addrlen: ptr }, (k, t, a) => recvfrom(k, t, a)),
  syscall(372, 'recvmsg', { fd, msg: ptr, flags: MSG }, (k, t, a) => recvmsg(k, t, a.fd, a.msg, a.flags)),
  syscall(373, 'shutdown', { fd, how: HOW }, (k, t, a) => shutdown(k, t, a.fd, a.how | 0)),
  syscall(337, 'recvmmsg', { ...batch, timeout: ptr }, (k, t, a) =>
    recvmmsg(k, t, { fd: a.fd, vector: a.msgvec, count: a.vlen, flags: a.flags, timeout: a.timeout, width: 32 }),
  ),
  syscall(417, 'recvmmsg_time64', { ...batch, timeout: ptr }, (k, t, a) =>
    recvmmsg(k, t, { fd: a.fd, vector: a.msgvec, count: a.vlen, flags: a.flags, timeout: a.timeout, width: 64 }),
  ),
  syscall(345, 'sendmmsg', batch, (k, t, a) =>
    sendmmsg(k, t, { fd: a.fd, vector: a.msgvec, count: a.vlen, flags: a.flags }),
  ),
];
