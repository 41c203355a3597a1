/**
 * Sockets: what all address families share (Linux struct sock). A sock outlives its open file (an orphaned TCP
 * connection), and can be there before one (a connection that waits for accept).
 */

import type { Container } from '../container.ts';
import { EAGAIN, EINVAL, EOPNOTSUPP } from '../errno.ts';
import { POLL_ERR, POLL_HUP, POLL_IN, POLL_OUT, signalIo } from '../fd/async.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../fd/poll.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, optional, optRef, ref, u8, u16, u32, weak } from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import { enter, leave, type Ordered } from '../ordered.ts';
import type { Result } from '../syscall/define.ts';
import type { Cred } from '../task/cred.ts';
import type { Pid } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { block, Waitable } from '../task/wait.ts';
import {
  AF_MAX,
  DEFAULT_BUFFER,
  MIN_RCVBUF,
  MIN_SNDBUF,
  MSG_DONTWAIT,
  MSG_WAITALL,
  RCV_SHUTDOWN,
  SHUTDOWN_MASK,
  SOCK_MAX,
} from './constants.ts';
import type { Received, Sending } from './message.ts';
import type { NetNs } from './netns.ts';
import type { Refused } from './options.ts';
import type { SocketFile } from './socket-file.ts';

/** What wakes readers, writers, and all after a change of the connection. */
export const READ_EVENTS = POLLIN | POLLRDNORM;
export const WRITE_EVENTS = POLLOUT | POLLWRNORM | POLLWRBAND;
const STATE_EVENTS = READ_EVENTS | WRITE_EVENTS | POLLRDHUP | POLLHUP | POLLERR;

/** States of a sock, with TCP's numbers for all families as /proc/net shows them. Linux include/net/tcp_states.h. */
export const STATE = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
} as const;

/** What SIGIO tells, by what happened first. */
const SIGIO_CODES: readonly (readonly [events: number, code: number])[] = [
  [POLLHUP, POLL_HUP],
  [POLLIN, POLL_IN],
  [POLLOUT, POLL_OUT],
  [POLLERR, POLL_ERR],
];

