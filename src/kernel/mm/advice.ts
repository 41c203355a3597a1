/** What a task says of its memory, and asks: madvise(2), msync(2), mincore(2), mlock(2). Linux mm/madvise.c, mlock.c. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EACCES, EFAULT, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import { choice, flagSet, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { aligned, pageUp, TASK_SIZE } from './layout.ts';
import { lockedIn, mayLock, withinLockLimit } from './limits.ts';
import type { Mm } from './mm.ts';
import { FAULT_WRITE } from './pagetable.ts';
import { populate } from './populate.ts';
import {
  VM_DONTCOPY,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_PROT,
  VM_SHARED,
  VM_WIPEONFORK,
  VM_WRITE,
  type Vma,
} from './vma.ts';

const MS_ASYNC = 1;
const MS_INVALIDATE = 2;
const MS_SYNC = 4;

const MADV_DONTNEED = 4;
const MADV_FREE = 8;
const MADV_REMOVE = 9;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
const MADV_WIPEONFORK = 18;
const MADV_KEEPONFORK = 19;
const MADV_COLD = 20;
const MADV_PAGEOUT = 21;
const MADV_POPULATE_READ = 22;
const MADV_POPULATE_WRITE = 23;
const MADV_DONTNEED_LOCKED = 24;
const MADV = {
  MADV_NORMAL: 0,
  MADV_RANDOM: 1,
  MADV_SEQUENTIAL: 2,
  MADV_WILLNEED: 3,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_REMOVE,
  MADV_DONTFORK,
  MADV_DOFORK,
  MADV_MERGEABLE: 12,
  MADV_UNMERGEABLE: 13,
  MADV_HUGEPAGE: 14,
  MADV_NOHUGEPAGE: 15,
  MADV_DONTDUMP: 16,
  MADV_DODUMP: 17,
  MADV_WIPEONFORK,
  MADV_KEEPONFORK,
  MADV_COLD,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_DONTNEED_LOCKED,
};
/** Advice that changes something. */
const ACTIONS: ReadonlySet<number> = new Set([
  ...[MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTNEED_LOCKED, MADV_COLD, MADV_PAGEOUT],
  ...[MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK],
]);
const DROPPING: readonly number[] = [MADV_DONTNEED, MADV_FREE, MADV_DONTNEED_LOCKED];
/** Advice that is refused where pages are locked. */
const NOT_LOCKED: readonly number[] = [MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT];
/** Advice that sets flags of areas: which, and which are taken off. */
const FLAGS: ReadonlyMap<number, readonly [set: number, clear: number]> = new Map([
  [MADV_DONTFORK, [VM_DONTCOPY, 0]],
  [MADV_DOFORK, [0, VM_DONTCOPY]],
  [MADV_WIPEONFORK, [VM_WIPEONFORK, 0]],
  [MADV_KEEPONFORK, [0, VM_WIPEONFORK]],
]);
/** Advice about speed alone, which needs no action. */
const HINTS: ReadonlySet<number> = new Set([0, 1, 2, 3, 12, 13, 14, 15, 16, 17]);

function madvise(task: Task, start: number, length: number, advice: number): Result {
  const mm = task.mm!;
  const end = start + pageUp(length);
  if (!aligned(start) || end > 2 ** 32) return -EINVAL;
  if (advice === MADV_POPULATE_READ || advice === MADV_POPULATE_WRITE) {
    return bringIn(mm, start, end, advice === MADV_POPULATE_WRITE);
  }
  const acts = ACTIONS.has(advice);
  if (!acts && !HINTS.has(advice)) return -EINVAL;
  if (length === 0) return 0;
  if (acts) {
    const error = actOn(mm, start, end, advice);
    if (error < 0) return error;
  }
  return mm.isCovered(start, end) ? 0 : -ENOMEM;
}

