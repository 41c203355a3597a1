/**
 * Real i386 page tables in guest RAM: a directory of 1024 entries, each naming a table of 1024 entries.
 * SDM vol. 3A, 4.3 "32-Bit Paging". The processor walks them; only this file edits them.
 */
import type { Cpu } from '../../cpu/cpu.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE, RAM_BASE } from '../../cpu/ram.ts';
import { assert } from '../kobject/errors.ts';
import type { FrameTable } from './frames.ts';

export const PTE_PRESENT = 0x01;
export const PTE_WRITABLE = 0x02;
export const PTE_USER = 0x04;
export const PTE_ACCESSED = 0x20;
export const PTE_DIRTY = 0x40;

/** The write bit of a page fault's error code. SDM vol. 3A, 4.7 */
export const FAULT_WRITE = 2;

const ENTRIES = 1024;
/** Linear pages below TASK_SIZE: directory entries past these stay empty. */
const DIRECTORY_ENTRIES = 768;

/** The frame that an entry names. */
export function frameOf(entry: number): number {
  return entry >>> PAGE_SHIFT;
}

export class PageTable {
  readonly #frames: FrameTable;
  readonly #cpu: Cpu;
  readonly #i32: Int32Array;
  /** Frame of the directory, or -1 before the first page and after release. */
  #directory: number;

  /** Allocates the directory; `root` is -1 and every set() fails when RAM is exhausted. */
  constructor(frames: FrameTable, cpu: Cpu) {
    this.#frames = frames;
    this.#cpu = cpu;
    this.#i32 = frames.ram.i32;
    this.#directory = frames.alloc();
  }

  /** Frame of the directory, -1 when there is none. */
  get root(): number {
    return this.#directory;
  }

  /** The value for CR3. */
  get cr3(): number {
    return this.#frames.address(this.#directory);
  }

  /** The entry of linear page number `page`; 0 when nothing is there. */
  entry(page: number): number {
    const slot = this.#slot(page);
    return slot < 0 ? 0 : this.#i32[slot]!;
  }

  /** Writes an entry and drops it from the TLBs. False when no frame could be had for the table. */
  set(page: number, frame: number, flags: number): boolean {
    const slot = this.#slotForWrite(page);
    if (slot < 0) return false;
    this.#i32[slot] = (frame << PAGE_SHIFT) | PTE_PRESENT | flags;
    this.#invalidate(page);
    return true;
  }

  /** Replaces the flags of a present entry. */
  setFlags(page: number, set: number, clear: number): void {
    const slot = this.#slot(page);
    assert(slot >= 0, `page ${page} has no table`);
    const entry = this.#i32[slot]!;
    const changed = (entry | set) & ~clear;
    if (changed === entry) return;
    this.#i32[slot] = changed;
    this.#invalidate(page);
  }

  /** Removes an entry and returns what it was; the frame's reference passes to the caller. */
  take(page: number): number {
    const slot = this.#slot(page);
    if (slot < 0) return 0;
    const entry = this.#i32[slot]!;
    if (entry !== 0) {
      this.#i32[slot] = 0;
      this.#invalidate(page);
    }
    return entry;
  }

  /** Calls `visit(page, entry)` for every present entry of pages first .. end - 1, in order. */
  forEach(first: number, end: number, visit: (page: number, entry: number) => void): void {
    for (let page = first; page < end; ) {
      const table = this.#table(page);
      const tableEnd = Math.min(end, (page | (ENTRIES - 1)) + 1);
      if (table >= 0) {
        for (; page < tableEnd; page++) {
          const entry = this.#i32[table + (page & (ENTRIES - 1))]!;
          if (entry !== 0) visit(page, entry);
        }
      }
      page = tableEnd;
    }
  }

  /** Frees the tables of pages first .. end - 1 that have become empty, so that the frames in use follow from the pages present. */
  prune(first: number, end: number): void {
    const last = Math.min(DIRECTORY_ENTRIES, Math.ceil(end / ENTRIES));
    for (let i = first >>> 10; i < last; i++) {
      const table = this.#table(i * ENTRIES);
      if (table < 0 || this.#i32.subarray(table, table + ENTRIES).some((entry) => entry !== 0)) continue;
      const slot = this.#wordOf(this.#directory) + i;
      this.#frames.put(frameOf(this.#i32[slot]!));
      this.#i32[slot] = 0;
    }
  }

  /** Frames that hold the directory and the tables. */
  tableFrames(): number[] {
    if (this.#directory < 0) return [];
    const base = this.#wordOf(this.#directory);
    const result = [this.#directory];
    for (let i = 0; i < DIRECTORY_ENTRIES; i++) {
      const entry = this.#i32[base + i]!;
      if (entry !== 0) result.push(frameOf(entry));
    }
    return result;
  }

  /** Frees directory and tables; the pages must have been taken. */
  release(): void {
    if (this.#cpu.cr3 === this.cr3) this.#cpu.flushTlb();
    for (const frame of this.tableFrames()) this.#frames.put(frame);
    this.#directory = -1;
  }

  #invalidate(page: number): void {
    if (this.#cpu.cr3 === this.cr3) this.#cpu.invalidatePage((page << PAGE_SHIFT) >>> 0);
  }

  /** Index in i32 of a frame's first word. */
  #wordOf(frame: number): number {
    return (RAM_BASE + frame * PAGE_SIZE) / 4;
  }

  /** Index in i32 of the table for `page`, or -1. */
  #table(page: number): number {
    if (this.#directory < 0) return -1;
    const entry = this.#i32[this.#wordOf(this.#directory) + (page >>> 10)]!;
    return entry === 0 ? -1 : this.#wordOf(frameOf(entry));
  }

  #slot(page: number): number {
    const table = this.#table(page);
    return table < 0 ? -1 : table + (page & (ENTRIES - 1));
  }

  #slotForWrite(page: number): number {
    const slot = this.#slot(page);
    if (slot >= 0 || this.#directory < 0) return slot;
    const table = this.#frames.alloc();
    if (table < 0) return -1;
    const directoryEntry = PTE_PRESENT | PTE_WRITABLE | PTE_USER;
    this.#i32[this.#wordOf(this.#directory) + (page >>> 10)] = (table << PAGE_SHIFT) | directoryEntry;
    return this.#slot(page);
  }
}

/** Byte offset in `ram.u8` of linear address `linear` whose entry is `entry`. */
export function hostOffset(entry: number, linear: number): number {
  return RAM_BASE + frameOf(entry) * PAGE_SIZE + (linear & PAGE_MASK);
}
