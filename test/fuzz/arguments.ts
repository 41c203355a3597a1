/** Arguments of a call: by its row of the table, each of the right sort mostly, and anything now and then. */

import type { Arg } from '../../src/kernel/syscall/args.ts';
import * as kinds from '../../src/kernel/syscall/args.ts';
import { type Data, length, mapAddress } from './data.ts';
import { HANDLER_AT } from './layout.ts';
import type { Random } from './random.ts';

type Maker = (r: Random, data: Data) => number;

/** A pointer to a structure: now and then to something else, or nowhere. */
const to =
  (...types: readonly string[]): Maker =>
  (r, data) => {
    if (r.chance(0.08)) return data.anything(r);
    return r.chance(0.08) ? 0 : data.pointer(r, r.pick(types));
  };

const scratch = to('scratch');
const fd: Maker = (r) => r.pick([r.below(20), r.below(20), r.below(20), r.below(40), -1, -100, r.number()]);

/** Descriptors that the setup of a batch leaves open, by what a call wants. */
const FILES: readonly (readonly [calls: RegExp, descriptors: readonly number[]])[] = [
  [/^epoll/, [11]],
  [/^timerfd/, [12]],
  [/^signalfd/, [-1, 13]],
  [/^(getdents|readdir|fchdir)/, [5]],
  [
    /^(p?read|p?write|sendfile|copy_file|fallocate|ftruncate|_?llseek|flock|fcntl|fsync|mmap|fadvise)/,
    [3, 4, 6, 7, 8, 9, 14, 15, 16],
  ],
  [/^(f.*xattr|fch|fstat|futime)/, [3, 4, 5, 14]],
];

/** A descriptor that suits the call, half of the time. */
function fitting(r: Random, call: string): number | null {
  if (r.chance(0.4)) return null;
  const found = FILES.find(([calls]) => calls.test(call));
  return found === undefined ? null : r.pick(found[1]);
}
const pid: Maker = (r) => r.pick([0, -1, 1, 2, r.below(12), r.below(60), -r.below(12), r.number()]);
const signal: Maker = (r) => r.pick([0, 10, 12, 14, 17, 18, 19, 9, r.below(66), r.below(66), r.number()]);
const small: Maker = (r) => r.pick([0, 1, 2, 3, 8, 8, 64, r.number()]);
const identity: Maker = (r) => r.pick([0, 0, 1000, -1, 65_535, r.number()]);
const mode: Maker = (r) => r.pick([0o644, 0o755, 0o600, 0, 0o7777, 0o10644, 0o20666, 0o140755, r.word()]);
const signalSetSize: Maker = (r) => (r.chance(0.9) ? 8 : r.number());

