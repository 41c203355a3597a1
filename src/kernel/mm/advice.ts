/** What a task says of its memory, and asks: madvise(2), msync(2), mincore(2), mlock(2). Linux mm/madvise.c, mlock.c. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EACCES, EFAULT, EINVAL, ENOMEM } from '../errno.ts';
import { choice, flagSet, hex32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { aligned, pageUp, TASK_SIZE } from './layout.ts';
import type { Mm } from './mm.ts';
import { populate } from './populate.ts';
import { VM_DONTCOPY, VM_LOCKED, VM_SHARED, VM_WRITE, type Vma } from './vma.ts';

const MS_ASYNC = 1;
const MS_INVALIDATE = 2;
const MS_SYNC = 4;

const MADV_DONTNEED = 4;
const MADV_FREE = 8;
const MADV_REMOVE = 9;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
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
};
/** Advice that changes something. */
const ACTIONS: ReadonlySet<number> = new Set([MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK]);
/** Advice about speed alone, which needs no action. */
const HINTS: ReadonlySet<number> = new Set([0, 1, 2, 3, 12, 13, 14, 15, 16, 17]);

function madvise(task: Task, start: number, length: number, advice: number): Result {
  const mm = task.mm!;
  const end = start + pageUp(length);
  if (!aligned(start) || end > 2 ** 32) return -EINVAL;
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
    const zaps = advice === MADV_DONTNEED || advice === MADV_FREE;
    if (zaps && vma.flags & VM_LOCKED) return -EINVAL;
    if (advice === MADV_FREE && (vma.file !== null || vma.flags & VM_SHARED)) return -EINVAL;
    const removed = advice === MADV_REMOVE ? remove(vma, Math.max(start, vma.start), Math.min(end, vma.end)) : 0;
    if (removed < 0) return removed;
    if (zaps) mm.zap(Math.max(start, vma.start), Math.min(end, vma.end));
  }
  if (advice === MADV_DONTFORK || advice === MADV_DOFORK) {
    const set = advice === MADV_DONTFORK ? VM_DONTCOPY : 0;
    for (const vma of mm.isolate(start, end, false) ?? []) vma.flags = (vma.flags & ~VM_DONTCOPY) | set;
    mm.mergeRange(start, end);
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

function lock(task: Task, start: number, length: number, on: boolean): Result {
  const mm = task.mm!;
  const first = (start & ~PAGE_MASK) >>> 0;
  const end = pageUp(start + length);
  if (end > 2 ** 32) return -EINVAL;
  if (end === first) return 0;
  const areas = mm.isolate(first, end, true);
  if (areas === null) return -ENOMEM;
  for (const vma of areas) vma.flags = on ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
  mm.mergeRange(first, end);
  if (on) populate(mm, first, end);
  return 0;
}

function lockAll(task: Task, on: boolean): Result {
  const mm = task.mm!;
  for (const vma of mm.vmas) vma.flags = on ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
  if (on) for (const vma of [...mm.vmas]) populate(mm, vma.start, vma.end);
  return 0;
}

const MCL_ALL = 7;
const range = { addr: ptr, length: u32 };

export const adviceCalls: readonly Syscall[] = [
  syscall(144, 'msync', { ...range, flags: flagSet({ MS_ASYNC, MS_INVALIDATE, MS_SYNC }) }, (_k, t, a) =>
    msync(t, a.addr, a.length, a.flags),
  ),
  syscall(150, 'mlock', range, (_k, t, a) => lock(t, a.addr, a.length, true)),
  syscall(151, 'munlock', range, (_k, t, a) => lock(t, a.addr, a.length, false)),
  syscall(152, 'mlockall', { flags: hex32 }, (_k, t, a) =>
    a.flags === 0 || a.flags > MCL_ALL ? -EINVAL : lockAll(t, true),
  ),
  syscall(153, 'munlockall', {}, (_k, t) => lockAll(t, false)),
  syscall(218, 'mincore', { ...range, vec: ptr }, (_k, t, a) => mincore(t, a.addr, a.length, a.vec)),
  syscall(219, 'madvise', { ...range, advice: choice(MADV) }, (_k, t, a) => madvise(t, a.addr, a.length, a.advice)),
];
