/** Times of inodes: seconds since the Epoch and nanoseconds, from the virtual clock. */
import type { Kernel } from '../kernel.ts';
import { integer53, struct, u32, type Values } from '../kobject/fields.ts';

const timestampFields = {
  sec: integer53('seconds since the Epoch'),
  nsec: u32('nanoseconds, below 10^9'),
};
export type Timestamp = Values<typeof timestampFields>;

/** A time field. */
export function timestamp(doc: string) {
  return struct(timestampFields, doc);
}

const NS_PER_SEC = 1_000_000_000n;

/** A time from nanoseconds since the Epoch. */
export function fromNs(ns: bigint): Timestamp {
  const nsec = ((ns % NS_PER_SEC) + NS_PER_SEC) % NS_PER_SEC;
  return { sec: Number((ns - nsec) / NS_PER_SEC), nsec: Number(nsec) };
}

/** The four times of an inode that is made at `time`. */
export function timesOf(time: Timestamp) {
  return { atime: { ...time }, mtime: { ...time }, ctime: { ...time }, btime: { ...time } };
}

/** The time that a change made now gets. */
export function now(kernel: Kernel): Timestamp {
  return fromNs(kernel.clock.realtime());
}
