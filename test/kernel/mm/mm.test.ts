import { describe, expect, it } from 'vitest';
import { Cpu } from '../../../src/cpu/cpu.ts';
import { PAGE_SIZE, Ram } from '../../../src/cpu/ram.ts';
import { Kernel } from '../../../src/kernel/kernel.ts';
import { get, put } from '../../../src/kernel/kobject/kobject.ts';
import { MMAP_BASE, TASK_SIZE } from '../../../src/kernel/mm/layout.ts';
import { Mm } from '../../../src/kernel/mm/mm.ts';
import { FAULT_WRITE } from '../../../src/kernel/mm/pagetable.ts';
import { VM_GROWSDOWN, VM_PROT, VM_READ, VM_WRITE } from '../../../src/kernel/mm/vma.ts';
import { noHost } from '../no-host.ts';

function newKernel(mib = 4): Kernel {
  return new Kernel(new Cpu(new Ram(mib)), noHost);
}

function newMm(kernel: Kernel): Mm {
  const mm = Mm.create(kernel);
  if (mm === null) throw new Error('RAM exhausted');
  return get(mm);
}

const RW = VM_READ | VM_WRITE;
const AT = 0x1000_0000;

function mapAnonymous(mm: Mm, start: number, pages: number, flags = RW): void {
  mm.insert({ start, end: start + pages * PAGE_SIZE, flags, pgoff: 0, file: null });
}

/** A generator of small integers with a seed (Park and Miller). */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

