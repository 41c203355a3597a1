/** mremap(2): moving and resizing areas. Linux mm/mremap.c. */
import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import { flagSet, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { aligned, MMAP_MIN, pageUp, TASK_SIZE } from './layout.ts';
import { mayExpand } from './limits.ts';
import type { Mm } from './mm.ts';
import { lockError } from './mmap.ts';
import { VM_HEAP, VM_LOCKED, VM_LOCKONFAULT, VM_SHARED, type Vma } from './vma.ts';

const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;
const MREMAP = { MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP };

interface Remap {
  readonly old: number;
  readonly oldLength: number;
  readonly length: number;
  readonly flags: number;
  readonly address: number;
}

function mremap(task: Task, request: Remap): Result {
  const mm = task.mm!;
  const { old, flags } = request;
  // Rounded in 32 bits: the last page's lengths become 0.
  const [oldLength, length] = [pageUp(request.oldLength) % 2 ** 32, pageUp(request.length) % 2 ** 32];
  const all = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  if ((flags & ~all) !== 0 || !aligned(old) || length === 0) return -EINVAL;
  if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE)) return -EINVAL;
  if (flags & MREMAP_DONTUNMAP && oldLength !== length) return -EINVAL;
  if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
    const error = checkTarget(task, request, oldLength, length);
    if (error < 0) return error;
  }
  const vma = mm.find(old);
  if (vma === null) return -EFAULT;
  // What is shared can be mapped a second time.
  if (oldLength === 0 && !(vma.flags & VM_SHARED)) return -EINVAL;
  if (length < oldLength && old + oldLength > TASK_SIZE) return -EINVAL;
  // What is cut off may lie in several areas, or in none.
  const kept = flags & MREMAP_FIXED ? Math.min(oldLength, length) : oldLength;
  if ((length > oldLength || flags & MREMAP_FIXED) && old + kept > vma.end) return -EFAULT;
  const more = (length - kept) / PAGE_SIZE;
  if (more > 0 && vma.flags & VM_LOCKED && lockError(task, more * PAGE_SIZE) < 0) return -EAGAIN;
  if (more > 0 && !mayExpand(task, mm, vma.flags, more)) return -ENOMEM;
  if (flags & MREMAP_DONTUNMAP) return leaveBehind(task, vma, { ...request, oldLength, length });
  if (flags & MREMAP_FIXED) return remapFixed(mm, { ...request, oldLength, length });
  if (length <= oldLength) {
    if (length < oldLength) mm.unmap(old + length, old + oldLength);
    return old | 0;
  }
  if (oldLength > 0 && growInPlace(mm, vma, old, oldLength, length)) return old | 0;
  if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
  const to = mm.findGap(length);
  return to < 0 ? -ENOMEM : moveArea(mm, old, oldLength, to, length);
}

function growInPlace(mm: Mm, vma: Vma, old: number, oldLength: number, length: number): boolean {
  const end = old + oldLength;
  if (vma.end !== end || old + length > TASK_SIZE || !mm.isFree(end, old + length)) return false;
  const pgoff = vma.file === null ? 0 : vma.pgoff + ((end - vma.start) >>> PAGE_SHIFT);
  mm.insert({ ...vma, start: end, end: old + length, pgoff });
  return true;
}

/** MREMAP_DONTUNMAP: the pages move, the old area stays without them. */
function leaveBehind(task: Task, vma: Vma, { old, oldLength, flags, address }: Remap): Result {
  const mm = task.mm!;
  if (!mayExpand(task, mm, vma.flags, oldLength / PAGE_SIZE)) return -ENOMEM;
  const fixed = (flags & MREMAP_FIXED) !== 0;
  if (fixed) mm.unmap(address, address + oldLength);
  const to =
    fixed || (address >= MMAP_MIN && mm.isFree(address, address + oldLength)) ? address : mm.findGap(oldLength);
  if (to < 0) return -ENOMEM;
  return moveArea(mm, old, oldLength, to, oldLength, () => {
    // Found anew: the areas may have become one where they touch.
    for (const area of mm.isolate(old, old + oldLength, true) ?? []) area.flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
    mm.mergeRange(old, old + oldLength);
  });
}

/** MREMAP_FIXED and MREMAP_DONTUNMAP: 0 when the new place will do. */
function checkTarget(task: Task, { address, old, flags }: Remap, oldLength: number, length: number): Result {
  const overlaps = address < old + oldLength && old < address + length;
  if (!aligned(address) || address + length > TASK_SIZE || overlaps) return -EINVAL;
  const low = (flags & MREMAP_FIXED) !== 0 && address < MMAP_MIN;
  return low && !task.cred.capable(CAP.SYS_RAWIO) ? -EPERM : 0;
}

function remapFixed(mm: Mm, { old, oldLength, length, address }: Remap): Result {
  mm.unmap(address, address + length);
  if (length < oldLength) mm.unmap(old + length, old + oldLength);
  return moveArea(mm, old, Math.min(oldLength, length), address, length);
}

/** Maps what a shared area shows from `old` on a second time. */
function mapAgain(mm: Mm, vma: Vma, old: number, to: number, length: number): Result {
  mm.insert({ ...vma, start: to, end: to + length, pgoff: vma.pgoff + ((old - vma.start) >>> PAGE_SHIFT) });
  return to | 0;
}

/** Moves [old, old + oldLength), which lies in one area, to a free range of `length` bytes; `leave` sees to the old area. */
function moveArea(
  mm: Mm,
  old: number,
  oldLength: number,
  to: number,
  length: number,
  leave: () => void = () => mm.unmap(old, old + oldLength),
): Result {
  if (oldLength === 0) return mapAgain(mm, mm.find(old)!, old, to, length);
  const [vma] = mm.isolate(old, old + oldLength, true) ?? [];
  if (vma === undefined) return -EFAULT;
  mm.insert({ ...vma, start: to, end: to + length, flags: vma.flags & ~VM_HEAP });
  if (mm.movePages(old, to, oldLength)) {
    leave();
    return to | 0;
  }
  mm.movePages(to, old, oldLength);
  mm.unmap(to, to + length);
  return -ENOMEM;
}

export const mremapCalls: readonly Syscall[] = [
  syscall(163, 'mremap', { old: ptr, oldLength: u32, length: u32, flags: flagSet(MREMAP), address: ptr }, (_k, t, a) =>
    mremap(t, a),
  ),
];
