/**
 * Paging: the two-level walk, the read and write TLBs, and the linear memory helpers that every slow path uses.
 *
 * A TLB has one entry for each linear page: `hostPage - linearPage` when an access may go ahead without a look at the
 * page table (its low 12 bits are then zero), NO_ENTRY otherwise; in memory it is complemented. An aligned access of
 * size n is allowed when `((entry | linear) & (n - 1 | 1)) === 0`, which covers miss, permission, alignment and page
 * crossing in one test.
 * SDM vol. 3A, ch. 4.3 (32-bit paging). Only 4 KiB pages; everything runs at CPL 3.
 */
import { AC, GUEST_FAULT, type GuestFault, PF, PF_PRESENT, PF_RESERVED, PF_USER, PF_WRITE } from './fault.ts';
import { NO_ENTRY, READ_ENTRY, WRITE_ENTRY } from './layout.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE, RAM_BASE, type Ram, READ_TLB, WRITE_TLB } from './ram.ts';

/** Page-table entry bits. */
export const PTE_P = 1;
export const PTE_W = 2;
export const PTE_U = 4;
export const PTE_A = 0x20;
export const PTE_D = 0x40;
const PDE_PS = 0x80;

/** More filled pages than this and the whole TLB is flushed. */
const FILLED_LIMIT = 1 << 16;

export class Mmu {
  readonly ram: Ram;
  /** Exception vector of the last fault. */
  vector = 0;
  /** Error code as pushed; 0 for vectors that push none. */
  errorCode = 0;
  /** Linear address of the last page fault, uint32. */
  cr2 = 0;
  /** One per frame: 1 when decoded code of that frame is cached, so writes must be seen. */
  readonly hasCode: Uint8Array;
  /** EFLAGS.AC: unaligned data accesses fault (CR0.AM is taken as set). */
  protected alignCheck = false;
  /** Linear pages with breakpoints: they stay out of the TLBs, so that every access to them is seen. */
  private kept: readonly number[] = [];
  private root = 0;
  private readonly filled = new Int32Array(FILLED_LIMIT);
  private filledCount = 0;

  constructor(ram: Ram) {
    this.ram = ram;
    this.hasCode = new Uint8Array(ram.frames);
  }

  /** Guest-physical address of the page directory. Setting it flushes the TLBs. */
  get cr3(): number {
    return this.root;
  }
  set cr3(value: number) {
    this.root = (value & ~PAGE_MASK) >>> 0;
    this.flushTlb();
  }

  /** Forgets every translation. Costs what was filled, not 8 MiB. */
  flushTlb(): void {
    const m = this.ram.i32;
    const filled = this.filled;
    for (let i = 0; i < this.filledCount; i++) {
      const page = filled[i]!;
      m[READ_ENTRY + page] = ~NO_ENTRY;
      m[WRITE_ENTRY + page] = ~NO_ENTRY;
    }
    this.filledCount = 0;
  }

  /** Forgets the translation of one page (INVLPG). */
  invalidatePage(linear: number): void {
    const page = linear >>> PAGE_SHIFT;
    this.ram.i32[READ_ENTRY + page] = ~NO_ENTRY;
    this.ram.i32[WRITE_ENTRY + page] = ~NO_ENTRY;
  }

  /** Keeps these linear pages, and no others, out of the TLBs. */
  protected keepOut(pages: readonly number[]): void {
    for (const page of [...this.kept, ...pages]) this.invalidatePage(page << PAGE_SHIFT);
    this.kept = pages;
  }

  /** Whoever accesses data where hostRead and hostWrite say tells it here, just before: breakpoints want to know. */
  noteAccess(linear: number, size: number, write: boolean): void {
    if (this.kept.length !== 0) this.accessed(linear, size, write);
  }

  /** A data access to some page goes ahead while pages are kept out. The processor overrides both. */
  protected touched(_linear: number): void {}
  /** The same, just before its bytes are read or written. */
  protected accessed(_linear: number, _size: number, _write: boolean): void {}

  /** Takes the fast write path away from a frame that now holds decoded code. */
  protected protectFrame(frame: number): void {
    const m = this.ram.i32;
    for (let i = 0; i < this.filledCount; i++) {
      const page = this.filled[i]!;
      const entry = ~m[WRITE_ENTRY + page]!;
      if (entry !== NO_ENTRY && (entry + (page << PAGE_SHIFT) - RAM_BASE) >>> PAGE_SHIFT === frame) {
        m[WRITE_ENTRY + page] = ~NO_ENTRY;
      }
    }
  }

