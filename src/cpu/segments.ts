/**
 * Segmentation at CPL 3: descriptor tables, hidden parts of the segment registers, checks of every access that is not
 * flat. SDM vol. 3A, ch. 3.4 and 5. Call gates and task gates are not supported: transfers to them raise #GP(selector).
 */
import { GP, type GuestFault, NP, STACK_FAULT } from './fault.ts';
import { CS, FS, GS, SEGMENT_BASE, SS } from './layout.ts';
import { Mmu } from './mmu.ts';

/** Bits of a descriptor's high word. */
const TYPE_ACCESSED = 1 << 8;
const TYPE_WRITABLE_OR_READABLE = 1 << 9;
const TYPE_EXPAND_DOWN_OR_CONFORMING = 1 << 10;
const TYPE_CODE = 1 << 11;
const NOT_SYSTEM = 1 << 12;
const DPL_SHIFT = 13;
const PRESENT = 1 << 15;
const BIG = 1 << 22;
const GRANULARITY = 1 << 23;
const USER_DPL = 3;
const SELECTOR_LDT = 4;
const RPL_MASK = 3;
const FULL_LIMIT = 0xffffffff;

/** What may be done through a segment register without further looks: all of 4 GiB readable, writable. */
const FLAT_READ = 1;
const FLAT_WRITE = 2;

/** Bits of the mode that decoded code depends on. */
export const MODE_CODE_16 = 1;
export const MODE_STACK_16 = 2;
/** ES CS SS DS are not all flat: every access is checked. */
export const MODE_CHECKED = 4;
export const MODE_FS = 8;
export const MODE_GS = 16;

export class Segments extends Mmu {
  /** Descriptors as pairs lo, hi; owned by the kernel. Call descriptorsChanged() after editing. */
  readonly gdt = new Int32Array(2 * 32);
  ldt: Int32Array | null = null;
  /** MODE_ bits that follow from the segment registers. */
  mode = MODE_CHECKED;
  /** Mask of stack pointer arithmetic, 0xffff with a 16-bit stack segment; -1 otherwise. */
  stackMask = -1;
  protected readonly selectors = new Uint16Array(6);
  /** High descriptor word of each segment register; 0 for a null selector. */
  protected readonly attributes = new Int32Array(6);
  /** Last valid offset (lowest invalid one for expand-down segments), uint32. */
  protected readonly limits = new Uint32Array(6);
  private readonly flat = new Uint8Array(6);

  /** The selector in segment register `i` (ES CS SS DS FS GS). */
  getSegment(i: number): number {
    return this.selectors[i]!;
  }

  /** Loads a segment register the kernel's way. False when the selector cannot be loaded; never throws. */
  loadSegment(i: number, selector: number): boolean {
    const bad = i === CS ? this.codeProblem(selector) : this.dataProblem(i, selector);
    if (bad !== 0) return false;
    this.fillHidden(i, selector);
    return true;
  }

  /** To be called after an edit of gdt or ldt: hidden parts are read again; registers no longer loadable become null, CS and SS too, so that the next load is refused. */
  descriptorsChanged(): void {
    for (let i = 0; i < 6; i++) {
      if (!this.loadSegment(i, this.selectors[i]!)) this.fillHidden(i, 0);
    }
  }

  /** Index of a selector's descriptor pair in its table, or -1 when outside. */
  private descriptorIndex(selector: number): number {
    const table = (selector & SELECTOR_LDT) === 0 ? this.gdt : this.ldt;
    const index = (selector >>> 3) * 2;
    return table !== null && index + 1 < table.length ? index : -1;
  }

  /** High word of a selector's descriptor; 0 when null or outside its table. */
  descriptorHigh(selector: number): number {
    if ((selector & ~RPL_MASK) === 0) return 0;
    const index = this.descriptorIndex(selector);
    if (index < 0) return 0;
    return ((selector & SELECTOR_LDT) === 0 ? this.gdt : this.ldt!)[index + 1]!;
  }

