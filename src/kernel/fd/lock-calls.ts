/** fcntl(2) locks and flock(2). */
import { EAGAIN, EBADF, EDEADLK, EFAULT, EINVAL, EOVERFLOW } from '../errno.ts';
import { Inode } from '../fs/inode.ts';
import { conflict, type Lock, lock, unlock } from '../fs/locks.ts';
import type { Kernel } from '../kernel.ts';
import { fd, flagSet } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import type { File } from './file.ts';
import { copyIn, openOf } from './user.ts';

const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;
const SEEK_SET = 0;
const SEEK_CUR = 1;
const SEEK_END = 2;

export const LOCK_COMMANDS = {
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_GETLK64: 12,
  F_SETLK64: 13,
  F_SETLKW64: 14,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
};

/** How struct flock and struct flock64 lie in memory on i386. */
interface Layout {
  readonly size: number;
  readonly pid: number;
  range(view: DataView): [number, number];
  setRange(view: DataView, start: number, length: number): void;
}

const FLOCK: Layout = {
  size: 16,
  pid: 12,
  range: (view) => [view.getInt32(4, true), view.getInt32(8, true)],
  setRange: (view, start, length) => {
    view.setInt32(4, start, true);
    view.setInt32(8, length, true);
  },
};

const FLOCK64: Layout = {
  size: 24,
  pid: 20,
  range: (view) => [Number(view.getBigInt64(4, true)), Number(view.getBigInt64(12, true))],
  setRange: (view, start, length) => {
    view.setBigInt64(4, BigInt(start), true);
    view.setBigInt64(12, BigInt(length), true);
  },
};

/** The range that a struct flock means, or -EINVAL, -EOVERFLOW. Linux flock_to_posix_lock. */
function rangeOf(
  file: File,
  whence: number,
  start: number,
  length: number,
): { start: number; end: number | null } | Result {
  const bases: Readonly<Record<number, number>> = {
    [SEEK_SET]: 0,
    [SEEK_CUR]: file.pos,
    [SEEK_END]: file.inode?.size ?? 0,
  };
  const base = bases[whence];
  if (base === undefined) return -EINVAL;
  let first = base + start;
  let end: number | null = length === 0 ? null : first + length;
  if (length < 0) {
    end = first;
    first += length;
  }
  if (first < 0) return -EINVAL;
  if (!Number.isSafeInteger(first) || (end !== null && !Number.isSafeInteger(end))) return -EOVERFLOW;
  return { start: first, end };
}

function request(t: Task, file: File, view: DataView, layout: Layout, ofd: boolean): Lock | Result {
  const type = view.getInt16(0, true);
  if (type !== F_RDLCK && type !== F_WRLCK && type !== F_UNLCK) return -EINVAL;
  const range = rangeOf(file, view.getInt16(2, true), ...layout.range(view));
  if (typeof range === 'number') return range;
  return {
    kind: ofd ? 'ofd' : 'posix',
    table: ofd ? null : t.files,
    file: ofd ? file : null,
    exclusive: type === F_WRLCK,
    pid: ofd ? -1 : t.tgid,
    ...range,
  };
}

function getLock(t: Task, file: File, arg: number, layout: Layout, ofd: boolean): Result {
  const view = copyIn(t, arg, layout.size);
  if (view === null) return -EFAULT;
  if (view.getInt16(0, true) === F_UNLCK || (ofd && view.getInt32(layout.pid, true) !== 0)) return -EINVAL;
  const wanted = request(t, file, view, layout, ofd);
  if (typeof wanted === 'number') return wanted;
  const other = file.inode === null ? null : conflict(file.inode, wanted);
  if (other === null) {
    view.setInt16(0, F_UNLCK, true);
  } else {
    view.setInt16(0, other.exclusive ? F_WRLCK : F_RDLCK, true);
    view.setInt16(2, SEEK_SET, true);
    layout.setRange(view, other.start, other.end === null ? 0 : other.end - other.start);
    view.setInt32(layout.pid, other.pid, true);
  }
  return t.mm?.writeBytes(arg, new Uint8Array(view.buffer)) ? 0 : -EFAULT;
}