  /** Sets the fault and returns what to throw: `throw cpu.fault(UD)`. */
  fault(vector: number, errorCode = 0): GuestFault {
    this.vector = vector;
    this.errorCode = errorCode;
    return GUEST_FAULT;
  }

  private pageFault(linear: number, code: number): GuestFault {
    this.cr2 = linear >>> 0;
    return this.fault(PF, code | PF_USER);
  }

  /**
   * Walks the tables as a CPL 3 access would, sets A (and D for a write), and returns the frame number.
   * Throws a page fault; tables or pages outside RAM, and 4 MiB pages, fault with the reserved bit.
   */
  private walk(linear: number, write: boolean): number {
    const m = this.ram.i32;
    const access = write ? PF_WRITE : 0;
    const need = write ? PTE_P | PTE_W | PTE_U : PTE_P | PTE_U;
    if (this.root >= this.ram.size) throw this.pageFault(linear, access | PF_PRESENT | PF_RESERVED);
    const pdeAt = (RAM_BASE + this.root + ((linear >>> 22) << 2)) >>> 2;
    const pde = m[pdeAt]!;
    if ((pde & PTE_P) === 0) throw this.pageFault(linear, access);
    const table = (pde & ~PAGE_MASK) >>> 0;
    if ((pde & PDE_PS) !== 0 || table >= this.ram.size) {
      throw this.pageFault(linear, access | PF_PRESENT | PF_RESERVED);
    }
    const pteAt = (RAM_BASE + table + (((linear >>> PAGE_SHIFT) & 0x3ff) << 2)) >>> 2;
    const pte = m[pteAt]!;
    if ((pte & PTE_P) === 0) throw this.pageFault(linear, access);
    if ((pde & pte & need) !== need) throw this.pageFault(linear, access | PF_PRESENT);
    const frame = pte >>> PAGE_SHIFT;
    if (frame >= this.ram.frames) throw this.pageFault(linear, access | PF_PRESENT | PF_RESERVED);
    m[pdeAt] = pde | PTE_A;
    m[pteAt] = m[pteAt]! | (write ? PTE_A | PTE_D : PTE_A);
    return frame;
  }

  private fill(table: number, linear: number, frame: number): number {
    const m = this.ram.i32;
    const page = linear >>> PAGE_SHIFT;
    const entry = (RAM_BASE + frame * PAGE_SIZE - page * PAGE_SIZE) | 0;
    if (this.kept.length !== 0 && this.kept.includes(page)) return entry;
    if (~m[READ_ENTRY + page]! === NO_ENTRY && ~m[WRITE_ENTRY + page]! === NO_ENTRY) {
      if (this.filledCount === FILLED_LIMIT) this.flushTlb();
      this.filled[this.filledCount++] = page;
    }
    m[table + page] = ~entry;
    return entry;
  }

  /** Byte offset in the board's memory of a readable linear address. Throws a page fault. */
  hostRead(linear: number): number {
    let entry = ~this.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (entry === NO_ENTRY) {
      const frame = this.walk(linear, false);
      if (this.kept.length !== 0) this.touched(linear);
      entry = this.fill(READ_ENTRY, linear, frame);
    }
    return (entry + linear) >>> 0;
  }

  /** The same for instruction bytes, whose reads are no data accesses. */
  hostFetch(linear: number): number {
    let entry = ~this.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (entry === NO_ENTRY) entry = this.fill(READ_ENTRY, linear, this.walk(linear, false));
    return (entry + linear) >>> 0;
  }

