/** How the file calls see user memory: buffers, iovecs, structures. */
import { EFAULT, EINVAL } from '../errno.ts';
import { TASK_SIZE } from '../mm/layout.ts';
import type { Segment, UserBuffer } from '../mm/user.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { File } from './file.ts';

/** One call moves at most this much (Linux MAX_RW_COUNT). */
export const MAX_RW_COUNT = 0x7fff_f000;
/** Segments of one iovec. */
export const UIO_MAXIOV = 1024;
const MAX_SSIZE = 0x7fff_ffff;

/** The open file of a descriptor that O_PATH did not make, or null for -EBADF. */
export function openOf(t: Task, fd: number): File | null {
  const file = t.files.file(fd);
  return file === null || file.isPathOnly ? null : file;
}

export function inUserSpace(base: number, length: number): boolean {
  return base + length <= TASK_SIZE;
}

/** One buffer, or -EFAULT, -EINVAL. */
export function userBuffer(t: Task, base: number, length: number): UserBuffer | Result {
  if (!inUserSpace(base, length) || t.mm === null) return -EFAULT;
  if (length > MAX_SSIZE) return -EINVAL;
  return t.mm.buffer([{ base, length: Math.min(length, MAX_RW_COUNT) }]);
}

/** Addresses and lengths as an iovec states them, or -EINVAL for too many, -EFAULT. */
export function readIovec(t: Task, iov: number, count: number): Segment[] | Result {
  if (count > UIO_MAXIOV) return -EINVAL;
  const view = copyIn(t, iov, 8 * count);
  if (view === null) return -EFAULT;
  return Array.from({ length: count }, (_, i) => ({
    base: view.getUint32(8 * i, true),
    length: view.getUint32(8 * i + 4, true),
  }));
}

/** The segments of an iovec, or -EFAULT, -EINVAL. Linux lib/iov_iter.c import_iovec. */
export function userVector(t: Task, iov: number, count: number): UserBuffer | Result {
  const wanted = readIovec(t, iov, count);
  if (typeof wanted === 'number') return wanted;
  const segments: Segment[] = [];
  let total = 0;
  for (const { base, length } of wanted) {
    if (length > MAX_SSIZE) return -EINVAL;
    if (!inUserSpace(base, length)) return -EFAULT;
    const allowed = Math.min(length, MAX_RW_COUNT - total);
    segments.push({ base, length: allowed });
    total += allowed;
  }
  return t.mm!.buffer(segments);
}

/** Stores bytes for the user: 0 or -EFAULT. */
export function copyOut(t: Task, address: number, data: Uint8Array): Result {
  return t.mm?.writeBytes(address, data) ? 0 : -EFAULT;
}

/** A structure of `length` bytes from the user, or null for -EFAULT. */
export function copyIn(t: Task, address: number, length: number): DataView | null {
  const data = t.mm?.readBytes(address, length) ?? null;
  return data === null ? null : new DataView(data.buffer, data.byteOffset, length);
}

/** Two registers as a signed 64-bit offset; -1 stands for anything negative or beyond what numbers hold exactly. */
export function offset64(low: number, high: number): number {
  const value = (high | 0) * 0x1_0000_0000 + (low >>> 0);
  return value < 0 || !Number.isSafeInteger(value) ? -1 : value;
}

/** The same, with its sign. */
export function signed64(low: number, high: number): number {
  return (high | 0) * 0x1_0000_0000 + (low >>> 0);
}