/** By the argument's name; a name behind the call's goes first. */
const BY_NAME: Readonly<Record<string, Maker>> = {
  ...Object.fromEntries(
    ['fd', 'oldfd', 'newfd', 'epfd', 'in_fd', 'out_fd', 'fd_in', 'fd_out', 'first', 'last'].map((name) => [name, fd]),
  ),
  ...Object.fromEntries(['pid', 'tid', 'tgid', 'pgid', 'who', 'id'].map((name) => [name, pid])),
  ...Object.fromEntries(['sig', 'signum'].map((name) => [name, signal])),
  ...Object.fromEntries(['owner', 'group', 'uid', 'gid', 'real', 'eff', 'saved'].map((name) => [name, identity])),
  ...Object.fromEntries(['sigsetsize', 'sizemask'].map((name) => [name, signalSetSize])),
  ...Object.fromEntries(
    ['nfds', 'iovcnt', 'maxevents', 'n', 'timerid', 'whence', 'size', 'len'].map((name) => [name, small]),
  ),
  ...Object.fromEntries(
    ['buf', 'status', 'oldact', 'oldset', 'dirp', 'infop', 'usage', 'rusage', 'vec', 'result', 'fds'].map((name) => [
      name,
      scratch,
    ]),
  ),
  ...Object.fromEntries(
    ['count', 'length', 'oldLength', 'buflen', 'bytecount'].map((name): [string, Maker] => [name, length]),
  ),
  mode,
  mask: to('sigset', 'int'),
  set: to('sigset'),
  act: to('action'),
  old_value: scratch,
  ss: to('stack'),
  addr: mapAddress,
  address: mapAddress,
  old: mapAddress,
  iov: to('iovec'),
  argv: to('argv'),
  envp: to('argv'),
  request: to('timespec', 'timespec64'),
  tp: to('timespec', 'timespec64'),
  timeout: (r, data) =>
    r.pick([r.below(20), 0, -1, data.pointer(r, 'timespec'), data.pointer(r, 'timespec64'), r.number()]),
  tsp: to('timespec', 'timespec64'),
  tmo: to('timespec', 'timespec64'),
  tvp: to('timeval'),
  tv: to('timeval'),
  times: to('timevals', 'timespecs', 'timespecs64'),
  inp: to('fdset'),
  outp: to('fdset'),
  exp: to('fdset'),
  'pselect6.sig': to('sigmaskPair'),
  'pselect6_time64.sig': to('sigmaskPair'),
  sigmask: to('sigset'),
  'poll.fds': to('pollfds'),
  'ppoll.fds': to('pollfds'),
  'ppoll_time64.fds': to('pollfds'),
  'sigaction.act': to('oldAction'),
  handler: (r) => r.pick([0, 1, HANDLER_AT, r.word()]),
  info: to('siginfo'),
  rlim: to('rlimit'),
  new_rlim: to('rlimit64'),
  old_rlim: scratch,
  list: to('ids', 'scratch'),
  'select.args': to('selectArgs'),
  'mmap.args': to('mmapArgs'),
  'socketcall.args': to('socketArgs'),
  'setitimer.new_value': to('itimerval'),
  new_value: to('itimerspec', 'itimerspec64'),
  sevp: to('sigevent'),
  'timer_create.timerid': scratch,
  event: to('epollEvent'),
  u_info: to('userDesc'),
  tls: to('userDesc'),
  ptr: to('userDesc', 'scratch'),
  child_stack: (r, data) => r.pick([0, 0, data.pointer(r, 'scratch') + 4096, data.anything(r)]),
  header: to('capHeader'),
  'capset.data': to('capData'),
  head: to('robustHead'),
  uaddr: to('int'),
  uaddr2: to('int'),
  op: (r) => r.below(15) | r.pick([0, 0, 128, 256, 384]),
  param: to('int'),
  offset: (r, data) => r.pick([0, 1, 4096, data.pointer(r, 'offset'), r.number()]),
  off_in: to('offset'),
  off_out: to('offset'),
  name: to('string', 'path'),
  type: to('string'),
  'mount.data': to('string'),
  msg: to('msghdr', 'message'),
  msgp: to('message'),
  sops: to('sembufs'),
  addrlen: to('int'),
  optval: to('int', 'scratch', 'timeval'),
  how: (r, data) => r.pick([0, 1, 2, data.pointer(r, 'openHow')]),
  uargs: to('cloneArgs'),
  cl_args: to('cloneArgs'),
  'futimesat.path': to('path'),
  'utimensat.path': to('path'),
  'utimensat_time64.path': to('path'),
  arg: (r, data) =>
    r.pick([
      fd(r, data),
      r.number(),
      signal(r, data),
      data.pointer(r, r.pick(['flock', 'flock64', 'int', 'termios', 'scratch'])),
      data.anything(r),
    ]),
};

/** A bit or two of the named ones, or one of the named values, or any bits. */
function named(r: Random, values: readonly number[]): number {
  if (r.chance(0.05)) return r.word();
  let bits = 0;
  for (let i = r.below(4); i > 0; i--) bits |= r.pick(values);
  return r.chance(0.4) ? r.pick(values) : bits;
}

function wild(r: Random, data: Data): number {
  return r.chance(0.5) ? data.anything(r) : r.number();
}

/** An argument as uint32. */
export function argument(r: Random, data: Data, call: string, name: string, arg: Arg<unknown>): number {
  if (r.chance(0.03)) return wild(r, data) >>> 0;
  const maker = BY_NAME[`${call}.${name}`] ?? BY_NAME[name];
  const descriptor = maker === fd ? fitting(r, call) : null;
  if (descriptor !== null) return descriptor >>> 0;
  if (arg === kinds.path && maker === undefined) return to('path')(r, data);
  if (arg === kinds.path) return data.pointer(r, call.includes('xattr') ? 'string' : 'path');
  if (arg === kinds.atFd) return r.pick([-100, -100, 5, r.below(20), r.number()]) >>> 0;
  if (arg.values !== undefined && arg.values.length > 0) return named(r, arg.values) >>> 0;
  if (maker !== undefined) return maker(r, data) >>> 0;
  if (arg === kinds.ptr) return to(...STRUCTURES)(r, data) >>> 0;
  return wild(r, data) >>> 0;
}

const STRUCTURES = ['scratch', 'scratch', 'words', 'int', 'sockaddr', 'msghdr', 'timespec', 'message', 'ids', 'filter'];
