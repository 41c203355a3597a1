/** Areas of an address space (vm_area_struct), kept as a sorted table inside their Mm. Flags as Linux include/linux/mm.h. */
import type { File } from '../fd/file.ts';
import { count, optRef, struct, u32, type Values } from '../kobject/fields.ts';

export const VM_READ = 0x1;
export const VM_WRITE = 0x2;
export const VM_EXEC = 0x4;
export const VM_SHARED = 0x8;
export const VM_GROWSDOWN = 0x100;
export const VM_LOCKED = 0x2000;
export const VM_DONTCOPY = 0x20000;
export const VM_LOCKONFAULT = 0x80000;
export const VM_NORESERVE = 0x200000;
export const VM_WIPEONFORK = 0x200_0000;
/** Ours: the program break's area, shown as [heap]. */
export const VM_HEAP = 0x1000_0000;
/** Ours: the main stack, shown as [stack]. */
export const VM_STACK = 0x2000_0000;
/** Ours: the signal trampolines, shown as [sigpage]. */
export const VM_SIGPAGE = 0x4000_0000;

export const VM_PROT = VM_READ | VM_WRITE | VM_EXEC;
/** Every flag that an area may have; an image with another one is refused. */
export const VM_KNOWN =
  VM_PROT |
  VM_SHARED |
  VM_GROWSDOWN |
  VM_LOCKED |
  VM_LOCKONFAULT |
  VM_DONTCOPY |
  VM_WIPEONFORK |
  VM_NORESERVE |
  VM_HEAP |
  VM_STACK |
  VM_SIGPAGE;

const vmaFields = {
  start: u32('first byte, page-aligned', { show: 'hex' }),
  end: u32('past the last byte, page-aligned', { show: 'hex' }),
  flags: u32('VM_* bits', { show: 'hex' }),
  pgoff: count('page of the file that `start` shows'),
  file: optRef<File>('file', 'what is mapped; null for private anonymous memory'),
};

export const vmaField = struct(vmaFields, 'an area');
export type Vma = Values<typeof vmaFields>;

/** Whether `next`, which starts where `vma` ends, can be one area with it. */
export function mergeable(vma: Vma, next: Vma): boolean {
  if (vma.end !== next.start || vma.flags !== next.flags || vma.file !== next.file) return false;
  if (vma.file?.countsAreas) return false;
  return vma.file === null || next.pgoff === vma.pgoff + ((vma.end - vma.start) >>> 12);
}

/** As /proc/PID/maps prints it: `rwxp`. */
export function protection(vma: Pick<Vma, 'flags'>): string {
  const bit = (flag: number, c: string): string => ((vma.flags & flag) !== 0 ? c : '-');
  return bit(VM_READ, 'r') + bit(VM_WRITE, 'w') + bit(VM_EXEC, 'x') + ((vma.flags & VM_SHARED) !== 0 ? 's' : 'p');
}
