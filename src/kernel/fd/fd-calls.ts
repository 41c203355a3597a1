/** Descriptors: close, dup, fcntl, ioctl, pipe. Linux fs/file.c, fs/fcntl.c. */

import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EAGAIN, EBADF, EBUSY, EFAULT, EINVAL, ENOTDIR, ENOTTY, EPERM } from '../errno.ts';
import { DirFile } from '../fs/dir-file.ts';
import { setNotice } from '../fs/dnotify.ts';
import { FASYNC, O_APPEND, O_CLOEXEC, O_DIRECT, O_NOATIME, O_NONBLOCK, O_PATH } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { choice, fd, flagSet, hex32, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { getOwner, getOwnerEx, getOwnerUids, setAsync, setOwner, setOwnerEx, setOwnerSignal } from './async.ts';
import { makePipe } from './fifo.ts';
import type { File } from './file.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, IOCTL_NAMES } from './ioctls.ts';
import { fileLocks, LOCK_COMMANDS } from './lock-calls.ts';
import { MAX_SLOTS, PipeFile } from './pipe.ts';
import { addSeals, getSeals } from './seals.ts';
import { install } from './table.ts';

const RLIMIT_NOFILE = RLIMIT.RLIMIT_NOFILE;

/** dup2 and dup3: what stood at `to` is closed. */
function dupTo(k: Kernel, t: Task, from: number, to: number, cloexec: boolean): Result {
  const file = t.files.file(from);
  if (to < 0 || to >= t.signal.limit(RLIMIT_NOFILE)) return -EBADF;
  if (file === null) return -EBADF;
  get(file);
  t.files.close(k, t, to);
  t.files.set(to, file, cloexec);
  put(file);
  return to;
}

function dup2(k: Kernel, t: Task, from: number, to: number): Result {
  if (from === to) return t.files.file(from) === null ? -EBADF : to;
  return dupTo(k, t, from, to, false);
}

function dup3(k: Kernel, t: Task, from: number, to: number, flags: number): Result {
  if ((flags & ~O_CLOEXEC) !== 0 || from === to) return -EINVAL;
  return dupTo(k, t, from, to, flags !== 0);
}

function dup(t: Task, fd: number): Result {
  const file = t.files.file(fd);
  return file === null ? -EBADF : install(t, file, false);
}

const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

function closeRange(k: Kernel, t: Task, first: number, last: number, flags: number): Result {
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) return -EINVAL;
  if (flags & CLOSE_RANGE_UNSHARE && t.files.refs > 1) {
    const shared = t.files;
    t.files = get(shared.clone());
    put(shared);
  }
  for (const [fd, open] of [...t.files.fds].sort(([a], [b]) => a - b)) {
    if (fd < first || fd > last) continue;
    if (flags & CLOSE_RANGE_CLOEXEC) open.cloexec = true;
    else t.files.close(k, t, fd);
  }
  return 0;
}

function pipe2(k: Kernel, t: Task, address: number, flags: number): Result {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  const { reader, writer } = makePipe(t, flags & (O_NONBLOCK | O_DIRECT));
  const cloexec = (flags & O_CLOEXEC) !== 0;
  get(writer);
  const first = install(t, reader, cloexec);
  const second = first < 0 ? first : install(t, writer, cloexec);
  put(writer);
  if (second >= 0) {
    if (t.mm?.put32(address, first) && t.mm.put32(address + 4, second)) return 0;
    t.files.close(k, t, second);
  }
  if (first >= 0) t.files.close(k, t, first);
  return second < 0 ? second : -EFAULT;
}

const F_DUPFD = 0;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_SETOWN = 8;
const F_GETOWN = 9;
const F_SETSIG = 10;
const F_GETSIG = 11;
const F_SETOWN_EX = 15;
const F_GETOWN_EX = 16;
const F_GETOWNER_UIDS = 17;
const F_NOTIFY = 1026;
const F_DUPFD_CLOEXEC = 1030;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const F_SETLEASE = 1024;
const F_GETLEASE = 1025;
const F_UNLCK = 2;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const FD_CLOEXEC = 1;

