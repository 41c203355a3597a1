/** File locks: POSIX record locks, open-file-description locks, flock(2). Linux fs/locks.c, fcntl_locking(2). */
import type { File } from '../fd/file.ts';
import type { FdTable } from '../fd/table.ts';
import { bool, count, i32, oneOf, optional, struct, type Values, weak } from '../kobject/fields.ts';
import type { Inode } from './inode.ts';

const lockFields = {
  kind: oneOf('posix', 'ofd', 'flock')('which call made it; flocks and record locks do not see each other'),
  table: weak<FdTable>('files', 'owner of a POSIX lock'),
  file: weak<File>('file', 'owner of the other two'),
  exclusive: bool('a write lock'),
  start: count('first byte'),
  end: optional(count('past the last byte; null reaches to the end of the file, wherever that is')),
  pid: i32('who took a POSIX lock; -1 for the others'),
};
export const lockField = struct(lockFields, 'a lock');
export type Lock = Values<typeof lockFields>;

function endOf(lock: Lock): number {
  return lock.end ?? Number.POSITIVE_INFINITY;
}

function overlaps(a: Lock, b: Lock): boolean {
  return a.start < endOf(b) && b.start < endOf(a);
}

function sameOwner(a: Lock, b: Lock): boolean {
  return a.table === b.table && a.file === b.file;
}

function sameFamily(a: Lock, b: Lock): boolean {
  return (a.kind === 'flock') === (b.kind === 'flock');
}

/** The lock that stands in the way of another one, or null. */
export function conflict(inode: Inode, wanted: Lock): Lock | null {
  for (const lock of inode.locks) {
    if (!sameFamily(lock, wanted) || sameOwner(lock, wanted) || !overlaps(lock, wanted)) continue;
    if (lock.exclusive || wanted.exclusive) return lock;
  }
  return null;
}

/** Takes what the owner holds in the range of `area` away; parts outside of it stay. */
export function unlock(inode: Inode, area: Lock): void {
  const kept: Lock[] = [];
  let changed = false;
  for (const lock of inode.locks) {
    if (!sameFamily(lock, area) || !sameOwner(lock, area) || !overlaps(lock, area)) {
      kept.push(lock);
      continue;
    }
    changed = true;
    if (lock.start < area.start) kept.push({ ...lock, end: area.start });
    if (area.end !== null && endOf(lock) > area.end) kept.push({ ...lock, start: area.end });
  }
  inode.locks = kept;
  if (changed) inode.wake(0);
}

/** Gives the owner a lock that conflicts with none; it replaces what the owner held in the range and joins its neighbours. */
export function lock(inode: Inode, wanted: Lock): void {
  unlock(inode, wanted);
  const merged = { ...wanted };
  const rest: Lock[] = [];
  for (const other of inode.locks) {
    const alike = other.kind === wanted.kind && sameOwner(other, wanted) && other.exclusive === wanted.exclusive;
    if (!alike || (endOf(other) !== merged.start && endOf(merged) !== other.start)) {
      rest.push(other);
      continue;
    }
    merged.start = Math.min(merged.start, other.start);
    merged.end = merged.end === null || other.end === null ? null : Math.max(merged.end, other.end);
  }
  inode.locks = [...rest, merged];
}

/** A descriptor table closes the file: its POSIX locks go, through whatever descriptor they were taken. */
export function dropTableLocks(inode: Inode, table: FdTable): void {
  drop(inode, (each) => each.kind === 'posix' && each.table === table);
}

/** The last reference of an open file is gone. */
export function dropFileLocks(inode: Inode, file: File): void {
  drop(inode, (each) => each.file === file);
}

function drop(inode: Inode, gone: (each: Lock) => boolean): void {
  if (!inode.locks.some(gone)) return;
  inode.locks = inode.locks.filter((each) => !gone(each));
  inode.wake(0);
}
