/** The system calls of address spaces. mmap(2), mremap(2), brk(2), mprotect(2), madvise(2); Linux mm/mmap.c. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENOMEM, ENOSYS, EOVERFLOW, EPERM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { O_ACCMODE, O_RDWR } from '../fs/flags.ts';
import { sharedMemory } from '../fs/shmem.ts';
import type { Kernel } from '../kernel.ts';
import { choice, fd, flagSet, hex32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { MMAP_BASE, MMAP_MIN, TASK_SIZE } from './layout.ts';
import type { Mm } from './mm.ts';
import {
  VM_DONTCOPY,
  VM_GROWSDOWN,
  VM_HEAP,
  VM_LOCKED,
  VM_NORESERVE,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
  type Vma,
} from './vma.ts';

const PROT = { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4, PROT_GROWSDOWN: 0x0100_0000, PROT_GROWSUP: 0x0200_0000 };
const PROT_MASK = 7;

const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_SHARED_VALIDATE = 0x03;
const MAP_TYPE = 0x0f;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const MAP_LOCKED = 0x2000;
const MAP_NORESERVE = 0x4000;
const MAP_POPULATE = 0x8000;
const MAP_FIXED_NOREPLACE = 0x10_0000;
const MAP = {
  MAP_SHARED_VALIDATE,
  MAP_SHARED,
  MAP_PRIVATE,
  MAP_FIXED,
  MAP_ANONYMOUS,
  MAP_GROWSDOWN,
  MAP_DENYWRITE: 0x800,
  MAP_EXECUTABLE: 0x1000,
  MAP_LOCKED,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_NONBLOCK: 0x1_0000,
  MAP_STACK: 0x2_0000,
  MAP_HUGETLB: 0x4_0000,
  MAP_FIXED_NOREPLACE,
};
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP = { MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP: 4 };
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
/** Advice about speed alone, which needs no action. */
const HINTS: ReadonlySet<number> = new Set([0, 1, 2, 3, 12, 13, 14, 15, 16, 17]);

const aligned = (n: number): boolean => (n & PAGE_MASK) === 0;
/** Up to a page boundary; may reach 2^32. */
const pageUp = (n: number): number => Math.ceil(n / PAGE_SIZE) * PAGE_SIZE;

interface MapRequest {
  readonly address: number;
  readonly length: number;
  readonly prot: number;
  readonly flags: number;
  readonly fd: number;
  /** In pages. */
  readonly pgoff: number;
}

function mmOf(task: Task): Mm {
  return task.mm!;
}

/** The file behind a mapping and the VM_* bits that the request asks for, or a negated errno. */
function fileFor(kernel: Kernel, task: Task, request: MapRequest, length: number): File | null | number {
  const shared = (request.flags & MAP_TYPE) !== MAP_PRIVATE;
  if (request.flags & MAP_ANONYMOUS) return shared ? sharedMemory(kernel, 'dev/zero', length) : null;
  const file = task.files?.file(request.fd) ?? null;
  if (file === null) return -EBADF;
  const error = file.mayMap();
  if (error < 0) return error;
  if (!file.readable) return -EACCES;
  if (shared && request.prot & PROT.PROT_WRITE && !file.writable) return -EACCES;
  if (file.mapsZero) return shared ? sharedMemory(kernel, 'dev/zero', length) : null;
  return file;
}

/** Where a mapping goes, or a negated errno. */
function placeFor(mm: Mm, request: MapRequest, length: number): number {
  const { address, flags } = request;
  if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
    if (!aligned(address)) return -EINVAL;
    if (address + length > TASK_SIZE) return -ENOMEM;
    if (address < MMAP_MIN) return -EACCES;
    if (flags & MAP_FIXED_NOREPLACE && !mm.isFree(address, address + length)) return -EEXIST;
    return address;
  }
  const hint = pageUp(address);
  if (hint >= MMAP_MIN && hint + length <= TASK_SIZE && mm.isFree(hint, hint + length)) return hint;
  const found = mm.findGap(length);
  if (found >= 0) return found;
  const above = mm.findGap(length, TASK_SIZE);
  return above < 0 ? -ENOMEM : above;
}

