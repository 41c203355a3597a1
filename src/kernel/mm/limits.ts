/** RLIMIT_AS and RLIMIT_DATA: what an address space may still grow by. Linux mm/mmap.c may_expand_vm. */
import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import type { Mm } from './mm.ts';
import { VM_LOCKED, VM_SHARED, VM_STACK, VM_WRITE, type Vma } from './vma.ts';

/** Private writable memory that is no stack counts as data. */
function isData(flags: number): boolean {
  return (flags & (VM_WRITE | VM_SHARED | VM_STACK)) === VM_WRITE;
}

/** Pages of an area that lie in [start, end). */
function pagesIn({ start: from, end: to }: Vma, start: number, end: number): number {
  return Math.max(0, Math.min(to, end) - Math.max(from, start)) >>> PAGE_SHIFT;
}

/** Mapped pages in [start, end). */
export function mappedIn(mm: Mm, start: number, end: number): number {
  return mm.vmas.reduce((sum, vma) => sum + pagesIn(vma, start, end), 0);
}

/** Whether an area with these VM_* flags may be larger by so many pages. */
export function mayExpand(task: Task, mm: Mm, flags: number, pages: number): boolean {
  const space = task.signal.limit(RLIMIT.RLIMIT_AS);
  if (space !== Number.POSITIVE_INFINITY && mm.totalPages + pages > Math.floor(space / PAGE_SIZE)) return false;
  const data = task.signal.limit(RLIMIT.RLIMIT_DATA);
  if (data === Number.POSITIVE_INFINITY || !isData(flags)) return true;
  const used = mm.vmas.reduce((sum, vma) => sum + (isData(vma.flags) ? (vma.end - vma.start) >>> PAGE_SHIFT : 0), 0);
  // A limit of nothing, which some programs set, does not count below the hard one.
  const most = data === 0 ? Number(task.signal.rlimits[RLIMIT.RLIMIT_DATA]!.max) : data;
  return used + pages <= Math.floor(most / PAGE_SIZE);
}

/** Whether a task may lock memory at all (Linux can_do_mlock). */
export function mayLock(task: Task): boolean {
  return task.signal.limit(RLIMIT.RLIMIT_MEMLOCK) > 0 || task.cred.capable(CAP.IPC_LOCK);
}

/** Whether so many pages would be within RLIMIT_MEMLOCK. */
export function withinLockLimit(task: Task, pages: number): boolean {
  return pages <= Math.floor(task.signal.limit(RLIMIT.RLIMIT_MEMLOCK) / PAGE_SIZE) || task.cred.capable(CAP.IPC_LOCK);
}

/** Pages of locked areas in [start, end). */
export function lockedIn(mm: Mm, start: number, end: number): number {
  return mm.vmas.reduce((sum, vma) => sum + (vma.flags & VM_LOCKED ? pagesIn(vma, start, end) : 0), 0);
}

/** Whether the heap may end at `brk`: RLIMIT_DATA counts initialised data too (Linux check_data_rlimit). */
export function mayHaveHeap(task: Task, mm: Mm, brk: number): boolean {
  const { startBrk, startData, endData } = mm.layout;
  return brk - startBrk + (endData - startData) <= task.signal.limit(RLIMIT.RLIMIT_DATA);
}
