/** shmget(2), shmat(2), shmdt(2). */

import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EACCES, EINVAL, ENOMEM, ENOSPC, EPERM } from '../errno.ts';
import { O_LARGEFILE, O_RDONLY, O_RDWR } from '../fs/flags.ts';
import { sharedMemory } from '../fs/shmem.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { MAP_FIXED, MAP_SHARED, mapFile } from '../mm/mmap.ts';
import { VM_EXEC, VM_READ, VM_WRITE, type Vma } from '../mm/vma.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { ipcGet } from './get.ts';
import { obtain, ownership, permits, processNumber } from './object.ts';
import { ShmAttachment, ShmSegment } from './shm.ts';

export const SHM_HUGETLB = 0o4000;
export const SHM_RDONLY = 0o10000;
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;

export function shmget(k: Kernel, t: Task, key: number, size: number, flags: number): Result {
  const { ipc } = t.nsproxy;
  const id = ipcGet(t, {
    table: ipc.shm,
    limit: ipc.shmmni,
    key,
    flags,
    make: () => newSegment(k, t, key, size, flags),
    fits: (segment) => size <= segment.size,
  });
  const inode = id < 0 ? null : obtain(ipc.shm, id)?.file.inode;
  // As /proc/PID/maps shows it.
  if (inode) inode.ino = id;
  return id;
}

function newSegment(k: Kernel, t: Task, key: number, size: number, flags: number): ShmSegment | Result {
  const { ipc } = t.nsproxy;
  if (size < 1 || size > ipc.shmmax) return -EINVAL;
  if (ipc.shmPages + Math.ceil(size / PAGE_SIZE) > ipc.shmall) return -ENOSPC;
  // There is no pool of huge pages, and not everybody may ask for one.
  if (flags & SHM_HUGETLB) return t.cred.capable(CAP.IPC_LOCK) ? -ENOMEM : -EPERM;
  const name = `SYSV${(key >>> 0).toString(16).padStart(8, '0')}`;
  const file = sharedMemory(k, name, size);
  return new ShmSegment({ ...ownership(k, t, key, flags), ns: ipc, file, size, cpid: processNumber(t) });
}

/** The permissions of memory that is attached with these flags, and what they ask of the segment. */
function rightsOf(flags: number): { prot: number; access: number } {
  const writes = (flags & SHM_RDONLY) === 0;
  const runs = (flags & SHM_EXEC) !== 0;
  return {
    prot: VM_READ | (writes ? VM_WRITE : 0) | (runs ? VM_EXEC : 0),
    access: 0o444 | (writes ? 0o222 : 0) | (runs ? 0o111 : 0),
  };
}

/** The address to attach at, 0 for any, or -EINVAL. */
function addressFor(address: number, flags: number): number {
  if (address === 0) return flags & SHM_REMAP ? -EINVAL : 0;
  if ((address & PAGE_MASK) === 0) return address;
  if ((flags & SHM_RND) === 0) return -EINVAL;
  const rounded = (address & ~PAGE_MASK) >>> 0;
  return rounded === 0 && flags & SHM_REMAP ? -EINVAL : rounded;
}

/** shmat(2): the address, or a negated errno (Linux do_shmat). */
export function shmat(_k: Kernel, t: Task, id: number, where: number, flags: number): Result {
  if (id < 0) return -EINVAL;
  const address = addressFor(where, flags);
  if (address < 0) return address;
  const segment = obtain(t.nsproxy.ipc.shm, id);
  if (segment === null) return -EINVAL;
  const { prot, access } = rightsOf(flags);
  if (!permits(t, segment, access)) return -EACCES;
  return attach(t, segment, { address, fixed: where !== 0, prot, replace: (flags & SHM_REMAP) !== 0 });
}

interface Attach {
  readonly address: number;
  readonly fixed: boolean;
  /** VM_* bits. */
  readonly prot: number;
  /** What is mapped there goes. */
  readonly replace: boolean;
}

function attach(t: Task, segment: ShmSegment, { address, fixed, prot, replace }: Attach): Result {
  const { mount, dentry, inode, name } = segment.file;
  const length = segment.pages * PAGE_SIZE;
  const mm = t.mm!;
  if (fixed && !replace && (address + segment.size >= 2 ** 32 || !mm.isFree(address, address + length))) return -EINVAL;
  const flags = (prot & VM_WRITE ? O_RDWR : O_RDONLY) | O_LARGEFILE;
  const file = get(new ShmAttachment({ flags, mount, dentry, inode, name, segment }));
  const mapFlags = MAP_SHARED | (fixed ? MAP_FIXED : 0);
  const result = mapFile(t, { address, length, prot, flags: mapFlags, pgoff: 0 }, file);
  put(file);
  return result;
}

/** shmdt(2): takes away every area of the attachment that begins at `address` (Linux ksys_shmdt). */
export function shmdt(t: Task, address: number): Result {
  const mm = t.mm!;
  if ((address & PAGE_MASK) !== 0) return -EINVAL;
  const stands = (vma: Vma): boolean => vma.start - address === vma.pgoff << PAGE_SHIFT;
  const from = mm.indexAfter(address);
  const first = mm.vmas.slice(from).find((vma) => vma.file instanceof ShmAttachment && stands(vma));
  if (first === undefined) return -EINVAL;
  const { file } = first;
  const end = address + (file as ShmAttachment).segment.pages * PAGE_SIZE; // the search has checked the kind
  const gone = mm.vmas.filter((vma) => vma.file === file && vma.start >= address && vma.end <= end && stands(vma));
  for (const vma of gone) mm.unmap(vma.start, vma.end);
  return 0;
}