function setLock(k: Kernel, t: Task, file: File, arg: number, layout: Layout, ofd: boolean, wait: boolean): Result {
  const view = copyIn(t, arg, layout.size);
  if (view === null) return -EFAULT;
  if (ofd && view.getInt32(layout.pid, true) !== 0) return -EINVAL;
  const wanted = request(t, file, view, layout, ofd);
  if (typeof wanted === 'number') return wanted;
  const { inode } = file;
  if (inode === null) return -EBADF;
  const type = view.getInt16(0, true);
  if (type === F_UNLCK) {
    unlock(inode, wanted);
    return 0;
  }
  if (!(type === F_WRLCK ? file.writable : file.readable)) return -EBADF;
  if (conflict(inode, wanted) === null) {
    lock(inode, wanted);
    return 0;
  }
  if (!wait) return -EAGAIN;
  if (!ofd && wouldDeadlock(k, t, inode, wanted)) return -EDEADLK;
  return block(t, { on: [inode], data: [type, wanted.start, wanted.end ?? REACHES_END] });
}

/** Stands for `Lock.end` null in a wait record. */
const REACHES_END = -1;
/** Linux MAX_DEADLK_ITERATIONS. */
const MAX_CHAIN = 10;

/** Whether whoever holds the lock waits for one that, in the end, this table holds. */
function wouldDeadlock(k: Kernel, t: Task, inode: Inode, wanted: Lock): boolean {
  let holder = conflict(inode, wanted);
  for (let i = 0; i < MAX_CHAIN && holder?.kind === 'posix'; i++) {
    if (holder.table === t.files) return true;
    const { table } = holder;
    const waiter = k.container.tasks.find((task) => task.alive && task.files === table && awaitedLock(task) !== null);
    const next = waiter === undefined ? null : awaitedLock(waiter);
    holder = next === null ? null : conflict(next.inode, next.lock);
  }
  return false;
}

/** The lock that a task sleeps for in F_SETLKW, or null. */
function awaitedLock(task: Task): { inode: Inode; lock: Lock } | null {
  const inode = task.wait?.on[0];
  const [type, start, end] = task.wait?.data ?? [];
  if (!(inode instanceof Inode) || type === undefined || start === undefined || end === undefined) return null;
  const exclusive = type === F_WRLCK;
  const area = { start, end: end === REACHES_END ? null : end };
  return { inode, lock: { kind: 'posix', table: task.files, file: null, exclusive, pid: task.tgid, ...area } };
}

type Handler = (k: Kernel, t: Task, file: File, arg: number) => Result;

function getter(layout: Layout, ofd: boolean): Handler {
  return (_k, t, file, arg) => getLock(t, file, arg, layout, ofd);
}
function setter(layout: Layout, ofd: boolean, wait: boolean): Handler {
  return (k, t, file, arg) => setLock(k, t, file, arg, layout, ofd, wait);
}

/** fcntl commands and what they do. */
export const fileLocks: readonly (readonly [number, Handler])[] = [
  [LOCK_COMMANDS.F_GETLK, getter(FLOCK, false)],
  [LOCK_COMMANDS.F_SETLK, setter(FLOCK, false, false)],
  [LOCK_COMMANDS.F_SETLKW, setter(FLOCK, false, true)],
  [LOCK_COMMANDS.F_GETLK64, getter(FLOCK64, false)],
  [LOCK_COMMANDS.F_SETLK64, setter(FLOCK64, false, false)],
  [LOCK_COMMANDS.F_SETLKW64, setter(FLOCK64, false, true)],
  [LOCK_COMMANDS.F_OFD_GETLK, getter(FLOCK64, true)],
  [LOCK_COMMANDS.F_OFD_SETLK, setter(FLOCK64, true, false)],
  [LOCK_COMMANDS.F_OFD_SETLKW, setter(FLOCK64, true, true)],
];

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

/** flock(2): a change of mode gives the old lock up first, as Linux does. */
function flock(t: Task, fd: number, operation: number): Result {
  const file = openOf(t, fd);
  const inode = file?.inode ?? null;
  const mode = operation & ~LOCK_NB;
  if (mode !== LOCK_SH && mode !== LOCK_EX && mode !== LOCK_UN) return -EINVAL;
  if (file === null || inode === null) return -EBADF;
  const wanted: Lock = { kind: 'flock', table: null, file, exclusive: mode === LOCK_EX, start: 0, end: null, pid: -1 };
  const held = inode.locks.find((each) => each.kind === 'flock' && each.file === file);
  if (mode === LOCK_UN) {
    unlock(inode, wanted);
    return 0;
  }
  if (held?.exclusive === wanted.exclusive) return 0;
  if (held !== undefined) unlock(inode, wanted);
  if (conflict(inode, wanted) === null) {
    lock(inode, wanted);
    return 0;
  }
  return operation & LOCK_NB ? -EAGAIN : block(t, { on: [inode] });
}

export const lockCalls = [
  syscall(143, 'flock', { fd, operation: flagSet({ LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN }) }, (_k, t, a) =>
    flock(t, a.fd, a.operation),
  ),
];