  private descriptorLow(selector: number): number {
    return ((selector & SELECTOR_LDT) === 0 ? this.gdt : this.ldt!)[this.descriptorIndex(selector)]!;
  }

  /** Limit in bytes of a selector whose descriptor exists, uint32. */
  descriptorLimit(selector: number): number {
    const high = this.descriptorHigh(selector);
    const limit = (high & 0xf0000) | (this.descriptorLow(selector) & 0xffff);
    return ((high & GRANULARITY) === 0 ? limit : (limit << 12) | 0xfff) >>> 0;
  }

  /** Vector that loading `selector` into data or stack register `i` raises, 0 when it loads. */
  private dataProblem(i: number, selector: number): number {
    if ((selector & ~RPL_MASK) === 0) return i === SS ? GP : 0;
    const high = this.descriptorHigh(selector);
    if ((high & NOT_SYSTEM) === 0) return GP;
    const dpl = (high >>> DPL_SHIFT) & 3;
    if (i === SS) {
      if ((selector & RPL_MASK) !== USER_DPL || dpl !== USER_DPL) return GP;
      if ((high & (TYPE_CODE | TYPE_WRITABLE_OR_READABLE)) !== TYPE_WRITABLE_OR_READABLE) return GP;
      return (high & PRESENT) === 0 ? STACK_FAULT : 0;
    }
    const code = (high & TYPE_CODE) !== 0;
    if (code && (high & TYPE_WRITABLE_OR_READABLE) === 0) return GP;
    const conforming = code && (high & TYPE_EXPAND_DOWN_OR_CONFORMING) !== 0;
    if (!conforming && dpl !== USER_DPL) return GP;
    return (high & PRESENT) === 0 ? NP : 0;
  }

  private codeProblem(selector: number): number {
    const high = this.descriptorHigh(selector);
    if ((high & NOT_SYSTEM) === 0 || (high & TYPE_CODE) === 0) return GP;
    const conforming = (high & TYPE_EXPAND_DOWN_OR_CONFORMING) !== 0;
    if (!conforming && ((high >>> DPL_SHIFT) & 3) !== USER_DPL) return GP;
    return (high & PRESENT) === 0 ? NP : 0;
  }

  /** Loads ES SS DS FS GS as an instruction does. Throws #GP, #NP or #SS with the selector. */
  loadData(i: number, selector: number): void {
    const vector = this.dataProblem(i, selector);
    if (vector !== 0) throw this.selectorFault(vector, selector);
    this.fillHidden(i, selector);
  }

  /** Checks that a far transfer may go to selector:offset. Throws otherwise; loads nothing. */
  checkCode(selector: number, offset: number): void {
    const vector = this.codeProblem(selector);
    if (vector !== 0) throw this.selectorFault(vector, selector);
    if (offset >>> 0 > this.descriptorLimit(selector)) throw this.fault(GP, 0);
  }

  /** Loads CS after checkCode; its RPL becomes CPL 3. */
  loadCode(selector: number): void {
    this.fillHidden(CS, selector | USER_DPL);
  }

  selectorFault(vector: number, selector: number): GuestFault {
    return this.fault(vector, selector & ~RPL_MASK);
  }

  private fillHidden(i: number, selector: number): void {
    const m = this.ram.i32;
    this.selectors[i] = selector;
    const high = this.descriptorHigh(selector);
    this.attributes[i] = high;
    if (high === 0) {
      m[SEGMENT_BASE + i] = 0;
      this.limits[i] = 0;
      this.flat[i] = 0;
    } else {
      const low = this.descriptorLow(selector);
      m[SEGMENT_BASE + i] = (low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000);
      this.limits[i] = this.descriptorLimit(selector);
      this.markAccessed(selector);
      this.flat[i] = this.flatness(i, high);
    }
    this.updateMode();
    if (i === CS) this.codeSegmentChanged();
  }

  /** CS was loaded: code decoded under its old base and limit may not hold. The processor overrides it. */
  protected codeSegmentChanged(): void {}

  /** Whether all of 4 GiB can be read (and, but for CS, written) through segment register `i`. */
  isFlat(i: number): boolean {
    return this.flat[i] === (i === CS ? FLAT_READ : FLAT_READ | FLAT_WRITE);
  }