function vmFlags(request: MapRequest): number {
  const has = (bit: number, vm: number): number => (request.flags & bit ? vm : 0);
  const shared = (request.flags & MAP_TYPE) !== MAP_PRIVATE ? VM_SHARED : 0;
  const extra = has(MAP_GROWSDOWN, VM_GROWSDOWN) | has(MAP_LOCKED, VM_LOCKED) | has(MAP_NORESERVE, VM_NORESERVE);
  return (request.prot & PROT_MASK) | shared | extra;
}

function map(kernel: Kernel, task: Task, request: MapRequest): Result {
  const mm = mmOf(task);
  const type = request.flags & MAP_TYPE;
  const length = pageUp(request.length);
  if (length === 0) return -EINVAL;
  if (length > TASK_SIZE) return -ENOMEM;
  if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) return -EINVAL;
  if (request.pgoff + length / PAGE_SIZE > 2 ** 32) return -EOVERFLOW;
  const start = placeFor(mm, request, length);
  if (start < 0) return start;
  const file = fileFor(kernel, task, request, length);
  if (typeof file === 'number') return file;
  if (request.flags & MAP_FIXED) mm.unmap(start, start + length);
  const pgoff = file === null || request.flags & MAP_ANONYMOUS ? 0 : request.pgoff;
  mm.insert({ start, end: start + length, flags: vmFlags(request), pgoff, file });
  if (request.flags & (MAP_POPULATE | MAP_LOCKED)) populate(mm, start, start + length);
  return start | 0;
}

/** Faults pages in ahead of use; stops quietly where that fails, as Linux does. */
function populate(mm: Mm, start: number, end: number): void {
  for (let address = start; address < end; address += PAGE_SIZE) {
    const vma = mm.find(address);
    if (vma === null || mm.fault(address, vma.flags & VM_WRITE && !(vma.flags & VM_SHARED) ? 2 : 0) !== 'ok') return;
  }
}

/** mmap(2) of old: its arguments in a struct. */
function oldMap(kernel: Kernel, task: Task, address: number): Result {
  const bytes = mmOf(task).readBytes(address, 24);
  if (bytes === null) return -EFAULT;
  const [at, length, prot, flags, descriptor, offset] = new Uint32Array(bytes.buffer);
  if (!aligned(offset!)) return -EINVAL;
  return map(kernel, task, {
    address: at!,
    length: length!,
    prot: prot!,
    flags: flags!,
    fd: descriptor! | 0,
    pgoff: offset! >>> PAGE_SHIFT,
  });
}

function munmap(task: Task, start: number, length: number): Result {
  const end = start + pageUp(length);
  if (!aligned(start) || length === 0 || end > TASK_SIZE) return -EINVAL;
  mmOf(task).unmap(start, end);
  return 0;
}

function mprotect(task: Task, start: number, length: number, prot: number): Result {
  const mm = mmOf(task);
  const end = start + pageUp(length);
  if (!aligned(start) || (prot & ~(PROT_MASK | PROT.PROT_GROWSDOWN | PROT.PROT_GROWSUP)) !== 0) return -EINVAL;
  if (length === 0) return 0;
  if (mm.find(start) === null) return -ENOMEM;
  // What is mapped before the first gap changes even when the call fails.
  let at = start;
  for (let vma = mm.find(at); vma !== null && at < end; vma = mm.find(at)) {
    const next = Math.min(vma.end, end);
    if (prot & PROT.PROT_WRITE && !mayWrite(vma)) return -EACCES;
    mm.protect(at, next, prot & PROT_MASK);
    at = next;
  }
  return at < end ? -ENOMEM : 0;
}

/** A shared mapping of a file opened for reading never becomes writable (VM_MAYWRITE). */
function mayWrite(vma: Vma): boolean {
  return vma.file === null || (vma.flags & VM_SHARED) === 0 || (vma.file.flags & O_ACCMODE) === O_RDWR;
}

