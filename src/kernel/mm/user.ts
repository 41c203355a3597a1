/** The kernel's way to user memory: copies that fault pages in, and stop where the task itself would get SIGSEGV. */
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { latin1 } from '../bytes.ts';
import type { FrameTable } from './frames.ts';
import { TASK_SIZE } from './layout.ts';
import type { Mm } from './mm.ts';
import { FAULT_WRITE, frameOf, hostOffset, PTE_ACCESSED, PTE_DIRTY, PTE_USER, PTE_WRITABLE } from './pagetable.ts';

/** Byte offset in `ram.u8` of a user address, with its page faulted in; -1 for EFAULT. Valid to the end of the page. */
export function translate(mm: Mm, frames: FrameTable, address: number, write: boolean): number {
  if (address >= TASK_SIZE) return -1;
  const page = address >>> PAGE_SHIFT;
  const needed = write ? PTE_USER | PTE_WRITABLE : PTE_USER;
  let entry = mm.tables.entry(page);
  if ((entry & needed) !== needed) {
    if (mm.fault(address, write ? FAULT_WRITE : 0) !== 'ok') return -1;
    entry = mm.tables.entry(page);
  }
  const marks = write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;
  if ((entry & marks) !== marks) mm.tables.setFlags(page, marks, 0);
  if (write) frames.touched(frameOf(entry));
  return hostOffset(entry, address);
}

/** Copies `data` to user memory and returns how many bytes went before a fault. */
export function copyToUser(mm: Mm, frames: FrameTable, address: number, data: Uint8Array): number {
  let done = 0;
  while (done < data.length) {
    const to = address + done;
    const offset = translate(mm, frames, to, true);
    if (offset < 0) break;
    const length = Math.min(data.length - done, PAGE_SIZE - (to & PAGE_MASK));
    frames.ram.u8.set(data.subarray(done, done + length), offset);
    done += length;
  }
  return done;
}

/** Copies user memory into `into` and returns how many bytes came before a fault. */
export function copyFromUser(mm: Mm, frames: FrameTable, address: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const from = address + done;
    const offset = translate(mm, frames, from, false);
    if (offset < 0) break;
    const length = Math.min(into.length - done, PAGE_SIZE - (from & PAGE_MASK));
    into.set(frames.ram.u8.subarray(offset, offset + length), done);
    done += length;
  }
  return done;
}

/** A NUL-terminated byte string, or its first `max` bytes when no NUL comes before; null for EFAULT. */
export function readString(mm: Mm, frames: FrameTable, address: number, max: number): string | null {
  let text = '';
  while (text.length < max) {
    const from = address + text.length;
    const offset = translate(mm, frames, from, false);
    if (offset < 0) return null;
    const length = Math.min(max - text.length, PAGE_SIZE - (from & PAGE_MASK));
    const chunk = frames.ram.u8.subarray(offset, offset + length);
    const nul = chunk.indexOf(0);
    if (nul >= 0) return text + latin1(chunk.subarray(0, nul));
    text += latin1(chunk);
  }
  return text;
}

export interface Segment {
  readonly base: number;
  readonly length: number;
}

/** User memory as a system call sees it: one buffer, or the segments of an iovec, worked through from the front. */
export class UserBuffer {
  /** Bytes in all. */
  readonly count: number;
  readonly #mm: Mm;
  readonly #frames: FrameTable;
  readonly #segments: readonly Segment[];
  #segment = 0;
  #offset = 0;
  #done = 0;

  constructor(mm: Mm, frames: FrameTable, segments: readonly Segment[]) {
    this.#mm = mm;
    this.#frames = frames;
    this.#segments = segments;
    this.count = segments.reduce((sum, s) => sum + s.length, 0);
  }

  /** Bytes not yet worked through. */
  get remaining(): number {
    return this.count - this.#done;
  }

  /** Bytes worked through. */
  get done(): number {
    return this.#done;
  }

  /** Bytes to the end of the page, or of the segment, that comes next; 1 or more. */
  get untilPage(): number {
    for (let i = this.#segment, offset = this.#offset; i < this.#segments.length; i++, offset = 0) {
      const { base, length } = this.#segments[i]!;
      if (length > offset) return Math.min(length - offset, PAGE_SIZE - ((base + offset) & PAGE_MASK));
    }
    return 1;
  }

  /** Passes over up to `n` bytes, as a call that is entered again does with its progress. */
  skip(n: number): void {
    this.#each(n, (_address, length) => length);
  }

  /** Copies `data` in; returns the bytes that went before the end or a fault. */
  put(data: Uint8Array): number {
    let at = 0;
    return this.#each(data.length, (address, length) => {
      const n = copyToUser(this.#mm, this.#frames, address, data.subarray(at, at + length));
      at += n;
      return n;
    });
  }

  /** Up to `n` bytes from the front; shorter where the buffer ends or a fault comes; null when not even one is readable. */
  take(n: number): Uint8Array | null {
    const data = new Uint8Array(Math.min(n, this.remaining));
    let at = 0;
    const got = this.#each(data.length, (address, length) => {
      const m = copyFromUser(this.#mm, this.#frames, address, data.subarray(at, at + length));
      at += m;
      return m;
    });
    return got === 0 && data.length > 0 ? null : data.subarray(0, got);
  }

  /** Steps through up to `n` bytes, a segment's rest at a time, until `copy` does less than it was given. */
  #each(n: number, copy: (address: number, length: number) => number): number {
    let total = 0;
    while (total < n && this.#segment < this.#segments.length) {
      const segment = this.#segments[this.#segment]!;
      const length = Math.min(n - total, segment.length - this.#offset);
      const moved = length === 0 ? 0 : copy(segment.base + this.#offset, length);
      total += moved;
      this.#offset += moved;
      if (this.#offset === segment.length) {
        this.#segment++;
        this.#offset = 0;
      }
      if (moved < length) break;
    }
    this.#done += total;
    return total;
  }
}