  private markAccessed(selector: number): void {
    const table = (selector & SELECTOR_LDT) === 0 ? this.gdt : this.ldt!;
    const index = this.descriptorIndex(selector) + 1;
    table[index] = table[index]! | TYPE_ACCESSED;
  }

  private flatness(i: number, high: number): number {
    if (this.limits[i] !== FULL_LIMIT) return 0;
    if ((high & TYPE_CODE) !== 0) return (high & TYPE_WRITABLE_OR_READABLE) !== 0 ? FLAT_READ : 0;
    if ((high & TYPE_EXPAND_DOWN_OR_CONFORMING) !== 0) return 0;
    return (high & TYPE_WRITABLE_OR_READABLE) !== 0 ? FLAT_READ | FLAT_WRITE : FLAT_READ;
  }

  private updateMode(): void {
    const m = this.ram.i32;
    const all = FLAT_READ | FLAT_WRITE;
    let mode = 0;
    if ((this.attributes[CS]! & BIG) === 0) mode |= MODE_CODE_16;
    if ((this.attributes[SS]! & BIG) === 0) mode |= MODE_STACK_16;
    if ((this.flat[CS]! & FLAT_READ) === 0 || m[SEGMENT_BASE + CS] !== 0) mode |= MODE_CHECKED;
    for (let i = 0; i <= GS; i++) {
      if (i === CS) continue;
      if (i >= FS) mode |= this.flat[i] === all ? (i === FS ? MODE_FS : MODE_GS) : 0;
      else if (this.flat[i] !== all || m[SEGMENT_BASE + i] !== 0) mode |= MODE_CHECKED;
    }
    this.mode = mode;
    this.stackMask = (mode & MODE_STACK_16) === 0 ? -1 : 0xffff;
  }

  /** Last valid offset in CS, uint32. */
  get codeLimit(): number {
    return this.limits[CS]!;
  }

  /**
   * Linear address of `size` bytes at an offset within segment `i`, checked for type and limit.
   * Throws #GP(0), or #SS(0) for the stack segment.
   */
  linear(i: number, offset: number, size: number, write: boolean): number {
    if ((this.flat[i]! & (write ? FLAT_WRITE : FLAT_READ)) === 0) this.checkAccess(i, offset >>> 0, size, write);
    return (this.ram.i32[SEGMENT_BASE + i]! + offset) | 0;
  }

  private checkAccess(i: number, offset: number, size: number, write: boolean): void {
    const high = this.attributes[i]!;
    const code = (high & TYPE_CODE) !== 0;
    const rightsMissing = write
      ? code || (high & TYPE_WRITABLE_OR_READABLE) === 0
      : code && (high & TYPE_WRITABLE_OR_READABLE) === 0;
    const limit = this.limits[i]!;
    const last = offset + size - 1;
    const down = !code && (high & TYPE_EXPAND_DOWN_OR_CONFORMING) !== 0;
    const top = (high & BIG) === 0 ? 0xffff : FULL_LIMIT;
    const outside = down ? offset <= limit || last > top : last > limit;
    if (high === 0 || rightsMissing || outside) throw this.fault(i === SS ? STACK_FAULT : GP, 0);
  }

  /** LAR, LSL, VERR, VERW: whether a selector's descriptor is visible at CPL 3; its high word, or 0. */
  visibleDescriptor(selector: number): number {
    const high = this.descriptorHigh(selector);
    if (high === 0) return 0;
    const conforming = (high & (NOT_SYSTEM | TYPE_CODE | TYPE_EXPAND_DOWN_OR_CONFORMING)) >>> 10 === 7;
    return conforming || ((high >>> DPL_SHIFT) & 3) === USER_DPL ? high : 0;
  }
}

/** Descriptor bits that LAR and its kin look at. */
export const DESCRIPTOR = {
  code: TYPE_CODE,
  readable: TYPE_WRITABLE_OR_READABLE,
  notSystem: NOT_SYSTEM,
} as const;
