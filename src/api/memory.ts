/** Looking at a task's memory from outside: no page is faulted in, so looking changes nothing. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../cpu/ram.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Mm } from '../kernel/mm/mm.ts';
import { frameOf } from '../kernel/mm/pagetable.ts';
import { HostError } from './platform.ts';

/** `length` bytes at `address`. A mapped page that was never touched reads as what its first touch would show. Throws HostError EFAULT. */
export function peek(kernel: Kernel, mm: Mm, address: number, length: number): Uint8Array {
  const result = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const at = address + done;
    const size = Math.min(length - done, PAGE_SIZE - (at & PAGE_MASK));
    const bytes = pageBytes(kernel, mm, at);
    if (bytes !== null) result.set(bytes.subarray(at & PAGE_MASK, (at & PAGE_MASK) + size), done);
    done += size;
  }
  return result;
}

/** The page that holds `address`; null for one of zeros. */
function pageBytes(kernel: Kernel, mm: Mm, address: number): Uint8Array | null {
  const page = address >>> PAGE_SHIFT;
  const vma = mm.find(address);
  if (vma === null) throw new HostError('EFAULT', `0x${address.toString(16)}`, 'is not mapped in this address space');
  const entry = mm.tables.entry(page);
  if (entry !== 0) return kernel.frames.bytes(frameOf(entry));
  const inode = vma.file?.mappable() ?? null;
  if (inode === null) return null;
  const index = vma.pgoff + page - (vma.start >>> PAGE_SHIFT);
  const cached = inode.cache.get(index);
  if (cached !== undefined) return kernel.frames.bytes(cached);
  const start = index * PAGE_SIZE;
  if (start >= inode.lowerSize) return null;
  const content = new Uint8Array(PAGE_SIZE);
  content.set(kernel.host.base.read(inode.lower, start, Math.min(PAGE_SIZE, inode.lowerSize - start)));
  return content;
}
