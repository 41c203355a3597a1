/** The system calls of address spaces. mmap(2), mremap(2), brk(2), mprotect(2), madvise(2); Linux mm/mmap.c. */
import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EACCES, EAGAIN, EBADF, EEXIST, EFAULT, EINVAL, ENOMEM, ENOSYS, EOVERFLOW, EPERM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { O_ACCMODE, O_RDWR } from '../fs/flags.ts';
import { F_SEALS_WRITE } from '../fs/seal.ts';
import { sharedMemory } from '../fs/shmem.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { fd, flagSet, hex32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { aligned, MMAP_BASE, MMAP_MIN, pageUp, TASK_SIZE } from './layout.ts';
import { lockedIn, mappedIn, mayExpand, mayHaveHeap, mayLock, withinLockLimit } from './limits.ts';
import type { Mm } from './mm.ts';
import { populate } from './populate.ts';
import {
  VM_GROWSDOWN,
  VM_HEAP,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_NORESERVE,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
  type Vma,
} from './vma.ts';

const PROT = { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4, PROT_GROWSDOWN: 0x0100_0000, PROT_GROWSUP: 0x0200_0000 };
const PROT_MASK = 7;

export const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_SHARED_VALIDATE = 0x03;
const MAP_TYPE = 0x0f;
export const MAP_FIXED = 0x10;
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
export interface AreaRequest {
  readonly address: number;
  readonly length: number;
  readonly prot: number;
  readonly flags: number;
  /** In pages. */
  readonly pgoff: number;
}

interface MapRequest extends AreaRequest {
  readonly fd: number;
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
  const seals = (shared && file.mappable()?.seals) || 0;
  if (seals & F_SEALS_WRITE && request.prot & PROT.PROT_WRITE) return -EPERM;
  if (file.mapsZero) return shared ? sharedMemory(kernel, 'dev/zero', length) : null;
  return file;
}

/** Gives up a file that was made for a mapping and that nobody holds. */
function forget(file: File | null, error: Result): Result {
  if (file !== null && file.refs === 0) put(get(file));
  return error;
}

/** Where a mapping goes, or a negated errno. */
function placeFor(task: Task, request: AreaRequest, length: number): number {
  const mm = task.mm!;
  const { address, flags } = request;
  if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
    if (!aligned(address)) return -EINVAL;
    if (address + length > TASK_SIZE) return -ENOMEM;
    if (address < MMAP_MIN && !task.cred.capable(CAP.SYS_RAWIO)) return -EPERM;
    if (flags & MAP_FIXED_NOREPLACE && !mm.isFree(address, address + length)) return -EEXIST;
    return address;
  }
  const hint = Math.max(MMAP_MIN, pageUp(address));
  if (address > 0 && hint + length <= TASK_SIZE && mm.isFree(hint, hint + length)) return hint;
  const found = mm.findGap(length);
  if (found >= 0) return found;
  const above = mm.findGap(length, TASK_SIZE);
  return above < 0 ? -ENOMEM : above;
}

function vmFlags(request: AreaRequest): number {
  const has = (bit: number, vm: number): number => (request.flags & bit ? vm : 0);
  const shared = (request.flags & MAP_TYPE) !== MAP_PRIVATE ? VM_SHARED : 0;
  const extra = has(MAP_GROWSDOWN, VM_GROWSDOWN) | has(MAP_LOCKED, VM_LOCKED) | has(MAP_NORESERVE, VM_NORESERVE);
  return (request.prot & PROT_MASK) | shared | extra;
}

/** 0 when the task may have `length` more bytes of locked memory, -EAGAIN when not (Linux mlock_future_check). */
export function lockError(task: Task, length: number): Result {
  const locked = lockedIn(task.mm!, 0, TASK_SIZE);
  return withinLockLimit(task, locked + length / PAGE_SIZE) ? 0 : -EAGAIN;
}

function map(kernel: Kernel, task: Task, request: MapRequest): Result {
  const mm = task.mm!;
  const type = request.flags & MAP_TYPE;
  const length = pageUp(request.length);
  if (length === 0) return -EINVAL;
  if (length > TASK_SIZE) return -ENOMEM;
  if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) return -EINVAL;
  if (request.pgoff + length / PAGE_SIZE > 2 ** 32) return -EOVERFLOW;
  const start = placeFor(task, request, length);
  if (start < 0) return start;
  const flags = vmFlags(request) | mm.lockFuture;
  const unlockable = flags & VM_LOCKED ? lockError(task, length) : 0;
  if (unlockable < 0) return request.flags & MAP_LOCKED && !mayLock(task) ? -EPERM : unlockable;
  const file = fileFor(kernel, task, request, length);
  if (typeof file === 'number') return file;
  const more = length / PAGE_SIZE - mappedIn(mm, start, start + length);
  if (!mayExpand(task, mm, flags, more)) return forget(file, -ENOMEM);
  if (request.flags & MAP_FIXED) mm.unmap(start, start + length);
  return enterArea(mm, request, start, length, file);
}

