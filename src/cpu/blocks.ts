/**
 * The cache of decoded blocks. Code is kept by physical page: each frame with code has a slot with one entry for each
 * byte offset, the index in `code` of the block that starts there. Modes (segment attributes) have spaces of their own,
 * so that tasks with different segments do not evict each other. When the code array, the slots or the spaces run out
 * everything is dropped.
 *
 * Dropping a frame turns the first instruction of each of its blocks into LEAVE, so whoever jumps there by a link goes
 * back to the dispatcher; the words themselves are reused only after everything was dropped.
 */
import { HOT } from './interpreter.ts';
import { PAGE_SHIFT, PAGE_SIZE, WASM_PAGE } from './ram.ts';
import { OFFSET_MASK, POSITION_SHIFT, WORDS } from './words.ts';

/** Instructions that `code` has room for. */
const CODE_LIMIT = 1 << 20;
const SLOT_LIMIT = 2048;
const SPACE_LIMIT = 8;
/** Code words below this are scratch: index 0 means "none", single steps are decoded at SCRATCH. */
export const SCRATCH = 2 * WORDS;
const FIRST = 16 * WORDS;
/** Writes to a code page drop it only when they hit a line of this many bytes that holds code. */
const LINE_SHIFT = 6;

/**
 * Zeroed words that cost the host nothing until they are used. (The C library's calloc, which is behind an Int32Array of
 * this size, takes memory that was used before and clears it: 20 ms instead of 1 ms for each machine.)
 */
function lazyWords(count: number): Int32Array {
  const pages = (count * 4) / WASM_PAGE;
  return new Int32Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

export class Blocks {
  readonly code = lazyWords(CODE_LIMIT * WORDS);
  /** `entries[slot * 4096 + offset in page]`; slot 0 stays empty. */
  readonly entries = lazyWords(SLOT_LIMIT * PAGE_SIZE);
  /** Slot of each frame in the current space, 0 for none. */
  frameSlots: Int32Array;
  /** Raised when a slot's code is dropped: what depends on two pages checks it. */
  readonly generation = new Int32Array(SLOT_LIMIT);
  /** Next free word of `code`. */
  top = FIRST;
  private readonly frames: number;
  private readonly spaces = new Map<number, Int32Array>();
  private readonly hasCode: Uint8Array;
  private readonly lines = new Int32Array(SLOT_LIMIT * 2);
  private readonly free = new Int32Array(SLOT_LIMIT);
  private freeCount = 0;
  private nextSlot = 1;

  constructor(frames: number, hasCode: Uint8Array) {
    this.frames = frames;
    this.hasCode = hasCode;
    this.frameSlots = new Int32Array(frames);
    this.spaces.set(-1, this.frameSlots);
  }

  /** Makes the space of a mode the current one. */
  selectSpace(mode: number): void {
    let space = this.spaces.get(mode);
    if (space === undefined) {
      if (this.spaces.size === SPACE_LIMIT) {
        this.dropAll();
        this.spaces.clear();
      }
      space = new Int32Array(this.frames);
      this.spaces.set(mode, space);
    }
    this.frameSlots = space;
  }

  /** Forgets all code. */
  dropAll(): void {
    for (const space of this.spaces.values()) space.fill(0);
    this.entries.fill(0, PAGE_SIZE, this.nextSlot * PAGE_SIZE);
    for (let slot = 0; slot < this.nextSlot; slot++) this.generation[slot] = this.generation[slot]! + 1;
    this.lines.fill(0);
    this.hasCode.fill(0);
    this.freeCount = 0;
    this.nextSlot = 1;
    this.top = FIRST;
  }

  /** Makes room for one more block and one more page or two; true when everything was dropped for it. */
  reserve(): boolean {
    const full = this.top + 80 * WORDS > this.code.length || (this.freeCount < 2 && this.nextSlot + 2 > SLOT_LIMIT);
    if (full) this.dropAll();
    return full;
  }

  /** The slot of a frame in the current space, made when there is none (reserve first). */
  slotOf(frame: number): number {
    const known = this.frameSlots[frame]!;
    if (known !== 0) return known;
    const slot = this.freeCount > 0 ? this.free[--this.freeCount]! : this.nextSlot++;
    this.frameSlots[frame] = slot;
    return slot;
  }

  /** Notes that bytes start..end-1 of a slot's page are decoded code. */
  markCode(slot: number, start: number, end: number): void {
    for (let line = start >>> LINE_SHIFT; line <= (end - 1) >>> LINE_SHIFT; line++) {
      const at = slot * 2 + (line >>> 5);
      this.lines[at] = this.lines[at]! | (1 << (line & 31));
    }
  }

  /** Whether bytes offset..offset+size-1 of a frame hold decoded code, to the line. */
  holdsCode(frame: number, offset: number, size: number): boolean {
    const first = offset >>> LINE_SHIFT;
    const last = Math.min(offset + size - 1, PAGE_SIZE - 1) >>> LINE_SHIFT;
    for (const space of this.spaces.values()) {
      const slot = space[frame]!;
      if (slot === 0) continue;
      for (let line = first; line <= last; line++) {
        if ((this.lines[slot * 2 + (line >>> 5)]! & (1 << (line & 31))) !== 0) return true;
      }
    }
    return false;
  }

  /** Forgets the code of one frame, in every space. */
  dropFrame(frame: number): void {
    for (const space of this.spaces.values()) {
      const slot = space[frame]!;
      if (slot !== 0) {
        this.dropSlot(slot);
        space[frame] = 0;
      }
    }
    this.hasCode[frame] = 0;
  }

  private dropSlot(slot: number): void {
    const entries = this.entries;
    for (let at = slot << PAGE_SHIFT; at < (slot + 1) << PAGE_SHIFT; at++) {
      const pc = entries[at]!;
      if (pc !== 0) {
        this.leaveAt(pc);
        this.code[pc + 3] = (this.code[pc + 3]! & OFFSET_MASK) | (1 << POSITION_SHIFT);
        entries[at] = 0;
      }
    }
    this.lines[slot * 2] = 0;
    this.lines[slot * 2 + 1] = 0;
    this.generation[slot] = this.generation[slot]! + 1;
    this.free[this.freeCount++] = slot;
  }

  /** Makes the block that contains code index `pc` end before it. */
  leaveAt(pc: number): void {
    this.code[pc] = HOT.LEAVE;
  }
}