export class Sock
  extends derived(Waitable, 'sock', 1, {
    net: ref<NetNs>('netns', 'where it was made'),
    seq: count('order among sockets, from Container.waitSeq'),
    family: u8('AF_*'),
    type: u8('SOCK_*'),
    protocol: u16('IPPROTO_* or the like'),
    file: weak<SocketFile>('socket', 'its open file; null before accept(2) and after close(2)'),
    state: u8('TCP_* state', { initial: STATE.CLOSE }),
    shutdown: u8('RCV_SHUTDOWN 1, SEND_SHUTDOWN 2', { initial: 0 }),
    err: u32('errno that the next call reports, SO_ERROR', { initial: 0 }),
    backlog: u32('connections that may wait for accept(2), or datagrams in the queue', { initial: 0 }),
    sndbuf: u32('SO_SNDBUF', { initial: DEFAULT_BUFFER }),
    rcvbuf: u32('SO_RCVBUF', { initial: DEFAULT_BUFFER }),
    rcvlowat: u32('SO_RCVLOWAT', { initial: 1 }),
    sndtimeo: optional(count('SO_SNDTIMEO, ns; null for ever')),
    rcvtimeo: optional(count('SO_RCVTIMEO, ns; null for ever')),
    options: u32('boolean options of SOL_SOCKET, a bit each as in OPTION_BITS', { initial: 0, show: 'hex' }),
    linger: i32('SO_LINGER, seconds; -1 when off', { initial: -1 }),
    lingerTime: i32('l_linger as it was set last', { initial: 0 }),
    priority: i32('SO_PRIORITY', { initial: 0 }),
    mark: u32('SO_MARK', { initial: 0 }),
    peekOff: i32('SO_PEEK_OFF; -1 when off', { initial: -1 }),
    boundIf: u32('SO_BINDTODEVICE: interface number, 0 for any', { initial: 0 }),
    peerPid: optRef<Pid>('pid', 'SO_PEERCRED: the process at the other end'),
    peerCred: optRef<Cred>('cred', 'SO_PEERCRED: whose it was'),
  })
  implements Ordered
{
  get k(): Kernel {
    return this.net.k;
  }

  get container(): Container {
    return this.k.container;
  }

  /** Enters a new sock on the container's list. */
  enlist(): this {
    enter(this.container.socks, this);
    return this;
  }

  override afterLoad(kernel: Kernel): void {
    enter(kernel.container.socks, this);
  }

  override released(): void {
    leave<Sock>(this.container.socks, this);
  }

  bind(_k: Kernel, _t: Task, _address: Uint8Array): Result {
    return -EOPNOTSUPP;
  }
  /** `flags` are those of the open file: O_NONBLOCK counts. */
  connect(_k: Kernel, _t: Task, _address: Uint8Array, _nonblock: boolean): Result {
    return -EOPNOTSUPP;
  }
  listen(_k: Kernel, _t: Task, _backlog: number): Result {
    return -EOPNOTSUPP;
  }
  /** A connection, taken off the queue with the reference that the queue had; BLOCKED or a negated errno. */
  accept(_k: Kernel, _t: Task, _nonblock: boolean): Sock | Result {
    return -EOPNOTSUPP;
  }
  /** The own name, or the peer's. */
  name(_k: Kernel, _t: Task, _peer: boolean): Uint8Array | Result {
    return -EOPNOTSUPP;
  }
  /** socketpair(2): joins two fresh socks. */
  pair(_k: Kernel, _t: Task, _other: Sock): Result {
    return -EOPNOTSUPP;
  }
  /** Bytes sent, BLOCKED or a negated errno. */
  send(_k: Kernel, _t: Task, _message: Sending): Result {
    return -EOPNOTSUPP;
  }
  /** Bytes received, BLOCKED or a negated errno; what comes beside the bytes is noted in `into`. */
  receive(_k: Kernel, _t: Task, _into: Received): Result {
    return -EOPNOTSUPP;
  }
  /** `how` is a mask of RCV_SHUTDOWN and SEND_SHUTDOWN. */
  shutDown(_k: Kernel, _how: number): Result {
    return -EOPNOTSUPP;
  }
  poll(_k: Kernel): number {
    return 0;
  }
  /** The requests that only this family knows; null for others. */
  ioctl(_k: Kernel, _t: Task, _cmd: number, _arg: number): Result | null {
    return null;
  }
  setOption(_k: Kernel, _t: Task, _level: number, _name: number, _value: number, _length: number): Result {
    return -EOPNOTSUPP;
  }
  getOption(_k: Kernel, _t: Task, _level: number, _name: number, _room: number): Uint8Array | Result | Refused {
    return -EOPNOTSUPP;
  }
  /** SO_SNDBUF or SO_RCVBUF was set: the size is no longer the kernel's to choose. */
  bufferChosen(_which: 'sndbuf' | 'rcvbuf'): void {}
  /** Whether SO_PEEK_OFF can be set. */
  get hasPeekOff(): boolean {
    return false;
  }
  /** Whether the family has options at that level beside SOL_SOCKET. */
  hasLevel(_level: number): boolean {
    return false;
  }
  /** The last descriptor is closed, or a connection that waited for accept(2) is thrown away. */
  close(_k: Kernel): void {}

  /** Takes the pending error: its negation, or 0 (Linux sock_error). */
  takeError(): Result {
    const { err } = this;
    this.err = 0;
    return err === 0 ? 0 : -err;
  }

  hasOption(bit: number): boolean {
    return (this.options & bit) !== 0;
  }

  /** How many bytes a read waits for (Linux sock_rcvlowat). */
  target(flags: number, wanted: number): number {
    return (flags & MSG_WAITALL ? wanted : Math.min(this.rcvlowat, wanted)) || 1;
  }

  /** Wakes sleepers and pollers, and sends SIGIO to the owner who asked for it. */
  notify(events: number): void {
    this.wake(events);
    const code = SIGIO_CODES.find(([bits]) => (events & bits) !== 0)?.[1];
    if (code !== undefined) signalIo(this.k, this, code);
  }

  /** The connection has changed: everybody looks again. */
  stateChanged(): void {
    this.notify(STATE_EVENTS);
  }

  /** Notes an error and tells everybody. */
  fail(errno: number): void {
    this.err = errno;
    this.notify(STATE_EVENTS);
  }

  setPeerCred(pid: Pid | null, cred: Cred | null): void {
    if (pid !== null) get(pid);
    if (cred !== null) get(cred);
    if (this.peerPid !== null) put(this.peerPid);
    if (this.peerCred !== null) put(this.peerCred);
    this.peerPid = pid;
    this.peerCred = cred;
  }

  override check(): void {
    super.check();
    assert(this.family < AF_MAX && this.type > 0 && this.type < SOCK_MAX, 'a socket of no known type');
    assert(this.state >= STATE.ESTABLISHED && this.state <= STATE.CLOSING, 'a socket in no known state');
    assert((this.shutdown & ~SHUTDOWN_MASK) === 0, 'a socket shut down in a third direction');
    assert(this.sndbuf >= MIN_SNDBUF && this.rcvbuf >= MIN_RCVBUF, 'a socket with too small a buffer');
    assert(this.file === null || this.file.sock === this, 'a socket and its open file disagree');
    assert(this.container.socks.includes(this), 'a socket that its container does not know');
  }

  /** Whether nothing more will come in. */
  get atEnd(): boolean {
    return (this.shutdown & RCV_SHUTDOWN) !== 0;
  }
}

/** How long a call may sleep: 0 not at all, null for ever. */
export function patience(timeo: number | null, flags: number): number | null {
  return (flags & MSG_DONTWAIT) !== 0 ? 0 : timeo;
}

/**
 * Sleeps until one of `events` happens to a waitable. Entered again, the deadline is that of the first entry. -EAGAIN when the
 * time is up, or there is none. With a timeout a signal ends the call, without one it is restarted (Linux sock_intr_errno).
 */
export function sleepOn(
  sock: Sock,
  t: Task,
  what: { readonly on?: Waitable; readonly events: number; readonly timeo: number | null; readonly progress?: number },
): Result {
  const { timeo } = what;
  if (t.wait?.timedOut || timeo === 0) return -EAGAIN;
  const { file } = sock;
  const on = what.on ?? sock;
  return block(t, {
    on: file === null ? [on] : [file, on],
    events: what.events,
    restart: timeo === null ? 'sys' : 'never',
    ...(what.progress === undefined ? {} : { progress: what.progress }),
    ...(t.wait === null && timeo !== null ? { deadline: sock.k.clock.now() + timeo } : {}),
  });
}

/** shutdown(2)'s argument as a mask, or -EINVAL. */
export function shutdownMask(how: number): number {
  return how < 0 || how > 2 ? -EINVAL : how + 1;
}