const FCNTL = choice({
  F_DUPFD,
  F_GETFD,
  F_SETFD,
  F_GETFL,
  F_SETFL,
  F_SETOWN,
  F_GETOWN,
  F_SETSIG,
  F_GETSIG,
  F_SETOWN_EX,
  F_GETOWN_EX,
  F_GETOWNER_UIDS,
  F_NOTIFY,
  F_DUPFD_CLOEXEC,
  F_SETPIPE_SZ,
  F_GETPIPE_SZ,
  F_SETLEASE,
  F_GETLEASE,
  F_ADD_SEALS,
  F_GET_SEALS,
  ...LOCK_COMMANDS,
});

type Fcntl = (k: Kernel, t: Task, file: File, arg: number, fd: number) => Result;

const FCNTLS: ReadonlyMap<number, Fcntl> = new Map<number, Fcntl>([
  [F_DUPFD, (_k, t, file, arg) => dupFrom(t, file, arg, false)],
  [F_DUPFD_CLOEXEC, (_k, t, file, arg) => dupFrom(t, file, arg, true)],
  [F_GETFD, (_k, t, _file, _arg, fd) => (t.files.fds.get(fd)?.cloexec ? FD_CLOEXEC : 0)],
  [F_SETFD, (_k, t, _file, arg, fd) => setCloexec(t, fd, (arg & FD_CLOEXEC) !== 0)],
  [F_GETFL, (_k, _t, file) => file.flags],
  [F_SETFL, (_k, t, file, arg, fd) => setStatusFlags(t, file, arg, fd)],
  [F_SETOWN, (_k, t, file, arg) => setOwner(t, file, arg)],
  [F_GETOWN, (k, t, file) => getOwner(k, t, file)],
  [F_SETSIG, (_k, _t, file, arg) => setOwnerSignal(file, arg)],
  [F_GETSIG, (_k, _t, file) => file.owner.signal],
  [F_SETOWN_EX, (_k, t, file, arg) => setOwnerEx(t, file, arg)],
  [F_GETOWN_EX, (k, t, file, arg) => getOwnerEx(k, t, file, arg)],
  [F_GETOWNER_UIDS, (_k, t, file, arg) => getOwnerUids(t, file, arg)],
  [F_NOTIFY, (_k, t, file, arg, fd) => dirNotify(t, file, arg, fd)],
  [F_SETPIPE_SZ, (_k, _t, file, arg) => setPipeSize(file, arg)],
  [F_GETPIPE_SZ, (_k, _t, file) => (file instanceof PipeFile ? file.pipe.slots * PAGE_SIZE : -EBADF)],
  // Nobody gets a lease: as when the file is open elsewhere.
  [F_SETLEASE, (_k, _t, file, arg) => (file.inode?.isRegular && arg >= 0 && arg <= F_UNLCK ? -EAGAIN : -EINVAL)],
  [F_GETLEASE, (_k, _t, file) => (file.inode === null ? -EINVAL : F_UNLCK)],
  [F_ADD_SEALS, (k, _t, file, arg) => addSeals(k, file, arg)],
  [F_GET_SEALS, (_k, _t, file) => getSeals(file)],
  ...fileLocks,
]);

/** What O_PATH descriptors may do too. */
const PATH_COMMANDS: readonly number[] = [F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL];

function fcntl(k: Kernel, t: Task, fd: number, cmd: number, arg: number): Result {
  const file = t.files.file(fd);
  if (file === null || (file.flags & O_PATH && !PATH_COMMANDS.includes(cmd))) return -EBADF;
  return FCNTLS.get(cmd)?.(k, t, file, arg, fd) ?? -EINVAL;
}

function dupFrom(t: Task, file: File, from: number, cloexec: boolean): Result {
  if (from >= t.signal.limit(RLIMIT_NOFILE)) return -EINVAL;
  return install(t, file, cloexec, from);
}

function setCloexec(t: Task, fd: number, cloexec: boolean): Result {
  const open = t.files.fds.get(fd);
  if (open === undefined) return -EBADF;
  open.cloexec = cloexec;
  return 0;
}

/** Linux SETFL_MASK; FASYNC is for the file to take. */
const SETFL = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