/** MADV_REMOVE: a hole in the file that a writable shared area shows (Linux madvise_remove). */
function remove(vma: Vma, start: number, end: number): Result {
  const inode = vma.file?.mappable() ?? null;
  if (vma.flags & VM_LOCKED || inode === null) return -EINVAL;
  if (!(vma.flags & VM_SHARED) || !(vma.flags & VM_WRITE)) return -EACCES;
  const offset = (address: number): number => vma.pgoff * PAGE_SIZE + address - vma.start;
  return inode.zeroRange(offset(start), offset(end)) ? 0 : -ENOMEM;
}

/** The advice that changes something, on the mapped parts of the range. */
function actOn(mm: Mm, start: number, end: number, advice: number): Result {
  for (let i = mm.indexAfter(start); i < mm.vmas.length && mm.vmas[i]!.start < end; i++) {
    const vma = mm.vmas[i]!;
    if (vma.flags & VM_LOCKED && NOT_LOCKED.includes(advice)) return -EINVAL;
    if ((advice === MADV_FREE || advice === MADV_WIPEONFORK) && (vma.file !== null || vma.flags & VM_SHARED))
      return -EINVAL;
    const removed = advice === MADV_REMOVE ? remove(vma, Math.max(start, vma.start), Math.min(end, vma.end)) : 0;
    if (removed < 0) return removed;
    if (DROPPING.includes(advice)) mm.zap(Math.max(start, vma.start), Math.min(end, vma.end));
  }
  const change = FLAGS.get(advice);
  if (change !== undefined) {
    const [set, clear] = change;
    for (const vma of mm.isolate(start, end, false) ?? []) vma.flags = (vma.flags & ~clear) | set;
    mm.mergeRange(start, end);
  }
  return 0;
}

/** MADV_POPULATE_*: pages are faulted in, and errors told (Linux madvise_populate). */
function bringIn(mm: Mm, start: number, end: number, write: boolean): Result {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const vma = mm.find(at);
    if (vma === null) return -ENOMEM;
    if ((vma.flags & (write ? VM_WRITE : VM_PROT)) === 0) return -EINVAL;
    const fault = mm.fault(at, write ? FAULT_WRITE : 0);
    if (fault !== 'ok') return fault === 'oom' ? -ENOMEM : -EFAULT;
  }
  return 0;
}

function msync(task: Task, start: number, length: number, flags: number): Result {
  const end = start + pageUp(length);
  if (!aligned(start) || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0) return -EINVAL;
  if (flags & MS_ASYNC && flags & MS_SYNC) return -EINVAL;
  // Mappings and files share their pages: there is nothing to write back.
  return length === 0 || task.mm!.isCovered(start, end) ? 0 : -ENOMEM;
}

/** Whether a mapped page is in memory: in the table, or in the page cache of its file. */
function isResident(mm: Mm, page: number): boolean {
  if (mm.tables.entry(page) !== 0) return true;
  const vma = mm.find(page * PAGE_SIZE);
  if (vma === null) return false;
  return vma.file?.mappable()?.cache.has(vma.pgoff + page - (vma.start >>> PAGE_SHIFT)) ?? false;
}

function mincore(task: Task, start: number, length: number, to: number): Result {
  const mm = task.mm!;
  const end = start + pageUp(length);
  if (!aligned(start)) return -EINVAL;
  if (end > TASK_SIZE || (length > 0 && !mm.isCovered(start, end))) return -ENOMEM;
  const pages = (end - start) / PAGE_SIZE;
  const present = Uint8Array.from({ length: pages }, (_, i) => (isResident(mm, (start >>> PAGE_SHIFT) + i) ? 1 : 0));
  return mm.writeBytes(to, present) ? 0 : -EFAULT;
}

const LOCKS = VM_LOCKED | VM_LOCKONFAULT;

