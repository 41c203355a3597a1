/** read, write and their kin; positions. Linux fs/read_write.c. */
import { EBADF, EFAULT, EINVAL, EOPNOTSUPP, EOVERFLOW, ESPIPE } from '../errno.ts';
import { SEEK_HOLE } from '../fs/flags.ts';
import { IN_ACCESS, IN_MODIFY, notifyFile } from '../fs/notify.ts';
import type { Kernel } from '../kernel.ts';
import type { UserBuffer } from '../mm/user.ts';
import { choice, fd, hex32, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { bufferIn, bufferOut } from '../syscall/quote.ts';
import type { Task } from '../task/task.ts';
import type { File } from './file.ts';
import { offset64, openOf, signed64, userBuffer, userVector } from './user.ts';

type Move = (k: Kernel, t: Task, file: File, buffer: UserBuffer) => Result;

const readMove: Move = (k, t, file, buffer) => file.read(k, t, buffer);
const writeMove: Move = (k, t, file, buffer) => file.write(k, t, buffer);

function readable(t: Task, fd: number): File | Result {
  const file = openOf(t, fd);
  return file?.readable ? file : -EBADF;
}

function writable(t: Task, fd: number): File | Result {
  const file = openOf(t, fd);
  return file?.writable ? file : -EBADF;
}

function transfer(
  k: Kernel,
  t: Task,
  file: File | Result,
  buffer: UserBuffer | Result,
  move: Move,
  event: number,
): Result {
  if (typeof file === 'number') return file;
  if (typeof buffer === 'number') return buffer;
  const done = move(k, t, file, buffer);
  if (done > 0) notifyFile(file, event);
  return done;
}

/** pread and pwrite: at a position that is not the file's. */
function at(pos: number, write: boolean): Move {
  return (k, t, file, buffer) => {
    if (pos < 0) return -EINVAL;
    if (!file.seekable) return -ESPIPE;
    return write ? file.writeAt(k, t, buffer, pos) : file.readAt(k, t, buffer, pos);
  };
}

/** preadv2 and pwritev2: position -1 is the file's own; no flag changes what a memory file does but RWF_APPEND. */
function at2(low: number, high: number, flags: number, write: boolean): Move {
  const RWF_HIPRI = 1;
  const RWF_DSYNC = 2;
  const RWF_SYNC = 4;
  const known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC;
  if ((flags & ~known) !== 0) return () => -EOPNOTSUPP;
  if ((low & high) === -1) return write ? writeMove : readMove;
  return at(offset64(low, high), write);
}

/** lseek(2); the result must fit the caller's type. */
function seek(k: Kernel, t: Task, fd: number, offset: number, whence: number): number {
  const file = openOf(t, fd);
  if (file === null) return -EBADF;
  if (whence < 0 || whence > SEEK_HOLE) return -EINVAL;
  return file.seek(k, offset, whence);
}

function seek32(k: Kernel, t: Task, fd: number, offset: number, whence: number): Result {
  const result = seek(k, t, fd, offset, whence);
  return result > 0x7fff_ffff ? -EOVERFLOW : result;
}

function seek64(k: Kernel, t: Task, fd: number, offset: number, result: number, whence: number): Result {
  const pos = seek(k, t, fd, offset, whence);
  if (pos < 0) return pos;
  return t.mm?.put64(result, BigInt(pos)) ? 0 : -EFAULT;
}

const WHENCE = choice({ SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2, SEEK_DATA: 3, SEEK_HOLE: 4 });
const buffer = { fd, buf: bufferOut, count: u32 };
const source = { fd, buf: bufferIn, count: u32 };
const vector = { fd, iov: ptr, iovcnt: u32 };
const vectorAt = { ...vector, pos_l: i32, pos_h: i32 };

export const ioCalls = [
  syscall(3, 'read', buffer, (k, t, a) =>
    transfer(k, t, readable(t, a.fd), userBuffer(t, a.buf, a.count), readMove, IN_ACCESS),
  ),
  syscall(4, 'write', source, (k, t, a) =>
    transfer(k, t, writable(t, a.fd), userBuffer(t, a.buf, a.count), writeMove, IN_MODIFY),
  ),
  syscall(145, 'readv', vector, (k, t, a) =>
    transfer(k, t, readable(t, a.fd), userVector(t, a.iov, a.iovcnt), readMove, IN_ACCESS),
  ),
  syscall(146, 'writev', vector, (k, t, a) =>
    transfer(k, t, writable(t, a.fd), userVector(t, a.iov, a.iovcnt), writeMove, IN_MODIFY),
  ),
  syscall(180, 'pread64', { ...buffer, pos_l: u32, pos_h: i32 }, (k, t, a) =>
    transfer(k, t, readable(t, a.fd), userBuffer(t, a.buf, a.count), at(offset64(a.pos_l, a.pos_h), false), IN_ACCESS),
  ),
  syscall(181, 'pwrite64', { ...buffer, pos_l: u32, pos_h: i32 }, (k, t, a) =>
    transfer(k, t, writable(t, a.fd), userBuffer(t, a.buf, a.count), at(offset64(a.pos_l, a.pos_h), true), IN_MODIFY),
  ),
  syscall(333, 'preadv', vectorAt, (k, t, a) =>
    transfer(k, t, readable(t, a.fd), userVector(t, a.iov, a.iovcnt), at(offset64(a.pos_l, a.pos_h), false), IN_ACCESS),
  ),
  syscall(334, 'pwritev', vectorAt, (k, t, a) =>
    transfer(k, t, writable(t, a.fd), userVector(t, a.iov, a.iovcnt), at(offset64(a.pos_l, a.pos_h), true), IN_MODIFY),
  ),
  syscall(378, 'preadv2', { ...vectorAt, flags: hex32 }, (k, t, a) =>
    transfer(k, t, readable(t, a.fd), userVector(t, a.iov, a.iovcnt), at2(a.pos_l, a.pos_h, a.flags, false), IN_ACCESS),
  ),
  syscall(379, 'pwritev2', { ...vectorAt, flags: hex32 }, (k, t, a) =>
    transfer(k, t, writable(t, a.fd), userVector(t, a.iov, a.iovcnt), at2(a.pos_l, a.pos_h, a.flags, true), IN_MODIFY),
  ),
  syscall(19, 'lseek', { fd, offset: i32, whence: WHENCE }, (k, t, a) => seek32(k, t, a.fd, a.offset, a.whence)),
  syscall(140, '_llseek', { fd, offset_high: i32, offset_low: u32, result: ptr, whence: WHENCE }, (k, t, a) =>
    seek64(k, t, a.fd, signed64(a.offset_low, a.offset_high), a.result, a.whence),
  ),
];
