/** Maps of user or group ids between a user namespace and the kernel's own, which are those of the first namespace. Linux kernel/user_namespace.c. */
import { list, struct, u32, type Values } from '../kobject/fields.ts';

const rangeFields = {
  first: u32('first id in the namespace'),
  lower: u32('first id outside'),
  count: u32('how many'),
};
export type IdRange = Values<typeof rangeFields>;

/** An id that is none. */
export const NO_ID = 0xffff_ffff;
/** What is shown for ids that have no name in a namespace. */
export const OVERFLOW_ID = 65534;

/** A user or group id in 16 bits (Linux high2lowuid). */
export function shortId(id: number): number {
  return id > 0xffff ? OVERFLOW_ID : id;
}

/** Lines of a map (Linux UID_GID_MAP_MAX_EXTENTS). */
export const MAX_RANGES = 340;

export function idMapField(what: string) {
  return list(struct(rangeFields, 'a range'), what);
}

/** All ids but the last, which is none. */
export const IDENTITY: readonly IdRange[] = [{ first: 0, lower: 0, count: NO_ID }];

/** The kernel's id for `count` ids of the namespace from `id` on, or NO_ID. */
export function mapDown(map: readonly IdRange[], id: number, count = 1): number {
  const range = map.find(({ first, count: n }) => id >= first && id + count <= first + n);
  return range === undefined ? NO_ID : range.lower + (id - range.first);
}

/** The namespace's id for one of the kernel's, or NO_ID. */
export function mapUp(map: readonly IdRange[], id: number): number {
  const range = map.find(({ lower, count }) => id >= lower && id < lower + count);
  return range === undefined ? NO_ID : range.first + (id - range.lower);
}

export function overlaps(a: IdRange, b: IdRange): boolean {
  const cross = (x: number, y: number): boolean => x < y + b.count && y < x + a.count;
  return cross(a.first, b.first) || cross(a.lower, b.lower);
}
