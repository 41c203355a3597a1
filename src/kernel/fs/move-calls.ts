/** Calls that move or shape data without user memory: sendfile, copy_file_range, fallocate, fadvise, sync. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EBADF, EFAULT, EINVAL, EISDIR, ENODEV, ENOSPC, EOPNOTSUPP, EPERM, ESPIPE } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { PipeFile } from '../fd/pipe.ts';
import { FileSource } from '../fd/transfer.ts';
import { MAX_RW_COUNT, offset64, openOf, signed64 } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { choice, fd, flagSet, hex32, i32, ptr, u32 } from '../syscall/args.ts';
import { BLOCKED, type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { mayGrow } from './attr.ts';
import { O_APPEND, S_IFIFO } from './flags.ts';
import { IN_ACCESS, IN_MODIFY, notifyFile } from './notify.ts';
import { Regular } from './regular.ts';
import { F_SEAL_GROW, F_SEALS_WRITE } from './seal.ts';

/** How wide the offset is that a pointer leads to. */
type Width = 4 | 8;

/** The offset at a pointer, or the file's position when it is null; a negated errno. */
function offsetAt(t: Task, file: File, address: number, width: Width): number {
  if (address === 0) return file.pos;
  const value = width === 4 ? (t.mm?.get32(address) ?? null) : (t.mm?.get64(address) ?? null);
  if (value === null) return -EFAULT;
  const pos = typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(64, value));
  return pos < 0 || !Number.isSafeInteger(pos) ? -EINVAL : pos;
}

function setOffset(t: Task, file: File, address: number, width: Width, pos: number): Result {
  if (address === 0) file.pos = pos;
  else if (!(width === 4 ? t.mm?.put32(address, pos) : t.mm?.put64(address, BigInt(pos)))) return -EFAULT;
  return 0;
}

/** What one call moves at most: into a pipe as much as fits, once there is room at all (Linux splice_file_to_pipe). */
function roomIn(output: File): number {
  if (!(output instanceof PipeFile)) return MAX_RW_COUNT;
  const { slots, buffers } = output.pipe;
  return Math.max(1, slots - buffers.length) * PAGE_SIZE;
}

/** sendfile(2): from a regular file to anything. While it sleeps, the wait record's data keeps where it began. */
function sendfile(
  k: Kernel,
  t: Task,
  outFd: number,
  inFd: number,
  address: number,
  count: number,
  width: Width,
): Result {
  const [input, output] = [openOf(t, inFd), openOf(t, outFd)];
  if (!input?.readable || !output?.writable) return -EBADF;
  const inode = input.mappable();
  if (inode === null || output.flags & O_APPEND) return -EINVAL;
  const start = t.wait?.data[0] ?? offsetAt(t, input, address, width);
  if (start < 0) return start;
  const result = output.write(k, t, new FileSource(inode, start, Math.min(count, roomIn(output))));
  if (result === BLOCKED && t.wait !== null) t.wait.data = [start];
  const done = result === BLOCKED ? (t.wait?.progress ?? 0) : result;
  if (done <= 0) return result;
  const stored = setOffset(t, input, address, width, start + done);
  if (result > 0) tellMoved(input, output);
  return stored < 0 ? stored : result;
}

/** Data went from one file to another: the write by which it came in is told, and then the call itself. */
function tellMoved(input: File, output: File): void {
  notifyFile(output, IN_MODIFY);
  notifyFile(input, IN_ACCESS);
  notifyFile(output, IN_MODIFY);
}

interface CopyRange {
  readonly in: number;
  readonly offIn: number;
  readonly out: number;
  readonly offOut: number;
  readonly length: number;
  readonly flags: number;
}

function copyFileRange(k: Kernel, t: Task, range: CopyRange): Result {
  const [input, output] = [openOf(t, range.in), openOf(t, range.out)];
  if (!input?.readable || !output?.writable || output.flags & O_APPEND) return -EBADF;
  if (range.flags !== 0) return -EINVAL;
  const [source, target] = [input.inode, output.inode];
  if (source?.isDir || target?.isDir) return -EISDIR;
  if (!(source instanceof Regular) || !(target instanceof Regular)) return -EINVAL;
  const from = offsetAt(t, input, range.offIn, 8);
  const to = offsetAt(t, output, range.offOut, 8);
  if (from < 0 || to < 0) return Math.min(from, to);
  const length = Math.min(range.length, MAX_RW_COUNT, Math.max(0, source.size - from));
  if (source === target && from < to + length && to < from + length) return -EINVAL;
  const done = output.writeAt(k, t, new FileSource(source, from, length), to);
  if (done <= 0) return done;
  tellMoved(input, output);
  const first = setOffset(t, input, range.offIn, 8, from + done);
  const second = setOffset(t, output, range.offOut, 8, to + done);
  return first < 0 || second < 0 ? -EFAULT : done;
}

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_ZERO_RANGE = 0x10;

function fallocate(k: Kernel, t: Task, fd: number, mode: number, offset: number, length: number): Result {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  if (offset < 0 || length <= 0) return -EINVAL;
  if (!file.writable) return -EBADF;
  if (file.inode?.type === S_IFIFO) return -ESPIPE;
  if (file.inode?.isDir) return -EISDIR;
  const { inode } = file;
  if (!(inode instanceof Regular)) return -ENODEV;
  const keepSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  const writes = (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) !== 0;
  if (writes && inode.seals & F_SEALS_WRITE) return -EPERM;
  if (inode.seals & F_SEAL_GROW && !keepSize && offset + length > inode.size) return -EPERM;
  const tooLong = keepSize ? 0 : mayGrow(k, t, inode, offset + length);
  if (tooLong < 0) return tooLong;
  switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case 0:
      return reserve(inode, offset, length, keepSize);
    case FALLOC_FL_PUNCH_HOLE:
      if (!keepSize) return -EOPNOTSUPP;
      return inode.zeroRange(offset, offset + length) ? 0 : -ENOSPC;
    case FALLOC_FL_ZERO_RANGE:
      if (!inode.zeroRange(offset, offset + length)) return -ENOSPC;
      return reserve(inode, offset, length, keepSize);
    default:
      return -EOPNOTSUPP;
  }
}