/** Sets the lock flags of what is mapped from `start` on, up to the first gap or `end` (Linux apply_vma_lock_flags). */
function setLocks(mm: Mm, start: number, end: number, flags: number): Result {
  let at = start;
  for (let vma = mm.find(at); vma !== null && at < end; vma = mm.find(at)) {
    const next = Math.min(vma.end, end);
    for (const area of mm.isolate(at, next, true) ?? []) area.flags = (area.flags & ~LOCKS) | flags;
    at = next;
  }
  mm.mergeRange(start, end);
  return at < end ? -ENOMEM : 0;
}

/** mlock(2) with the VM_* bits to set, munlock(2) with none. */
function lock(task: Task, start: number, length: number, flags: number): Result {
  const mm = task.mm!;
  const first = (start & ~PAGE_MASK) >>> 0;
  const end = pageUp(start + length);
  if (flags !== 0) {
    if (!mayLock(task)) return -EPERM;
    const more = (end - first) / PAGE_SIZE - lockedIn(mm, first, end);
    if (!withinLockLimit(task, lockedIn(mm, 0, TASK_SIZE) + more)) return -ENOMEM;
  }
  if (end > 2 ** 32) return -EINVAL;
  if (end === first) return 0;
  const error = setLocks(mm, first, end, flags);
  if (error === 0 && flags === VM_LOCKED) populate(mm, first, end);
  return error;
}

function lockWith(task: Task, start: number, length: number, flags: number): Result {
  if ((flags & ~MLOCK_ONFAULT) !== 0) return -EINVAL;
  return lock(task, start, length, flags & MLOCK_ONFAULT ? LOCKS : VM_LOCKED);
}

function lockAll(task: Task, flags: number): Result {
  const mm = task.mm!;
  if (flags === 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) !== 0 || flags === MCL_ONFAULT) return -EINVAL;
  if (!mayLock(task)) return -EPERM;
  if (flags & MCL_CURRENT && !withinLockLimit(task, mm.totalPages)) return -ENOMEM;
  const set = flags & MCL_ONFAULT ? LOCKS : VM_LOCKED;
  mm.lockFuture = flags & MCL_FUTURE ? set : 0;
  if ((flags & MCL_CURRENT) === 0) return 0;
  for (const vma of mm.vmas) vma.flags = (vma.flags & ~LOCKS) | set;
  if (set === VM_LOCKED) for (const vma of [...mm.vmas]) populate(mm, vma.start, vma.end);
  return 0;
}

function unlockAll(task: Task): Result {
  const mm = task.mm!;
  mm.lockFuture = 0;
  for (const vma of mm.vmas) vma.flags &= ~LOCKS;
  return 0;
}

const MLOCK_ONFAULT = 1;
const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;
const range = { addr: ptr, length: u32 };

export const adviceCalls: readonly Syscall[] = [
  syscall(144, 'msync', { ...range, flags: flagSet({ MS_ASYNC, MS_INVALIDATE, MS_SYNC }) }, (_k, t, a) =>
    msync(t, a.addr, a.length, a.flags),
  ),
  syscall(150, 'mlock', range, (_k, t, a) => lock(t, a.addr, a.length, VM_LOCKED)),
  syscall(151, 'munlock', range, (_k, t, a) => lock(t, a.addr, a.length, 0)),
  syscall(152, 'mlockall', { flags: flagSet({ MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT }) }, (_k, t, a) =>
    lockAll(t, a.flags),
  ),
  syscall(153, 'munlockall', {}, (_k, t) => unlockAll(t)),
  syscall(376, 'mlock2', { ...range, flags: flagSet({ MLOCK_ONFAULT }) }, (_k, t, a) =>
    lockWith(t, a.addr, a.length, a.flags),
  ),
  syscall(218, 'mincore', { ...range, vec: ptr }, (_k, t, a) => mincore(t, a.addr, a.length, a.vec)),
  syscall(219, 'madvise', { ...range, advice: choice(MADV) }, (_k, t, a) => madvise(t, a.addr, a.length, a.advice)),
];