  /** The same for a writable address; decoded code that `size` bytes there would change is dropped. */
  hostWrite(linear: number, size: number): number {
    const entry = ~this.ram.i32[WRITE_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (entry !== NO_ENTRY) return (entry + linear) >>> 0;
    const frame = this.walk(linear, true);
    if (this.kept.length !== 0) this.touched(linear);
    if (this.hasCode[frame] !== 0) this.codeWritten(frame, linear & PAGE_MASK, size);
    if (this.hasCode[frame] === 0) this.fill(WRITE_ENTRY, linear, frame);
    return RAM_BASE + frame * PAGE_SIZE + (linear & PAGE_MASK);
  }

  /** A store is about to change `size` bytes of a frame that holds decoded code. The processor overrides it. */
  protected codeWritten(_frame: number, _offset: number, _size: number): void {}

  /** Throws #AC when EFLAGS.AC asks for aligned data and a datum of `size` bytes, a power of 2, is not. SDM vol. 3A, table 6-7. */
  checkAlignment(linear: number, size: number): void {
    if (this.alignCheck && (linear & (size - 1)) !== 0) throw this.fault(AC, 0);
  }

  /** Reads an unsigned byte at a linear address. All helpers throw GUEST_FAULT when the access faults. */
  readMem8(linear: number): number {
    const e = ~this.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if ((e & 1) === 0) return this.ram.u8[(e + linear) >>> 0]!;
    if (this.kept.length !== 0) this.accessed(linear, 1, false);
    return this.ram.u8[this.hostRead(linear)]!;
  }

  /** Reads an unsigned 16-bit word, at any alignment. */
  readMem16(linear: number): number {
    const e = ~this.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (((e | linear) & 1) === 0) return this.ram.u16[(e + linear) >>> 1]!;
    this.checkAlignment(linear, 2);
    if (this.kept.length !== 0) this.accessed(linear, 2, false);
    const u8 = this.ram.u8;
    const low = u8[this.hostRead(linear)]!;
    return low | (u8[this.hostRead((linear + 1) | 0)]! << 8);
  }

  /** Reads a signed 32-bit word, at any alignment. */
  readMem32(linear: number): number {
    const e = ~this.ram.i32[READ_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (((e | linear) & 3) === 0) return this.ram.i32[(e + linear) >>> 2]!;
    this.checkAlignment(linear, 4);
    if (this.kept.length !== 0) this.accessed(linear, 4, false);
    const u8 = this.ram.u8;
    if ((linear & PAGE_MASK) <= PAGE_SIZE - 4) {
      const at = this.hostRead(linear);
      return u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
    }
    let value = 0;
    for (let i = 0; i < 4; i++) value |= u8[this.hostRead((linear + i) | 0)]! << (i * 8);
    return value;
  }

  writeMem8(linear: number, value: number): void {
    const e = ~this.ram.i32[WRITE_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if ((e & 1) === 0) this.ram.u8[(e + linear) >>> 0] = value;
    else this.writeBytes(linear, value, 1);
  }

  writeMem16(linear: number, value: number): void {
    const e = ~this.ram.i32[WRITE_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (((e | linear) & 1) === 0) this.ram.u16[(e + linear) >>> 1] = value;
    else this.writeBytes(linear, value, 2);
  }

  writeMem32(linear: number, value: number): void {
    const e = ~this.ram.i32[WRITE_ENTRY + (linear >>> PAGE_SHIFT)]!;
    if (((e | linear) & 3) === 0) this.ram.i32[(e + linear) >>> 2] = value;
    else this.writeBytes(linear, value, 4);
  }

  private writeBytes(linear: number, value: number, size: number): void {
    this.checkAlignment(linear, size);
    if (this.kept.length !== 0) this.accessed(linear, size, true);
    const u8 = this.ram.u8;
    if ((linear & PAGE_MASK) <= PAGE_SIZE - size) {
      const at = this.hostWrite(linear, size);
      for (let i = 0; i < size; i++) u8[at + i] = value >>> (i * 8);
      return;
    }
    this.probeWrite(linear, size);
    for (let i = 0; i < size; i++) u8[this.hostWrite((linear + i) | 0, 1)] = value >>> (i * 8);
  }

  /** Throws unless `size` bytes (at most one page) can be read. */
  probeRead(linear: number, size: number): void {
    this.hostRead(linear);
    if ((linear & PAGE_MASK) + size > PAGE_SIZE) this.hostRead(((linear + size - 1) & ~PAGE_MASK) | 0);
  }

  /** Throws unless `size` bytes (at most one page) can be written: probe before an instruction commits anything. */
  probeWrite(linear: number, size: number): void {
    this.probeWritePage(linear);
    if ((linear & PAGE_MASK) + size > PAGE_SIZE) this.probeWritePage(((linear + size - 1) & ~PAGE_MASK) | 0);
  }

  private probeWritePage(linear: number): void {
    if (~this.ram.i32[WRITE_ENTRY + (linear >>> PAGE_SHIFT)]! !== NO_ENTRY) return;
    const frame = this.walk(linear, true);
    if (this.kept.length !== 0) this.touched(linear);
    if (this.hasCode[frame] === 0) this.fill(WRITE_ENTRY, linear, frame);
  }
}

/** Byte offsets of the two tables, for code that is compiled against the memory rather than its views. */
export const TLB_BYTES = { read: READ_TLB, write: WRITE_TLB } as const;
