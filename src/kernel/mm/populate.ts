/** Faulting pages in ahead of use: MAP_POPULATE, mlock(2). */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import type { Mm } from './mm.ts';
import { VM_SHARED, VM_WRITE } from './vma.ts';

/** Faults pages in ahead of use; stops quietly where that fails, as Linux does. */
export function populate(mm: Mm, start: number, end: number): void {
  for (let address = start; address < end; address += PAGE_SIZE) {
    const vma = mm.find(address);
    if (vma === null || mm.fault(address, vma.flags & VM_WRITE && !(vma.flags & VM_SHARED) ? 2 : 0) !== 'ok') return;
  }
}