function setStatusFlags(t: Task, file: File, arg: number, fd: number): Result {
  if (arg & O_NOATIME && (file.flags & O_NOATIME) === 0) {
    if (t.cred.fsuid !== file.inode?.uid && !t.cred.capable(CAP.FOWNER)) return -EPERM;
  }
  if ((arg ^ file.flags) & FASYNC) setAsync(t, file, fd, (arg & FASYNC) !== 0);
  file.flags = (file.flags & ~SETFL) | (arg & SETFL);
  return 0;
}

/** Directories that are no files of a `Directory` (those of /proc) are quiet. */
function dirNotify(t: Task, file: File, arg: number, fd: number): Result {
  if (file instanceof DirFile) return setNotice(t, file, arg, fd);
  return (arg & 0x7fff_ffff) === 0 || file.inode?.isDir ? 0 : -ENOTDIR;
}

/** Linux pipe_set_size: a power of two of pages, not less than what is in the pipe. */
function setPipeSize(file: File, arg: number): Result {
  if (!(file instanceof PipeFile)) return -EBADF;
  if (arg > 0x7fff_ffff) return -EINVAL;
  let slots = 1;
  while (slots * PAGE_SIZE < arg) slots *= 2;
  if (slots > MAX_SLOTS) return -EPERM;
  if (slots < file.pipe.buffers.length) return -EBUSY;
  file.pipe.slots = slots;
  file.pipe.wake(0);
  return slots * PAGE_SIZE;
}

function ioctl(k: Kernel, t: Task, fd: number, cmd: number, arg: number): Result {
  const file = t.files.file(fd);
  if (file === null || file.isPathOnly) return -EBADF;
  if (cmd === FIOCLEX || cmd === FIONCLEX) return setCloexec(t, fd, cmd === FIOCLEX);
  if (cmd !== FIONBIO && cmd !== FIOASYNC) return file.ioctl(k, t, cmd, arg);
  const on = t.mm?.get32(arg) ?? null;
  if (on === null) return -EFAULT;
  if (cmd === FIOASYNC) {
    if ((on !== 0) === ((file.flags & FASYNC) !== 0)) return 0;
    return setAsync(t, file, fd, on !== 0) ? 0 : -ENOTTY;
  }
  file.flags = on !== 0 ? file.flags | O_NONBLOCK : file.flags & ~O_NONBLOCK;
  return 0;
}

const PIPE_FLAGS = flagSet({ O_CLOEXEC, O_NONBLOCK, O_DIRECT });

export const descriptorCalls = [
  syscall(6, 'close', { fd }, (k, t, a) => t.files.close(k, t, a.fd)),
  syscall(436, 'close_range', { first: u32, last: u32, flags: hex32 }, (k, t, a) =>
    closeRange(k, t, a.first, a.last, a.flags),
  ),
  syscall(41, 'dup', { fd }, (_k, t, a) => dup(t, a.fd)),
  syscall(63, 'dup2', { oldfd: fd, newfd: fd }, (k, t, a) => dup2(k, t, a.oldfd, a.newfd)),
  syscall(330, 'dup3', { oldfd: fd, newfd: fd, flags: flagSet({ O_CLOEXEC }) }, (k, t, a) =>
    dup3(k, t, a.oldfd, a.newfd, a.flags),
  ),
  syscall(42, 'pipe', { fds: ptr }, (k, t, a) => pipe2(k, t, a.fds, 0)),
  syscall(331, 'pipe2', { fds: ptr, flags: PIPE_FLAGS }, (k, t, a) => pipe2(k, t, a.fds, a.flags)),
  syscall(55, 'fcntl', { fd, cmd: FCNTL, arg: hex32 }, (k, t, a) => fcntl(k, t, a.fd, a.cmd, a.arg)),
  syscall(221, 'fcntl64', { fd, cmd: FCNTL, arg: hex32 }, (k, t, a) => fcntl(k, t, a.fd, a.cmd, a.arg)),
  syscall(54, 'ioctl', { fd, cmd: choice(IOCTL_NAMES), arg: hex32 }, (k, t, a) => ioctl(k, t, a.fd, a.cmd, a.arg)),
];