/** A new area that shows `file`, or zeros, in a free range: its address. */
function enterArea(mm: Mm, request: AreaRequest, start: number, length: number, file: File | null): Result {
  const pgoff = file === null || request.flags & MAP_ANONYMOUS ? 0 : request.pgoff;
  const flags = vmFlags(request) | mm.lockFuture;
  mm.insert({ start, end: start + length, flags, pgoff, file });
  const atOnce = (flags & (VM_LOCKED | VM_LOCKONFAULT)) === VM_LOCKED;
  if (request.flags & MAP_POPULATE || atOnce) populate(mm, start, start + length);
  return start | 0;
}

/** Maps a file that the kernel has at hand, as shmat(2) does; what is there goes with MAP_FIXED. An address, or -ENOMEM. */
export function mapFile(task: Task, request: AreaRequest, file: File): Result {
  const mm = task.mm!;
  const length = pageUp(request.length);
  const start = placeFor(task, request, length);
  if (start < 0) return start;
  if (request.flags & MAP_FIXED) mm.unmap(start, start + length);
  return enterArea(mm, request, start, length, file);
}

/** mmap(2) of old: its arguments in a struct. */
function oldMap(kernel: Kernel, task: Task, address: number): Result {
  const bytes = task.mm!.readBytes(address, 24);
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
  task.mm!.unmap(start, end);
  return 0;
}

function mprotect(task: Task, start: number, length: number, prot: number): Result {
  const mm = task.mm!;
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
  if (vma.file === null || (vma.flags & VM_SHARED) === 0) return true;
  const seals = vma.file.mappable()?.seals ?? 0;
  return (vma.file.flags & O_ACCMODE) === O_RDWR && (seals & F_SEALS_WRITE) === 0;
}

function brk(task: Task, wanted: number): Result {
  const mm = task.mm!;
  const { startBrk, brk: old } = mm.layout;
  if (wanted < startBrk || wanted >= MMAP_BASE) return old | 0;
  if (!mayHaveHeap(task, mm, wanted)) return old | 0;
  const [from, to] = [pageUp(old), pageUp(wanted)];
  if (to < from) mm.unmap(to, from);
  if (to > from) {
    if (!mm.isFree(from, to + PAGE_SIZE)) return old | 0;
    if (!mayExpand(task, mm, VM_WRITE, (to - from) / PAGE_SIZE)) return old | 0;
    if (mm.lockFuture !== 0 && lockError(task, to - from) < 0) return old | 0;
    mm.insert({ start: from, end: to, flags: VM_READ | VM_WRITE | VM_HEAP | mm.lockFuture, pgoff: 0, file: null });
    if (mm.lockFuture === VM_LOCKED) populate(mm, from, to);
  }
  mm.layout.brk = wanted;
  return wanted | 0;
}

const range = { addr: ptr, length: u32 };

export const mapCalls: readonly Syscall[] = [
  syscall(45, 'brk', { addr: ptr }, (_k, t, a) => brk(t, a.addr)),
  syscall(90, 'mmap', { args: ptr }, (k, t, a) => oldMap(k, t, a.args)),
  syscall(91, 'munmap', range, (_k, t, a) => munmap(t, a.addr, a.length)),
  syscall(125, 'mprotect', { ...range, prot: flagSet(PROT, 'PROT_NONE') }, (_k, t, a) =>
    mprotect(t, a.addr, a.length, a.prot),
  ),
  syscall(
    192,
    'mmap2',
    { addr: ptr, length: u32, prot: flagSet(PROT, 'PROT_NONE'), flags: flagSet(MAP), fd, pgoff: hex32 },
    (k, t, a) =>
      map(k, t, { address: a.addr, length: a.length, prot: a.prot, flags: a.flags, fd: a.fd, pgoff: a.pgoff }),
  ),
  unsupported(257, 'remap_file_pages', ENOSYS, 'deprecated; glibc and musl do not call it'),
];