function brk(task: Task, wanted: number): Result {
  const mm = mmOf(task);
  const { startBrk, brk: old } = mm.layout;
  if (wanted < startBrk || wanted >= MMAP_BASE) return old | 0;
  const [from, to] = [pageUp(old), pageUp(wanted)];
  if (to < from) mm.unmap(to, from);
  if (to > from) {
    if (!mm.isFree(from, to + PAGE_SIZE)) return old | 0;
    mm.insert({ start: from, end: to, flags: VM_READ | VM_WRITE | VM_HEAP, pgoff: 0, file: null });
  }
  mm.layout.brk = wanted;
  return wanted | 0;
}

interface Remap {
  readonly old: number;
  readonly oldLength: number;
  readonly length: number;
  readonly flags: number;
  readonly address: number;
}

function mremap(task: Task, request: Remap): Result {
  const mm = mmOf(task);
  const { old, flags } = request;
  const [oldLength, length] = [pageUp(request.oldLength), pageUp(request.length)];
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) !== 0 || !aligned(old) || length === 0) return -EINVAL;
  if (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)) return -EINVAL;
  if (flags & MREMAP_FIXED) {
    const error = checkTarget(request.address, old, oldLength, length);
    if (error < 0) return error;
  }
  const vma = mm.find(old);
  if (vma === null) return -EFAULT;
  if (oldLength === 0) return -EINVAL;
  // What is cut off may lie in several areas, or in none.
  const kept = flags & MREMAP_FIXED ? Math.min(oldLength, length) : oldLength;
  if ((length > oldLength || flags & MREMAP_FIXED) && old + kept > vma.end) return -EFAULT;
  if (flags & MREMAP_FIXED) return remapFixed(mm, { ...request, oldLength, length });
  if (length <= oldLength) {
    if (length < oldLength) mm.unmap(old + length, old + oldLength);
    return old | 0;
  }
  if (growInPlace(mm, vma, old, oldLength, length)) return old | 0;
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

/** MREMAP_FIXED: 0 when the new place will do. */
function checkTarget(address: number, old: number, oldLength: number, length: number): Result {
  const overlaps = address < old + oldLength && old < address + length;
  if (!aligned(address) || address + length > TASK_SIZE || overlaps) return -EINVAL;
  return address < MMAP_MIN ? -EPERM : 0;
}

function remapFixed(mm: Mm, { old, oldLength, length, address }: Remap): Result {
  mm.unmap(address, address + length);
  if (length < oldLength) mm.unmap(old + length, old + oldLength);
  return moveArea(mm, old, Math.min(oldLength, length), address, length);
}

/** Moves [old, old + oldLength), which lies in one area, to a free range of `length` bytes. */
function moveArea(mm: Mm, old: number, oldLength: number, to: number, length: number): Result {
  const [vma] = mm.isolate(old, old + oldLength, true) ?? [];
  if (vma === undefined) return -EFAULT;
  mm.insert({ ...vma, start: to, end: to + length, flags: vma.flags & ~VM_HEAP });
  if (mm.movePages(old, to, oldLength)) {
    mm.unmap(old, old + oldLength);
    return to | 0;
  }
  mm.movePages(to, old, oldLength);
  mm.unmap(to, to + length);
  return -ENOMEM;
}

function madvise(task: Task, start: number, length: number, advice: number): Result {
  const mm = mmOf(task);
  const end = start + pageUp(length);
  if (!aligned(start) || end > 2 ** 32) return -EINVAL;
  const acts = advice === MADV_DONTNEED || advice === MADV_FREE || advice === MADV_DONTFORK || advice === MADV_DOFORK;
  if (!acts && !HINTS.has(advice)) return -EINVAL;
  if (length === 0) return 0;
  if (acts) {
    const error = actOn(mm, start, end, advice);
    if (error < 0) return error;
  }
  return mm.isCovered(start, end) ? 0 : -ENOMEM;
}

