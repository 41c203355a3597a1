/** Frames of guest RAM: 4 KiB each, counted, as Linux's struct page. Frame numbers are no state: images and hashes never name them. */
import type { Cpu } from '../../cpu/cpu.ts';
import { PAGE_SHIFT, PAGE_SIZE, RAM_BASE, type Ram } from '../../cpu/ram.ts';
import { assert } from '../kobject/errors.ts';

export class FrameTable {
  readonly ram: Ram;
  readonly #cpu: Cpu;
  /** References by frame: one for each page table entry and each page cache slot. */
  readonly #refs: Uint32Array;
  /** A stack of free frames that were used before; frames from `#fresh` on were never used and are zero. */
  readonly #free: number[] = [];
  #fresh = 0;

  constructor(ram: Ram, cpu: Cpu) {
    this.ram = ram;
    this.#cpu = cpu;
    this.#refs = new Uint32Array(ram.frames);
  }

  /** Frames in use. */
  get used(): number {
    return this.#fresh - this.#free.length;
  }

  /** Frames that can still be had. */
  get available(): number {
    return this.ram.frames - this.used;
  }

  /** A zeroed frame with one reference, or -1 when RAM is exhausted. */
  alloc(): number {
    const recycled = this.#free.length > 0;
    const frame = this.allocRaw();
    if (recycled) this.bytes(frame).fill(0);
    return frame;
  }

  /** Like alloc, for callers that overwrite all of the frame: a recycled frame still holds old bytes. */
  allocRaw(): number {
    const recycled = this.#free.pop();
    if (recycled === undefined && this.#fresh === this.ram.frames) return -1;
    const frame = recycled ?? this.#fresh++;
    this.#refs[frame] = 1;
    return frame;
  }

  /** Takes one more reference. */
  get(frame: number): number {
    assert((this.#refs[frame] ?? 0) > 0, `frame ${frame} is not in use`);
    this.#refs[frame]!++;
    return frame;
  }

  /** Drops a reference; the last one frees the frame. */
  put(frame: number): void {
    assert((this.#refs[frame] ?? 0) > 0, `frame ${frame} is not in use`);
    if (--this.#refs[frame]! > 0) return;
    this.touched(frame);
    this.#free.push(frame);
  }

  refs(frame: number): number {
    return this.#refs[frame] ?? 0;
  }

  /** The frame's 4096 bytes, a view of guest RAM. A writer calls {@link touched}. */
  bytes(frame: number): Uint8Array {
    const start = RAM_BASE + frame * PAGE_SIZE;
    return this.ram.u8.subarray(start, start + PAGE_SIZE);
  }

  /** Guest-physical address of the frame. */
  address(frame: number): number {
    return (frame << PAGE_SHIFT) >>> 0;
  }

  /** The kernel has written the frame: decoded code of it is dropped. */
  touched(frame: number): void {
    if (this.#cpu.hasCode[frame]) this.#cpu.codeChanged(frame);
  }

  /** A frame with a copy of another one's bytes, or -1 when RAM is exhausted. */
  copy(from: number): number {
    const frame = this.allocRaw();
    if (frame >= 0) {
      const source = RAM_BASE + from * PAGE_SIZE;
      this.ram.u8.copyWithin(RAM_BASE + frame * PAGE_SIZE, source, source + PAGE_SIZE);
    }
    return frame;
  }
}
