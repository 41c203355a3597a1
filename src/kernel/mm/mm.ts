/** Address spaces (mm_struct): areas, page tables, faults. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import { assert, ImageError } from '../kobject/errors.ts';
import { bytes, list, optRef, struct, transient, u32 } from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import { checkLdt } from '../task/ldt.ts';
import { Waitable } from '../task/wait.ts';
import { MMAP_BASE, MMAP_MIN, TASK_SIZE } from './layout.ts';
import { type OwnedPage, PAGE_WRITABLE, type PageOwner } from './owner.ts';
import { FAULT_WRITE, frameOf, PageTable, PTE_ACCESSED, PTE_DIRTY, PTE_USER, PTE_WRITABLE } from './pagetable.ts';
import { copyFromUser, copyToUser, readString, type Segment, UserBuffer } from './user.ts';
import {
  mergeable,
  VM_DONTCOPY,
  VM_GROWSDOWN,
  VM_KNOWN,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_PROT,
  VM_SHARED,
  VM_WIPEONFORK,
  VM_WRITE,
  type Vma,
  vmaField,
} from './vma.ts';

/** How a page fault ended: the access may be tried again, or the signal it becomes. */
export type Fault = 'ok' | 'maperr' | 'accerr' | 'bus' | 'oom';

/** Linux's stack_guard_gap: a growing stack stays 256 pages away from its neighbour. */
const STACK_GUARD = 256 * PAGE_SIZE;
const DEFAULT_STACK_LIMIT = 8 << 20;

/** What an entry keeps when its page moves. */
const KEPT_FLAGS = PTE_USER | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY;

function place(what: string) {
  return u32(what, { initial: 0, show: 'hex' });
}