/** The advice that changes something, on the mapped parts of the range. */
function actOn(mm: Mm, start: number, end: number, advice: number): Result {
  for (let i = mm.indexAfter(start); i < mm.vmas.length && mm.vmas[i]!.start < end; i++) {
    const vma = mm.vmas[i]!;
    const zaps = advice === MADV_DONTNEED || advice === MADV_FREE;
    if (zaps && vma.flags & VM_LOCKED) return -EINVAL;
    if (advice === MADV_FREE && (vma.file !== null || vma.flags & VM_SHARED)) return -EINVAL;
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
  return length === 0 || mmOf(task).isCovered(start, end) ? 0 : -ENOMEM;
}

/** Whether a mapped page is in memory: in the table, or in the page cache of its file. */
function isResident(mm: Mm, page: number): boolean {
  if (mm.tables.entry(page) !== 0) return true;
  const vma = mm.find(page * PAGE_SIZE);
  if (vma === null) return false;
  return vma.file?.mappable()?.cache.has(vma.pgoff + page - (vma.start >>> PAGE_SHIFT)) ?? false;
}

function mincore(task: Task, start: number, length: number, to: number): Result {
  const mm = mmOf(task);
  const end = start + pageUp(length);
  if (!aligned(start)) return -EINVAL;
  if (end > TASK_SIZE || (length > 0 && !mm.isCovered(start, end))) return -ENOMEM;
  const pages = (end - start) / PAGE_SIZE;
  const present = Uint8Array.from({ length: pages }, (_, i) => (isResident(mm, (start >>> PAGE_SHIFT) + i) ? 1 : 0));
  return mm.writeBytes(to, present) ? 0 : -EFAULT;
}

function lock(task: Task, start: number, length: number, on: boolean): Result {
  const mm = mmOf(task);
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
  const mm = mmOf(task);
  for (const vma of mm.vmas) vma.flags = on ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
  if (on) for (const vma of [...mm.vmas]) populate(mm, vma.start, vma.end);
  return 0;
}

const MCL_ALL = 7;
const range = { addr: ptr, length: u32 };

export const mapCalls: readonly Syscall[] = [
  syscall(45, 'brk', { addr: ptr }, (_k, t, a) => brk(t, a.addr)),
  syscall(90, 'mmap', { args: ptr }, (k, t, a) => oldMap(k, t, a.args)),
  syscall(91, 'munmap', range, (_k, t, a) => munmap(t, a.addr, a.length)),
  syscall(125, 'mprotect', { ...range, prot: flagSet(PROT, 'PROT_NONE') }, (_k, t, a) =>
    mprotect(t, a.addr, a.length, a.prot),
  ),
  syscall(144, 'msync', { ...range, flags: flagSet({ MS_ASYNC, MS_INVALIDATE, MS_SYNC }) }, (_k, t, a) =>
    msync(t, a.addr, a.length, a.flags),
  ),
  syscall(150, 'mlock', range, (_k, t, a) => lock(t, a.addr, a.length, true)),
  syscall(151, 'munlock', range, (_k, t, a) => lock(t, a.addr, a.length, false)),
  syscall(152, 'mlockall', { flags: hex32 }, (_k, t, a) =>
    a.flags === 0 || a.flags > MCL_ALL ? -EINVAL : lockAll(t, true),
  ),
  syscall(153, 'munlockall', {}, (_k, t) => lockAll(t, false)),
  syscall(163, 'mremap', { old: ptr, oldLength: u32, length: u32, flags: flagSet(MREMAP), address: ptr }, (_k, t, a) =>
    mremap(t, a),
  ),
  syscall(
    192,
    'mmap2',
    { addr: ptr, length: u32, prot: flagSet(PROT, 'PROT_NONE'), flags: flagSet(MAP), fd, pgoff: hex32 },
    (k, t, a) =>
      map(k, t, { address: a.addr, length: a.length, prot: a.prot, flags: a.flags, fd: a.fd, pgoff: a.pgoff }),
  ),
  syscall(218, 'mincore', { ...range, vec: ptr }, (_k, t, a) => mincore(t, a.addr, a.length, a.vec)),
  syscall(219, 'madvise', { ...range, advice: choice(MADV) }, (_k, t, a) => madvise(t, a.addr, a.length, a.advice)),
  unsupported(257, 'remap_file_pages', ENOSYS, 'deprecated; glibc and musl do not call it'),
];