describe('an address space', () => {
  it('agrees with a page-by-page model over random maps, unmaps and protections', () => {
    const kernel = newKernel();
    const mm = newMm(kernel);
    const random = randomFrom(42);
    const model = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const [first, pages] = [random(64), 1 + random(8)];
      const [start, end] = [AT + first * PAGE_SIZE, AT + (first + pages) * PAGE_SIZE];
      const flags = [VM_READ, RW, 0][random(3)]!;
      const action = random(4);
      if (action === 0 && mm.isFree(start, end)) {
        mapAnonymous(mm, start, pages, flags);
        for (let p = first; p < first + pages; p++) model.set(p, flags);
      } else if (action === 1) {
        mm.unmap(start, end);
        for (let p = first; p < first + pages; p++) model.delete(p);
      } else if (action === 2 && mm.isCovered(start, end)) {
        mm.protect(start, end, flags);
        for (let p = first; p < first + pages; p++) model.set(p, flags);
      } else if (action === 3) {
        mm.fault(start, FAULT_WRITE);
      }
      mm.check();
    }
    for (let p = 0; p < 72; p++) {
      const vma = mm.find(AT + p * PAGE_SIZE);
      expect(vma === null ? undefined : vma.flags & VM_PROT, `page ${p}`).toBe(model.get(p));
    }
    put(mm);
    expect(kernel.frames.used).toBe(0);
  });

  it('merges neighbours that are alike and splits them again', () => {
    const mm = newMm(newKernel());
    mapAnonymous(mm, AT, 2);
    mapAnonymous(mm, AT + 4 * PAGE_SIZE, 2);
    mapAnonymous(mm, AT + 2 * PAGE_SIZE, 2);
    expect(mm.vmas).toHaveLength(1);
    mm.protect(AT + PAGE_SIZE, AT + 2 * PAGE_SIZE, VM_READ);
    expect(mm.vmas.map((v) => v.flags)).toEqual([RW, VM_READ, RW]);
    mm.protect(AT + PAGE_SIZE, AT + 2 * PAGE_SIZE, RW);
    expect(mm.vmas).toHaveLength(1);
  });

  it('keeps a forked copy apart from its parent, page by page, on first write', () => {
    const kernel = newKernel();
    const parent = newMm(kernel);
    mapAnonymous(parent, AT, 4);
    parent.put32(AT, 1);
    parent.put32(AT + PAGE_SIZE, 2);
    const used = kernel.frames.used;
    const child = get(parent.fork()!);
    const tables = 2;
    expect(kernel.frames.used, 'fork copies no page').toBe(used + tables);
    child.put32(AT, 10);
    parent.put32(AT + PAGE_SIZE, 20);
    expect([parent.get32(AT), parent.get32(AT + PAGE_SIZE)]).toEqual([1, 20]);
    expect([child.get32(AT), child.get32(AT + PAGE_SIZE)]).toEqual([10, 2]);
    parent.check();
    child.check();
    put(parent);
    put(child);
    expect(kernel.frames.used).toBe(0);
  });

  it('refuses access as its areas say', () => {
    const mm = newMm(newKernel());
    mapAnonymous(mm, AT, 1, VM_READ);
    mapAnonymous(mm, AT + PAGE_SIZE, 1, 0);
    expect(mm.fault(AT, FAULT_WRITE)).toBe('accerr');
    expect(mm.fault(AT, 0)).toBe('ok');
    expect(mm.fault(AT + PAGE_SIZE, 0)).toBe('accerr');
    expect(mm.fault(AT + 2 * PAGE_SIZE, 0)).toBe('maperr');
    expect(mm.put32(AT, 1)).toBe(false);
    expect(mm.get32(AT)).toBe(0);
    expect(mm.get32(AT + PAGE_SIZE - 2)).toBe(null);
    expect(mm.get32(TASK_SIZE)).toBe(null);
  });

  it('takes a page out of reach with PROT_NONE and gives it back with its content', () => {
    const mm = newMm(newKernel());
    mapAnonymous(mm, AT, 1);
    mm.put32(AT, 7);
    mm.protect(AT, AT + PAGE_SIZE, 0);
    expect(mm.get32(AT)).toBe(null);
    mm.protect(AT, AT + PAGE_SIZE, VM_READ);
    expect(mm.get32(AT)).toBe(7);
    expect(mm.put32(AT, 8)).toBe(false);
  });

  it('grows a stack downwards to its limit and not into a neighbour', () => {
    const mm = newMm(newKernel(64));
    const top = 0xbfff_e000;
    mapAnonymous(mm, top - PAGE_SIZE, 1, RW | VM_GROWSDOWN);
    expect(mm.fault(top - 100 * PAGE_SIZE, FAULT_WRITE)).toBe('ok');
    expect(mm.fault(top - (8 << 20), FAULT_WRITE)).toBe('ok');
    expect(mm.fault(top - (8 << 20) - 1, FAULT_WRITE)).toBe('maperr');
    const other = newMm(newKernel());
    mapAnonymous(other, top - PAGE_SIZE, 1, RW | VM_GROWSDOWN);
    mapAnonymous(other, top - 300 * PAGE_SIZE, 1);
    expect(other.fault(top - 20 * PAGE_SIZE, FAULT_WRITE)).toBe('ok');
    expect(other.fault(top - 100 * PAGE_SIZE, FAULT_WRITE), 'inside the guard gap').toBe('maperr');
  });

  it('says so when RAM is exhausted, and frees all of it at the end', () => {
    const kernel = newKernel(1);
    const mm = newMm(kernel);
    mapAnonymous(mm, AT, 1000);
    let pages = 0;
    while (mm.fault(AT + pages * PAGE_SIZE, FAULT_WRITE) === 'ok') pages++;
    expect(pages).toBe(256 - 2);
    expect(mm.fault(AT + pages * PAGE_SIZE, FAULT_WRITE)).toBe('oom');
    put(mm);
    expect(kernel.frames.used).toBe(0);
  });

  it('places mappings top-down in the highest gap', () => {
    const mm = newMm(newKernel());
    const first = mm.findGap(2 * PAGE_SIZE);
    expect(first).toBe(MMAP_BASE - 2 * PAGE_SIZE);
    mapAnonymous(mm, first, 2);
    mapAnonymous(mm, first - 4 * PAGE_SIZE, 1);
    expect(mm.findGap(3 * PAGE_SIZE)).toBe(first - 3 * PAGE_SIZE);
    expect(mm.findGap(4 * PAGE_SIZE)).toBe(first - 8 * PAGE_SIZE);
  });
});
