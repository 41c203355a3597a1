/** poll(2), select(2) and their kin. Linux fs/select.c. */
import { EBADF, EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { lendMaskAt } from '../signal/calls.ts';
import { i32, ptr, u32 } from '../syscall/args.ts';
import { BLOCKED, type Result, syscall } from '../syscall/define.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { block, type Restart, type Waitable } from '../task/wait.ts';
import { readNs, readTimeval, type TimeWidth, writeNs, writeTimeval } from '../time/timespec.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from './poll.ts';
import { copyIn } from './user.ts';

const POLLFD_SIZE = 8;
const NS_PER_MS = 1_000_000;

/** How long a call may sleep: ns, null for ever; or a negated errno. */
export type Timeout = { readonly ns: number | null } | Result;

function finite(ns: number): Timeout {
  return { ns: Number.isFinite(ns) ? ns : null };
}

export function milliseconds(timeout: number): Timeout {
  return { ns: timeout < 0 ? null : timeout * NS_PER_MS };
}

export function timespecTimeout(t: Task, address: number, width: TimeWidth): Timeout {
  if (address === 0) return { ns: null };
  const time = readNs(t, address, width);
  return typeof time === 'number' ? time : finite(time.ns);
}

function timevalTimeout(t: Task, address: number): Timeout {
  if (address === 0) return { ns: null };
  const time = readTimeval(t, address);
  return typeof time === 'number' ? time : finite(time.ns);
}

/** Sleeps until one of the files may be ready, or the time is up. Entered again, the deadline is that of the first entry. */
export function sleep(k: Kernel, t: Task, on: readonly Waitable[], timeout: Timeout, restart: Restart): Result {
  if (t.wait?.timedOut) return 0;
  const known = t.wait !== null;
  if (typeof timeout === 'number') return timeout;
  if (!known && timeout.ns === 0) return 0;
  const deadline = timeout.ns === null ? null : k.clock.now() + timeout.ns;
  return block(t, { on, restart, ...(known ? {} : { deadline }) });
}

/** What polling one descriptor finds. */
interface Polled {
  readonly mask: number;
  readonly on: Waitable | null;
}

function pollFd(k: Kernel, t: Task, fd: number): Polled | null {
  const file = t.files.file(fd);
  if (file === null || file.isPathOnly) return null;
  return { mask: file.poll(k), on: file.pollOn() };
}

/** The work of poll and ppoll. */
function poll(k: Kernel, t: Task, address: number, nfds: number, timeout: Timeout, restart: Restart): Result {
  if (nfds > t.signal.limit(RLIMIT.RLIMIT_NOFILE)) return -EINVAL;
  const table = copyIn(t, address, nfds * POLLFD_SIZE);
  if (table === null) return -EFAULT;
  const on: Waitable[] = [];
  let ready = 0;
  for (let i = 0; i < nfds; i++) {
    const at = i * POLLFD_SIZE;
    const fd = table.getInt32(at, true);
    const wanted = table.getUint16(at + 4, true) | POLLERR | POLLHUP;
    const polled = fd < 0 ? null : pollFd(k, t, fd);
    const revents = fd < 0 ? 0 : polled === null ? POLLNVAL : polled.mask & wanted;
    table.setUint16(at + 6, revents, true);
    if (revents !== 0) ready++;
    if (polled?.on) on.push(polled.on);
  }
  const result = ready > 0 ? ready : sleep(k, t, on, timeout, restart);
  if (result < 0) return result;
  for (let i = 0; i < nfds; i++) {
    const at = i * POLLFD_SIZE + 6;
    if (!t.mm?.writeBytes(address + at, new Uint8Array(table.buffer, table.byteOffset + at, 2))) return -EFAULT;
  }
  return result;
}

const IN = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const OUT = POLLWRNORM | POLLWRBAND | POLLOUT | POLLERR;
/** The events of the three sets, in the order of the arguments. */
const SETS: readonly number[] = [IN, OUT, POLLPRI];

function hasBit(set: Uint8Array | null, fd: number): boolean {
  return set !== null && (set[fd >>> 3]! & (1 << (fd & 7))) !== 0;
}

/** Reads the three sets; null for -EFAULT. */
function readSets(t: Task, addresses: readonly number[], bytes: number): (Uint8Array | null)[] | null {
  const sets: (Uint8Array | null)[] = [];
  for (const address of addresses) {
    const set = address === 0 ? null : (t.mm?.readBytes(address, bytes) ?? undefined);
    if (set === undefined) return null;
    sets.push(set);
  }
  return sets;
}

/** The work of select and pselect6. */
function select(k: Kernel, t: Task, n: number, addresses: readonly number[], timeout: Timeout): Result {
  if (n < 0) return -EINVAL;
  // Linux cuts the sets to the size of the descriptor table.
  const size = Math.min(n, Math.max(64, ...Array.from(t.files.fds.keys(), (fd) => ((fd >>> 6) + 1) << 6)));
  const bytes = ((size + 31) >>> 5) * 4;
  const sets = readSets(t, addresses, bytes);
  if (sets === null) return -EFAULT;
  const results = sets.map(() => new Uint8Array(bytes));
  const on: Waitable[] = [];
  let ready = 0;
  for (let fd = 0; fd < size; fd++) {
    if (!sets.some((set) => hasBit(set, fd))) continue;
    const polled = pollFd(k, t, fd);
    if (polled === null) return -EBADF;
    if (polled.on !== null) on.push(polled.on);
    for (const [i, events] of SETS.entries()) {
      if (!hasBit(sets[i] ?? null, fd) || (polled.mask & events) === 0) continue;
      results[i]![fd >>> 3]! |= 1 << (fd & 7);
      ready++;
    }
  }
  const result = ready > 0 ? ready : sleep(k, t, on, timeout, 'nohand');
  if (result < 0) return result;
  for (const [i, address] of addresses.entries()) {
    if (address !== 0 && !t.mm?.writeBytes(address, results[i]!)) return -EFAULT;
  }
  return result;
}

/** Before a call returns, the time that is left goes back to where the timeout was. */
function giveTimeBack(k: Kernel, t: Task, first: Timeout, result: Result, write: (ns: number) => boolean): Result {
  if (result === BLOCKED || typeof first === 'number' || first.ns === null) return result;
  const left = t.wait === null ? first.ns : Math.max(0, (t.wait.deadline ?? 0) - k.clock.now());
  write(left);
  return result;
}

function ppoll(
  k: Kernel,
  t: Task,
  fds: number,
  nfds: number,
  tmo: number,
  mask: number,
  size: number,
  width: TimeWidth,
): Result {
  const timeout = timespecTimeout(t, tmo, width);
  if (typeof timeout === 'number') return timeout;
  const lent = lend(t, mask, size);
  if (lent < 0) return lent;
  const result = poll(k, t, fds, nfds, timeout, 'nohand');
  return giveTimeBack(k, t, timeout, result, (ns) => writeNs(t, tmo, width, ns));
}

/** The signal mask of ppoll and pselect6 holds from the first entry on. */
export function lend(t: Task, mask: number, size: number): Result {
  return mask === 0 || t.wait !== null ? 0 : lendMaskAt(t, mask, size);
}

function newSelect(k: Kernel, t: Task, n: number, sets: readonly number[], tv: number): Result {
  const timeout = timevalTimeout(t, tv);
  if (typeof timeout === 'number') return timeout;
  const result = select(k, t, n, sets, timeout);
  return giveTimeBack(k, t, timeout, result, (ns) => writeTimeval(t, tv, ns));
}

/** select(82) takes its five arguments in memory. */
function oldSelect(k: Kernel, t: Task, address: number): Result {
  const args = copyIn(t, address, 20);
  if (args === null) return -EFAULT;
  const [n, inp, outp, exp, tv] = [0, 4, 8, 12, 16].map((at) => args.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return newSelect(k, t, n | 0, [inp, outp, exp], tv);
}

/** `sig` points to the mask's address and size. */
function pselect(
  k: Kernel,
  t: Task,
  n: number,
  sets: readonly number[],
  ts: number,
  sig: number,
  width: TimeWidth,
): Result {
  const timeout = timespecTimeout(t, ts, width);
  if (typeof timeout === 'number') return timeout;
  const pack = sig === 0 ? null : copyIn(t, sig, 8);
  if (sig !== 0 && pack === null) return -EFAULT;
  const lent = pack === null ? 0 : lend(t, pack.getUint32(0, true), pack.getUint32(4, true));
  if (lent < 0) return lent;
  const result = select(k, t, n, sets, timeout);
  return giveTimeBack(k, t, timeout, result, (ns) => writeNs(t, ts, width, ns));
}

const sets = { n: i32, inp: ptr, outp: ptr, exp: ptr };
const ppollArgs = { fds: ptr, nfds: u32, tmo: ptr, sigmask: ptr, sigsetsize: u32 };

export const pollCalls = [
  syscall(168, 'poll', { fds: ptr, nfds: u32, timeout: i32 }, (k, t, a) =>
    poll(k, t, a.fds, a.nfds, milliseconds(a.timeout), 'block'),
  ),
  syscall(309, 'ppoll', ppollArgs, (k, t, a) => ppoll(k, t, a.fds, a.nfds, a.tmo, a.sigmask, a.sigsetsize, 32)),
  syscall(414, 'ppoll_time64', ppollArgs, (k, t, a) => ppoll(k, t, a.fds, a.nfds, a.tmo, a.sigmask, a.sigsetsize, 64)),
  syscall(82, 'select', { args: ptr }, (k, t, a) => oldSelect(k, t, a.args)),
  syscall(142, '_newselect', { ...sets, tvp: ptr }, (k, t, a) => newSelect(k, t, a.n, [a.inp, a.outp, a.exp], a.tvp)),
  syscall(308, 'pselect6', { ...sets, tsp: ptr, sig: ptr }, (k, t, a) =>
    pselect(k, t, a.n, [a.inp, a.outp, a.exp], a.tsp, a.sig, 32),
  ),
  syscall(413, 'pselect6_time64', { ...sets, tsp: ptr, sig: ptr }, (k, t, a) =>
    pselect(k, t, a.n, [a.inp, a.outp, a.exp], a.tsp, a.sig, 64),
  ),
];
