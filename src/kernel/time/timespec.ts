/** struct timespec, timeval and their 64-bit forms in user memory, as ns. Linux include/uapi/linux/time.h, time_types.h. */
import { EFAULT, EINVAL } from '../errno.ts';
import type { Task } from '../task/task.ts';

export const NSEC_PER_SEC = 1_000_000_000;
/** Times past this many seconds (2^53 ns) mean "for ever" here. */
const MAX_SECONDS = 9_000_000;

/** How seconds lie in user memory: 32-bit `timespec` of the old calls, 64-bit of the *_time64 calls. */
export type TimeWidth = 32 | 64;

/** A time as seconds and nanoseconds; seconds saturate within 2^53. */
export interface Timespec {
  readonly sec: number;
  readonly nsec: number;
}

/** Reads a timespec: the time, or -EFAULT. Not checked. */
export function readTimespec(task: Task, address: number, width: TimeWidth): Timespec | number {
  const data = task.mm?.readBytes(address, width === 64 ? 16 : 8) ?? null;
  if (data === null) return -EFAULT;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (width === 32) return { sec: view.getInt32(0, true), nsec: view.getInt32(4, true) };
  const seconds = Number(view.getBigInt64(0, true));
  const sec = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, seconds));
  // The upper half of tv_nsec is padding for 32-bit programs.
  return { sec, nsec: view.getInt32(8, true) };
}

/**
 * Reads a duration, or an absolute time as ns after `zero` seconds: -EFAULT, or -EINVAL when out of range. Very long times
 * become Infinity; the difference is taken in seconds first, since ns since the Epoch do not fit 2^53.
 */
export function readNs(task: Task, address: number, width: TimeWidth, zero = 0): { ns: number } | number {
  const time = readTimespec(task, address, width);
  if (typeof time === 'number') return time;
  if (time.sec < 0 || time.nsec < 0 || time.nsec >= NSEC_PER_SEC) return -EINVAL;
  return { ns: toNs({ sec: time.sec - zero, nsec: time.nsec }) };
}

/** Nanoseconds, Infinity when past what virtual time can reach. */
export function toNs({ sec, nsec }: Timespec): number {
  return sec > MAX_SECONDS ? Number.POSITIVE_INFINITY : sec * NSEC_PER_SEC + nsec;
}

/** Writes seconds and nanoseconds; false for EFAULT. */
export function writeTimespec(task: Task, address: number, width: TimeWidth, sec: number, nsec: number): boolean {
  const data = new Uint8Array(width === 64 ? 16 : 8);
  const view = new DataView(data.buffer);
  if (width === 64) {
    view.setBigInt64(0, BigInt(sec), true);
    view.setInt32(8, nsec, true);
  } else {
    view.setInt32(0, sec | 0, true);
    view.setInt32(4, nsec, true);
  }
  return task.mm?.writeBytes(address, data) ?? false;
}

/** Writes a duration in ns as a timespec; false for EFAULT. */
export function writeNs(task: Task, address: number, width: TimeWidth, ns: number): boolean {
  return writeTimespec(task, address, width, Math.floor(ns / NSEC_PER_SEC), ns % NSEC_PER_SEC);
}

/** A duration as a 32-bit timeval. */
export function writeTimeval(task: Task, address: number, ns: number): boolean {
  return writeTimespec(task, address, 32, Math.floor(ns / NSEC_PER_SEC), Math.floor((ns % NSEC_PER_SEC) / 1000));
}

/** A 32-bit timeval as ns: -EFAULT, or -EINVAL when microseconds are out of range. */
export function readTimeval(task: Task, address: number): { ns: number } | number {
  const time = readTimespec(task, address, 32);
  if (typeof time === 'number') return time;
  if (time.sec < 0 || time.nsec < 0 || time.nsec >= 1_000_000) return -EINVAL;
  return { ns: toNs({ sec: time.sec, nsec: time.nsec * 1000 }) };
}
