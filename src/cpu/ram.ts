/**
 * Guest RAM and the processor's own tables, all in one WebAssembly.Memory, so that compiled code can reach them.
 *
 *     0 MiB  processor state (registers; see cpu.ts)
 *     4 MiB  read TLB, one int32 for each linear page
 *     8 MiB  write TLB, likewise
 *    16 MiB  guest-physical address 0
 */

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
export const PAGE_MASK = PAGE_SIZE - 1;
const MIB = 1 << 20;

export const READ_TLB = 4 * MIB;
export const WRITE_TLB = 8 * MIB;
/** Where guest-physical address 0 lies in the memory, in bytes. */
export const RAM_BASE = 16 * MIB;
export const WASM_PAGE = 65536;
const WASM_MAX_PAGES = 65536;

/** The most guest RAM that one WebAssembly.Memory of 4 GiB leaves room for, in MiB. */
export const MAX_RAM_MIB = 4096 - 16 - 1;

export class Ram {
  readonly memory: WebAssembly.Memory;
  /** Guest RAM in bytes, without the board's tables. */
  readonly size: number;
  /** 4 KiB frames of guest RAM; frame n starts at byte `RAM_BASE + n * PAGE_SIZE` of the views. */
  readonly frames: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  /** For arithmetic only: a NaN may change its payload on the way through them. */
  readonly f32: Float32Array;
  readonly f64: Float64Array;

  /** Allocates `mib` MiB of zeroed guest RAM (the host commits pages as they are touched). Throws RangeError when out of 1..MAX_RAM_MIB. */
  constructor(mib: number) {
    if (!Number.isInteger(mib) || mib < 1 || mib > MAX_RAM_MIB) {
      throw new RangeError(`RAM size ${mib} MiB is not within 1..${MAX_RAM_MIB}`);
    }
    const pages = Math.min(WASM_MAX_PAGES, (RAM_BASE + mib * MIB) / WASM_PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.size = mib * MIB;
    this.frames = this.size >>> PAGE_SHIFT;
    this.u8 = new Uint8Array(this.memory.buffer);
    this.u16 = new Uint16Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.f32 = new Float32Array(this.memory.buffer);
    this.f64 = new Float64Array(this.memory.buffer);
  }
}
