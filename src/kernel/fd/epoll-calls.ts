/** epoll_create(2), epoll_ctl(2), epoll_wait(2). Linux fs/eventpoll.c. */
import { EBADF, EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, EPERM } from '../errno.ts';
import { O_CLOEXEC, O_RDWR } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { choice, fd, flagSet, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { ALWAYS_TOLD, EVENT_SIZE, EventPoll, type Item, MAX_NESTS } from './eventpoll.ts';
import type { File } from './file.ts';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLWAKEUP, POLLIN, POLLOUT } from './poll.ts';
import { lend, milliseconds, sleep, type Timeout, timespecTimeout } from './poll-calls.ts';
import { install } from './table.ts';
import { copyIn, inUserSpace, openOf } from './user.ts';

const OPS = { EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3 } as const;
const MAX_EVENTS = Math.floor(0x7fff_ffff / EVENT_SIZE);
/** What may stand beside EPOLLEXCLUSIVE. */
const EXCLUSIVE_OK = (POLLIN | POLLOUT | ALWAYS_TOLD | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE) >>> 0;

function create(t: Task, flags: number): Result {
  if ((flags & ~O_CLOEXEC) !== 0) return -EINVAL;
  return install(t, new EventPoll({ flags: O_RDWR }), (flags & O_CLOEXEC) !== 0);
}

function checkExclusive(op: number, events: number, target: File): Result {
  if ((events & EPOLLEXCLUSIVE) === 0) return 0;
  if (op === OPS.EPOLL_CTL_MOD) return -EINVAL;
  if (op !== OPS.EPOLL_CTL_ADD) return 0;
  return target instanceof EventPoll || (events & ~EXCLUSIVE_OK) !== 0 ? -EINVAL : 0;
}

/** No instance may watch itself by a detour, or too many others one below another. */
function checkNesting(epoll: EventPoll, target: File): Result {
  if (!(target instanceof EventPoll)) return 0;
  return target.reaches(epoll) || target.depth + epoll.height > MAX_NESTS ? -ELOOP : 0;
}

function control(k: Kernel, t: Task, epfd: number, op: number, targetFd: number, address: number): Result {
  const event = op === OPS.EPOLL_CTL_DEL ? null : copyIn(t, address, EVENT_SIZE);
  if (op !== OPS.EPOLL_CTL_DEL && event === null) return -EFAULT;
  const epoll = openOf(t, epfd);
  const target = openOf(t, targetFd);
  if (epoll === null || target === null) return -EBADF;
  if (!target.canPoll) return -EPERM;
  if (epoll === target || !(epoll instanceof EventPoll)) return -EINVAL;
  const events = event?.getUint32(0, true) ?? 0;
  const data = event?.getBigUint64(4, true) ?? 0n;
  const wrong = checkExclusive(op, events, target);
  if (wrong < 0) return wrong;
  const item = epoll.find(target, targetFd);
  if (op === OPS.EPOLL_CTL_ADD) {
    const nested = checkNesting(epoll, target);
    if (nested < 0) return nested;
    if (item !== null) return -EEXIST;
    epoll.add(k, target, targetFd, (events | ALWAYS_TOLD) >>> 0, data);
    return 0;
  }
  return change(k, epoll, op, item, events, data);
}

function change(k: Kernel, epoll: EventPoll, op: number, item: Item | null, events: number, data: bigint): Result {
  if (op !== OPS.EPOLL_CTL_DEL && op !== OPS.EPOLL_CTL_MOD) return -EINVAL;
  if (item === null) return -ENOENT;
  if (op === OPS.EPOLL_CTL_DEL) epoll.remove(item);
  else if ((item.events & EPOLLEXCLUSIVE) !== 0) return -EINVAL;
  else epoll.modify(k, item, (events | ALWAYS_TOLD) >>> 0, data);
  return 0;
}

function wait(k: Kernel, t: Task, epfd: number, address: number, max: number, timeout: Timeout): Result {
  if (typeof timeout === 'number') return timeout;
  if (max <= 0 || max > MAX_EVENTS) return -EINVAL;
  if (!inUserSpace(address, max * EVENT_SIZE)) return -EFAULT;
  const epoll = openOf(t, epfd);
  if (epoll === null) return -EBADF;
  if (!(epoll instanceof EventPoll)) return -EINVAL;
  const sent = epoll.send(k, t, address, max);
  return sent !== 0 ? sent : sleep(k, t, [epoll], timeout, 'never');
}

const waitArgs = { epfd: fd, events: ptr, maxevents: i32 };
const maskArgs = { sigmask: ptr, sigsetsize: u32 };

export const epollCalls = [
  syscall(254, 'epoll_create', { size: i32 }, (_k, t, a) => (a.size <= 0 ? -EINVAL : create(t, 0))),
  syscall(255, 'epoll_ctl', { epfd: fd, op: choice(OPS), fd, event: ptr }, (k, t, a) =>
    control(k, t, a.epfd, a.op, a.fd, a.event),
  ),
  syscall(256, 'epoll_wait', { ...waitArgs, timeout: i32 }, (k, t, a) =>
    wait(k, t, a.epfd, a.events, a.maxevents, milliseconds(a.timeout)),
  ),
  syscall(319, 'epoll_pwait', { ...waitArgs, timeout: i32, ...maskArgs }, (k, t, a) => {
    const lent = lend(t, a.sigmask, a.sigsetsize);
    return lent < 0 ? lent : wait(k, t, a.epfd, a.events, a.maxevents, milliseconds(a.timeout));
  }),
  syscall(329, 'epoll_create1', { flags: flagSet({ EPOLL_CLOEXEC: O_CLOEXEC }) }, (_k, t, a) => create(t, a.flags)),
  syscall(441, 'epoll_pwait2', { ...waitArgs, timeout: ptr, ...maskArgs }, (k, t, a) => {
    const timeout = timespecTimeout(t, a.timeout, 64);
    if (typeof timeout === 'number') return timeout;
    const lent = lend(t, a.sigmask, a.sigsetsize);
    return lent < 0 ? lent : wait(k, t, a.epfd, a.events, a.maxevents, timeout);
  }),
];
