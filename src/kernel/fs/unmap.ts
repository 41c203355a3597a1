/** Taking a file's pages out of address spaces (Linux unmap_mapping_range). */
import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import type { Mm } from '../mm/mm.ts';
import type { Regular } from './regular.ts';

/** Every address space of the container, once, in the order of its tasks. */
export function addressSpaces(k: Kernel): Set<Mm> {
  const result = new Set<Mm>();
  for (const task of k.container.tasks) if (task.mm !== null) result.add(task.mm);
  return result;
}

/** Every open file that a descriptor of some task has. */
export function openFiles(k: Kernel): File[] {
  const tables = new Set(k.container.tasks.filter((task) => task.alive).map((task) => task.files));
  return [...tables].flatMap((table) => Array.from(table.fds.values(), ({ file }) => file));
}

/** Removes pages first .. end - 1 of the file from all mappings; private copies beyond a truncated end go too, as in Linux. */
export function unmapFile(k: Kernel, inode: Regular, first: number, end: number): void {
  for (const mm of addressSpaces(k)) {
    for (const vma of mm.vmas) {
      if (vma.file === null || vma.file.mappable() !== inode) continue;
      const last = vma.pgoff + ((vma.end - vma.start) >>> PAGE_SHIFT);
      const from = Math.max(first, vma.pgoff);
      const to = Math.min(end, last);
      if (from < to) mm.zap(vma.start + (from - vma.pgoff) * PAGE_SIZE, vma.start + (to - vma.pgoff) * PAGE_SIZE);
    }
  }
}