export class Mm
  extends derived(Waitable, 'mm', 3, {
    vmas: list(vmaField, 'areas, sorted by start, never overlapping'),
    layout: struct(
      {
        startCode: place('first byte of the program text'),
        endCode: place('past the program text'),
        startData: place('first byte of initialised data'),
        endData: place('past initialised data'),
        startBrk: place('where the heap begins'),
        brk: place('the program break, brk(2)'),
        startStack: place('esp at the start of the program'),
        argStart: place('argv strings'),
        argEnd: place('past the argv strings'),
        envStart: place('environment strings'),
        envEnd: place('past the environment strings'),
      },
      'what /proc/PID/stat and brk(2) know of the program',
    ),
    auxv: bytes('the auxiliary vector, as /proc/PID/auxv shows it', { initial: new Uint8Array(0) }),
    exe: optRef<File>('file', '/proc/PID/exe'),
    stackLimit: u32('RLIMIT_STACK in bytes, as of exec', { initial: DEFAULT_STACK_LIMIT }),
    ldt: list(u32('half a descriptor', { show: 'hex' }), 'modify_ldt(2): lo, hi of each entry', { since: 2 }),
    lockFuture: u32('MCL_FUTURE: VM_LOCKED and VM_LOCKONFAULT of areas to come', { initial: 0, since: 3, show: 'hex' }),
    kernel: transient<Kernel | null>('set by create and afterLoad', () => null),
    table: transient<PageTable | null>('built by create and afterLoad, filled from the pagemap', () => null),
    present: transient<number>('pages in the table (RSS), counted as they come and go', () => 0),
  })
  implements PageOwner
{
  /** An empty address space, or null when RAM is exhausted. */
  static create(kernel: Kernel): Mm | null {
    const mm = new Mm({});
    mm.attach(kernel);
    return mm.tables.root < 0 ? null : mm;
  }

  private attach(kernel: Kernel): void {
    this.kernel = kernel;
    this.table = new PageTable(kernel.frames, kernel.cpu);
  }

  override afterLoad(kernel: Kernel): void {
    this.attach(kernel);
    for (const { file } of this.vmas) file?.areaFound();
  }

  /** An area of the file comes to be: the area holds it. */
  private hold(file: File | null): void {
    if (file === null) return;
    get(file);
    file.areaOpened(this.k);
  }

  private drop(file: File | null): void {
    if (file === null) return;
    file.areaClosed(this.k);
    put(file);
  }

  get tables(): PageTable {
    assert(this.table !== null, 'an Mm without page tables');
    return this.table;
  }

  private get k(): Kernel {
    assert(this.kernel !== null, 'an Mm outside a kernel');
    return this.kernel;
  }

  /** A NUL-terminated byte string at `address`, or its first `max` bytes; null for EFAULT. */
  readString(address: number, max: number): string | null {
    return readString(this, this.k.frames, address, max);
  }

  /** `length` bytes at `address`; null for EFAULT. */
  readBytes(address: number, length: number): Uint8Array<ArrayBuffer> | null {
    const data = new Uint8Array(length);
    return copyFromUser(this, this.k.frames, address, data) === length ? data : null;
  }

  /** Writes all of `data` to `address`; false for EFAULT, where pages before the bad one are written. */
  writeBytes(address: number, data: Uint8Array): boolean {
    return copyToUser(this, this.k.frames, address, data) === data.length;
  }

  /** Zeroes `length` bytes; false for EFAULT. */
  zero(address: number, length: number): boolean {
    return this.writeBytes(address, new Uint8Array(length));
  }

  /** The little-endian uint32 at `address`; null for EFAULT. */
  get32(address: number): number | null {
    const data = this.readBytes(address, 4);
    return data === null ? null : new DataView(data.buffer).getUint32(0, true);
  }

  /** Writes a little-endian 32-bit value; false for EFAULT. */
  put32(address: number, value: number): boolean {
    return this.writeBytes(address, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  /** The little-endian uint64 at `address`; null for EFAULT. */
  get64(address: number): bigint | null {
    const data = this.readBytes(address, 8);
    return data === null ? null : new DataView(data.buffer).getBigUint64(0, true);
  }

  /** Writes a little-endian 64-bit value; false for EFAULT. */
  put64(address: number, value: bigint): boolean {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigInt64(0, BigInt.asIntN(64, value), true);
    return this.writeBytes(address, data);
  }

  /** User memory for a read or write call. */
  buffer(segments: readonly Segment[]): UserBuffer {
    return new UserBuffer(this, this.k.frames, segments);
  }

  /** Index in `vmas` of the first area that ends after `address` (Linux find_vma), or vmas.length. */
  indexAfter(address: number): number {
    let low = 0;
    let high = this.vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.vmas[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The area that holds `address`, or null. */
  find(address: number): Vma | null {
    const vma = this.vmas[this.indexAfter(address)];
    return vma !== undefined && vma.start <= address ? vma : null;
  }

  /** Whether nothing is mapped in [start, end). */
  isFree(start: number, end: number): boolean {
    const next = this.vmas[this.indexAfter(start)];
    return next === undefined || next.start >= end;
  }

  /** The highest free range of `length` bytes below `below` (top-down, as Linux places mappings), or -1. */
  findGap(length: number, below: number = MMAP_BASE): number {
    for (let i = this.vmas.length, ceiling = below; ; i--) {
      const vma = this.vmas[i - 1];
      const floor = vma === undefined ? MMAP_MIN : vma.end;
      if (ceiling - floor >= length) return ceiling - length;
      if (vma === undefined) return -1;
      ceiling = Math.min(ceiling, vma.start - (vma.flags & VM_GROWSDOWN ? STACK_GUARD : 0));
    }
  }

  /** Adds an area to a free range and merges it with its neighbours. The area takes a reference of its file. */
  insert(vma: Vma): void {
    assert(this.isFree(vma.start, vma.end), 'an area over another one');
    this.hold(vma.file);
    const at = this.indexAfter(vma.start);
    this.vmas.splice(at, 0, vma);
    this.mergeAround(at, at);
  }

  /** Makes `address` a border between areas. */
  split(address: number): void {
    const at = this.indexAfter(address);
    const vma = this.vmas[at];
    if (vma === undefined || vma.start >= address) return;
    this.hold(vma.file);
    const pages = vma.file === null ? 0 : (address - vma.start) >>> PAGE_SHIFT;
    this.vmas.splice(at + 1, 0, { ...vma, start: address, pgoff: vma.pgoff + pages });
    vma.end = address;
  }

  /** The areas in [start, end), split off at both borders; null when the range is not mapped throughout and `whole` is set. */
  isolate(start: number, end: number, whole: boolean): Vma[] | null {
    if (whole && !this.isCovered(start, end)) return null;
    this.split(start);
    this.split(end);
    const first = this.indexAfter(start);
    let last = first;
    while (last < this.vmas.length && this.vmas[last]!.start < end) last++;
    return this.vmas.slice(first, last);
  }

  /** Whether every byte of [start, end) is mapped. */
  isCovered(start: number, end: number): boolean {
    let reached = start;
    for (let i = this.indexAfter(start); reached < end; i++) {
      const vma = this.vmas[i];
      if (vma === undefined || vma.start > reached) return false;
      reached = vma.end;
    }
    return true;
  }

  /** Merges the areas in [start, end) with each other and their neighbours where they are alike. */
  mergeRange(start: number, end: number): void {
    const first = this.indexAfter(start);
    let last = first;
    while (last + 1 < this.vmas.length && this.vmas[last + 1]!.start <= end) last++;
    this.mergeAround(first, last);
  }

  private mergeAround(first: number, last: number): void {
    for (let i = Math.min(last, this.vmas.length - 2); i >= Math.max(0, first - 1); i--) {
      const [vma, next] = [this.vmas[i]!, this.vmas[i + 1]!];
      if (!mergeable(vma, next)) continue;
      vma.end = next.end;
      this.vmas.splice(i + 1, 1);
      this.drop(next.file);
    }
  }

  /** Removes what is mapped in [start, end). */
  unmap(start: number, end: number): void {
    const gone = this.isolate(start, end, false)!;
    if (gone.length === 0) return;
    this.zap(start, end);
    this.vmas.splice(this.indexAfter(start), gone.length);
    for (const vma of gone) this.drop(vma.file);
  }

  /** Drops the pages of [start, end) and keeps the areas. */
  zap(start: number, end: number): void {
    const pages: number[] = [];
    this.tables.forEach(start >>> PAGE_SHIFT, pageEnd(end), (page) => pages.push(page));
    for (const page of pages) {
      this.k.frames.put(frameOf(this.tables.take(page)));
      this.present--;
    }
    if (pages.length > 0) this.tables.prune(start >>> PAGE_SHIFT, pageEnd(end));
  }

  /** Changes the protection of what is mapped in [start, end), which is mapped throughout. `prot` is of VM_PROT. */
  protect(start: number, end: number, prot: number): void {
    for (const vma of this.isolate(start, end, true) ?? []) vma.flags = (vma.flags & ~VM_PROT) | prot;
    // Entries become writable again by a fault, which knows about sharing. PROT_NONE keeps its pages, out of reach.
    const [set, clear] = prot === 0 ? [0, PTE_USER | PTE_WRITABLE] : [PTE_USER, PTE_WRITABLE];
    this.tables.forEach(start >>> PAGE_SHIFT, pageEnd(end), (page) => this.tables.setFlags(page, set, clear));
    this.mergeRange(start, end);
  }

  /** Moves the pages of `length` bytes at `from` to `to`, whose range has no pages. False when RAM is exhausted. */
  movePages(from: number, to: number, length: number): boolean {
    // No shift of bits: the distance may not fit 31 of them.
    const shift = (to - from) / PAGE_SIZE;
    const moved: [number, number][] = [];
    this.tables.forEach(from >>> PAGE_SHIFT, pageEnd(from + length), (page, entry) => moved.push([page, entry]));
    for (const [page, entry] of moved) {
      if (!this.tables.set(page + shift, frameOf(entry), entry & KEPT_FLAGS)) return false;
      this.tables.take(page);
    }
    this.tables.prune(from >>> PAGE_SHIFT, pageEnd(from + length));
    return true;
  }

  /**
   * Makes a page present and, for a write, writable, if the areas allow it.
   * @param linear the faulting address
   * @param code the processor's error code; only its write bit matters
   */
  fault(linear: number, code: number): Fault {
    const vma = this.find(linear) ?? this.growStack(linear);
    if (vma === null) return 'maperr';
    const write = (code & FAULT_WRITE) !== 0;
    // i386 page tables know no "execute only" and no "write only": any right gives reading.
    if ((vma.flags & (write ? VM_WRITE : VM_PROT)) === 0) return 'accerr';
    const page = linear >>> PAGE_SHIFT;
    const entry = this.tables.entry(page);
    if (entry === 0) return this.demand(vma, page, write);
    return write ? this.makeWritable(vma, page, entry) : 'ok';
  }

  /**
   * The frame that `address` lies in, whatever its area allows, as ptrace(2) reaches it; -1 where nothing is mapped, and
   * for writes to shared memory that is not writable. A write makes a private page the task's own.
   */
  forcedFrame(address: number, write: boolean): number {
    const vma = address >= TASK_SIZE ? null : (this.find(address) ?? this.growStack(address));
    if (vma === null) return -1;
    const mayWrite = (vma.flags & VM_WRITE) !== 0;
    if (write && !mayWrite && (vma.flags & VM_SHARED) !== 0) return -1;
    const page = address >>> PAGE_SHIFT;
    const entry = this.tables.entry(page);
    if (entry === 0 && this.demand(vma, page, write) !== 'ok') return -1;
    if (entry !== 0 && write && this.makeWritable(vma, page, entry) !== 'ok') return -1;
    // The task itself gets no more rights by that than its area gives.
    const denied = (mayWrite ? 0 : PTE_WRITABLE) | ((vma.flags & VM_PROT) === 0 ? PTE_USER : 0);
    this.tables.setFlags(page, write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED, denied);
    return frameOf(this.tables.entry(page));
  }

  /** A page's first touch. */
  private demand(vma: Vma, page: number, write: boolean): Fault {
    if (vma.file === null) {
      const frame = this.k.frames.alloc();
      return frame < 0 ? 'oom' : this.install(page, frame, PTE_USER | (vma.flags & VM_WRITE ? PTE_WRITABLE : 0));
    }
    const inode = vma.file.mappable();
    const index = vma.pgoff + page - (vma.start >>> PAGE_SHIFT);
    if (inode === null || index * PAGE_SIZE >= inode.size) return 'bus';
    const cached = inode.pageFrame(index);
    if (cached < 0) return 'oom';
    if (!write) return this.install(page, this.k.frames.get(cached), PTE_USER);
    if (vma.flags & VM_SHARED) {
      inode.dirtyPage(index);
      return this.install(page, this.k.frames.get(cached), PTE_USER | PTE_WRITABLE);
    }
    const copy = this.k.frames.copy(cached);
    return copy < 0 ? 'oom' : this.install(page, copy, PTE_USER | PTE_WRITABLE);
  }

  /** A write to a page that is present but not writable: copy on write, or a shared page's first write. */
  private makeWritable(vma: Vma, page: number, entry: number): Fault {
    if (entry & PTE_WRITABLE) return 'ok';
    const frame = frameOf(entry);
    if (vma.flags & VM_SHARED) {
      vma.file?.mappable()?.dirtyPage(vma.pgoff + page - (vma.start >>> PAGE_SHIFT));
    } else if (this.k.frames.refs(frame) > 1) {
      const copy = this.k.frames.copy(frame);
      if (copy < 0) return 'oom';
      this.k.frames.put(frame);
      this.tables.set(page, copy, PTE_USER | PTE_WRITABLE | PTE_ACCESSED);
      return 'ok';
    }
    this.tables.setFlags(page, PTE_WRITABLE, 0);
    return 'ok';
  }

  private install(page: number, frame: number, flags: number): Fault {
    if (!this.tables.set(page, frame, flags)) {
      this.k.frames.put(frame);
      return 'oom';
    }
    this.present++;
    return 'ok';
  }

  /** Lets the stack below `linear` grow down to it (Linux expand_downwards), or null. */
  private growStack(linear: number): Vma | null {
    const at = this.indexAfter(linear);
    const vma = this.vmas[at];
    if (vma === undefined || (vma.flags & VM_GROWSDOWN) === 0) return null;
    const start = (linear & ~PAGE_MASK) >>> 0;
    const below = this.vmas[at - 1];
    if (start < MMAP_MIN || vma.end - start > this.stackLimit) return null;
    if (below !== undefined && start - below.end < STACK_GUARD) return null;
    vma.start = start;
    return vma;
  }

  /** A copy for a forked task: private pages are shared until one side writes. Null when RAM is exhausted. */
  fork(): Mm | null {
    const child = Mm.create(this.k);
    if (child === null) return null;
    child.layout = { ...this.layout };
    child.auxv = this.auxv;
    child.stackLimit = this.stackLimit;
    child.ldt = [...this.ldt];
    if (this.exe !== null) child.exe = get(this.exe);
    for (const vma of this.vmas) {
      if (vma.flags & VM_DONTCOPY) continue;
      child.insert({ ...vma, flags: vma.flags & ~(VM_LOCKED | VM_LOCKONFAULT) });
      if ((vma.flags & VM_WIPEONFORK) === 0 && !this.sharePages(vma, child)) {
        get(child);
        put(child);
        return null;
      }
    }
    return child;
  }

  private sharePages(vma: Vma, child: Mm): boolean {
    const shared = (vma.flags & VM_SHARED) !== 0;
    const entries: [number, number][] = [];
    this.tables.forEach(vma.start >>> PAGE_SHIFT, pageEnd(vma.end), (page, entry) => entries.push([page, entry]));
    for (const [page, entry] of entries) {
      if (!shared) this.tables.setFlags(page, 0, PTE_WRITABLE);
      const frame = this.k.frames.get(frameOf(entry));
      if (child.install(page, frame, entry & (shared ? PTE_USER | PTE_WRITABLE : PTE_USER)) !== 'ok') return false;
    }
    return true;
  }

  override released(): void {
    if (this.table === null) return;
    for (const { file } of this.vmas) file?.areaClosed(this.k);
    this.zap(0, TASK_SIZE);
    this.table.release();
    super.released();
  }

  /** Pages mapped, as /proc/PID/statm counts them. */
  get totalPages(): number {
    return this.vmas.reduce((sum, vma) => sum + ((vma.end - vma.start) >>> PAGE_SHIFT), 0);
  }

  /** Present pages in [start, end). */
  presentIn(start: number, end: number): number {
    let found = 0;
    this.tables.forEach(start >>> PAGE_SHIFT, pageEnd(end), () => found++);
    return found;
  }

  pages(): Iterable<OwnedPage> {
    const result: OwnedPage[] = [];
    this.tables.forEach(0, TASK_SIZE >>> PAGE_SHIFT, (index, entry) => {
      result.push({ index, frame: frameOf(entry), flags: entry & PTE_WRITABLE ? PAGE_WRITABLE : 0 });
    });
    return result;
  }

  tableFrames(): readonly number[] {
    return this.table?.tableFrames() ?? [];
  }

  adoptPage(index: number, frame: number, flags: number): void {
    const path = `mm.page[0x${(index * PAGE_SIZE).toString(16)}]`;
    const vma = index < TASK_SIZE / PAGE_SIZE ? this.find(index * PAGE_SIZE) : null;
    if (vma === null) throw new ImageError('EPAGEMAP', path, 'lies in no area');
    if (this.tables.entry(index) !== 0) throw new ImageError('EPAGEMAP', path, 'stands twice');
    if ((flags & ~PAGE_WRITABLE) !== 0) throw new ImageError('EPAGEMAP', path, `unknown flags ${flags}`);
    if (flags & PAGE_WRITABLE && !(vma.flags & VM_WRITE))
      throw new ImageError('EPAGEMAP', path, 'writable in a read-only area');
    const user = vma.flags & VM_PROT ? PTE_USER : 0;
    if (this.install(index, frame, user | (flags & PAGE_WRITABLE ? PTE_WRITABLE : 0)) !== 'ok') {
      throw new ImageError('ENOMEM', path, 'guest RAM is exhausted');
    }
  }

  override check(): void {
    let reached = 0;
    for (const vma of this.vmas) {
      const where = `area ${vma.start.toString(16)}-${vma.end.toString(16)}`;
      assert(((vma.start | vma.end) & PAGE_MASK) === 0, `${where} is not page-aligned`);
      assert(vma.start >= reached && vma.end > vma.start, `${where} overlaps or is out of order`);
      assert((vma.flags & ~VM_KNOWN) === 0, `${where} has unknown flags`);
      assert((vma.flags & VM_SHARED) === 0 || vma.file !== null, `${where} is shared without a file`);
      reached = vma.end;
    }
    assert(reached <= TASK_SIZE, 'an area past TASK_SIZE');
    checkLdt(this.ldt);
    if (this.table !== null) this.checkPages();
  }

  private checkPages(): void {
    let present = 0;
    this.tables.forEach(0, TASK_SIZE >>> PAGE_SHIFT, (page, entry) => {
      present++;
      const vma = this.find(page * PAGE_SIZE);
      assert(vma !== null, `page ${page.toString(16)} lies in no area`);
      if (!(entry & PTE_WRITABLE)) return;
      assert((vma.flags & VM_WRITE) !== 0, `page ${page.toString(16)} is writable in a read-only area`);
      const alone = (vma.flags & VM_SHARED) !== 0 || this.k.frames.refs(frameOf(entry)) === 1;
      assert(alone, `page ${page.toString(16)} is private, writable and shared`);
    });
    assert(present === this.present, 'the count of present pages is wrong');
  }
}

/** Page number past the last page of a range that ends at `end` (exclusive; may be 4 GiB). */
function pageEnd(end: number): number {
  return Math.ceil(end / PAGE_SIZE);
}