/** fallocate(2) of a descriptor; whoever watches the file is told. */
function fallocateFile(k: Kernel, t: Task, fd: number, mode: number, offset: number, length: number): Result {
  const result = fallocate(k, t, fd, mode, offset, length);
  const file = result === 0 ? openOf(t, fd) : null;
  if (file !== null) notifyFile(file, IN_MODIFY);
  return result;
}

function reserve(inode: Regular, offset: number, length: number, keepSize: boolean): Result {
  const end = offset + length;
  const grown = Math.max(inode.size, end);
  if (!inode.reserve(offset, keepSize ? Math.min(end, inode.size) : end)) return -ENOSPC;
  return keepSize || grown === inode.size ? 0 : inode.resize(grown);
}

const LAST_ADVICE = 5;

/** posix_fadvise(2): the page cache is the file, so there is nothing to do. */
function fadvise(t: Task, fd: number, length: number, advice: number): Result {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  if (file.inode?.type === S_IFIFO) return -ESPIPE;
  return advice > LAST_ADVICE || length < 0 ? -EINVAL : 0;
}

/** fsync(2): memory needs no writing back. */
function fsync(t: Task, fd: number): Result {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  return file.canSync ? 0 : -EINVAL;
}

const SYNC_FILE_RANGE_ALL = 7;
const LARGEST_OFFSET = 2 ** 63;

/** sync_file_range(2): looks at its arguments. */
function syncRange(t: Task, fd: number, offset: number, length: number, flags: number): Result {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  if ((flags & ~SYNC_FILE_RANGE_ALL) !== 0 || offset < 0 || length < 0) return -EINVAL;
  if (offset + length >= LARGEST_OFFSET) return -EINVAL;
  return file.inode?.isRegular || file.inode?.isDir ? 0 : -ESPIPE;
}

function syncfs(t: Task, fd: number): Result {
  return openOf(t, fd) === null ? -EBADF : 0;
}

function readahead(t: Task, fd: number): Result {
  const file = openOf(t, fd);
  if (!file?.readable) return -EBADF;
  return file.inode?.isRegular ? 0 : -EINVAL;
}

const sendfileArgs = { out_fd: fd, in_fd: fd, offset: ptr, count: u32 };
const ADVICE = choice({
  POSIX_FADV_NORMAL: 0,
  POSIX_FADV_RANDOM: 1,
  POSIX_FADV_SEQUENTIAL: 2,
  POSIX_FADV_WILLNEED: 3,
  POSIX_FADV_DONTNEED: 4,
  POSIX_FADV_NOREUSE: 5,
});
const FALLOC = flagSet({ FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE });

export const moveCalls = [
  syscall(187, 'sendfile', sendfileArgs, (k, t, a) => sendfile(k, t, a.out_fd, a.in_fd, a.offset, a.count, 4)),
  syscall(239, 'sendfile64', sendfileArgs, (k, t, a) => sendfile(k, t, a.out_fd, a.in_fd, a.offset, a.count, 8)),
  syscall(
    377,
    'copy_file_range',
    { fd_in: fd, off_in: ptr, fd_out: fd, off_out: ptr, len: u32, flags: hex32 },
    (k, t, a) =>
      copyFileRange(k, t, {
        in: a.fd_in,
        offIn: a.off_in,
        out: a.fd_out,
        offOut: a.off_out,
        length: a.len,
        flags: a.flags,
      }),
  ),
  syscall(324, 'fallocate', { fd, mode: FALLOC, offset_l: u32, offset_h: i32, len_l: u32, len_h: i32 }, (k, t, a) =>
    fallocateFile(k, t, a.fd, a.mode, offset64(a.offset_l, a.offset_h), offset64(a.len_l, a.len_h)),
  ),
  syscall(250, 'fadvise64', { fd, offset_l: u32, offset_h: i32, len: i32, advice: ADVICE }, (_k, t, a) =>
    fadvise(t, a.fd, a.len, a.advice),
  ),
  syscall(
    272,
    'fadvise64_64',
    { fd, offset_l: u32, offset_h: i32, len_l: u32, len_h: i32, advice: ADVICE },
    (_k, t, a) => fadvise(t, a.fd, offset64(a.len_l, a.len_h), a.advice),
  ),
  syscall(36, 'sync', {}, () => 0),
  syscall(118, 'fsync', { fd }, (_k, t, a) => fsync(t, a.fd)),
  syscall(148, 'fdatasync', { fd }, (_k, t, a) => fsync(t, a.fd)),
  syscall(344, 'syncfs', { fd }, (_k, t, a) => syncfs(t, a.fd)),
  syscall(
    314,
    'sync_file_range',
    { fd, offset_l: u32, offset_h: i32, nbytes_l: u32, nbytes_h: i32, flags: hex32 },
    (_k, t, a) => syncRange(t, a.fd, signed64(a.offset_l, a.offset_h), signed64(a.nbytes_l, a.nbytes_h), a.flags),
  ),
  syscall(225, 'readahead', { fd, offset_l: u32, offset_h: i32, count: u32 }, (_k, t, a) => readahead(t, a.fd)),
];
