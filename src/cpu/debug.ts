/**
 * Debug registers. SDM vol. 3B, 17.2 and 17.3: four linear addresses with a type and a length each, matched before an
 * instruction (execution) or after it (data). Nothing of this is looked at while no breakpoint is enabled and TF is clear.
 */
import { PAGE_SHIFT } from './ram.ts';

export const DEBUG_REGISTERS = 4;
/** DR6: B0 to B3, and BS for a single step. */
export const DR6_BREAKPOINTS = 0xf;
export const DR6_BS = 1 << 14;

/** Types of a breakpoint, its R/W field in DR7. */
export const BREAK_EXECUTE = 0;
export const BREAK_WRITE = 1;
export const BREAK_IO = 2;
export const BREAK_READ_WRITE = 3;
/** LEN field of DR7 as bytes; 2 is undefined on processors without 64-bit mode. */
const LENGTHS = [1, 2, 8, 4];
const ENABLE_MASK = 0xff;
const FIELDS_SHIFT = 16;

export interface Breakpoint {
  /** By L or G: a task has no other tasks' breakpoints, so that there is no difference. */
  readonly enabled: boolean;
  readonly type: number;
  readonly length: number;
}

/** What DR7 says of breakpoint `n`. */
export function breakpointOf(dr7: number, n: number): Breakpoint {
  const fields = (dr7 >>> (FIELDS_SHIFT + 4 * n)) & 15;
  return { enabled: ((dr7 >>> (2 * n)) & 3) !== 0, type: fields & 3, length: LENGTHS[fields >>> 2]! };
}

/** What an access to a page with breakpoints does. */
export const DEBUG_MODE = {
  /** Nothing. */
  OFF: 0,
  /** Leaves the running blocks, as a fault would, so that the instruction can be run by itself. */
  LEAVE: 1,
  /** Notes which breakpoints it meets. */
  RECORD: 2,
} as const;
type DebugMode = (typeof DEBUG_MODE)[keyof typeof DEBUG_MODE];

export class Debug {
  /** Some breakpoint is enabled. */
  armed = false;
  /** Bits of DR6 that the last #DB brought; none of INT1. */
  status = 0;
  /** The last instruction was MOV SS or POP SS: debug exceptions wait for the next one (SDM vol. 3A, 6.8.3). */
  inhibited = false;
  /** Data breakpoints met by that instruction, as bits of DR6. */
  pending = 0;
  mode: DebugMode = DEBUG_MODE.OFF;
  /** Data breakpoints met by the instruction that runs in mode RECORD. */
  hits = 0;
  private readonly addresses = new Uint32Array(DEBUG_REGISTERS);
  private readonly breakpoints: Breakpoint[] = [];

  /** Loads DR0 to DR3 and DR7; returns the linear pages that have breakpoints. */
  load(addresses: ArrayLike<number>, dr7: number): number[] {
    this.armed = (dr7 & ENABLE_MASK) !== 0;
    const pages = new Set<number>();
    for (let n = 0; n < DEBUG_REGISTERS; n++) {
      const address = (addresses[n] ?? 0) >>> 0;
      const breakpoint = breakpointOf(dr7, n);
      this.addresses[n] = address;
      this.breakpoints[n] = breakpoint;
      // Aligned data breakpoints do not cross pages; SDM vol. 3B, 17.2.5: low bits that the length covers are ignored.
      if (breakpoint.enabled) pages.add(address >>> PAGE_SHIFT);
    }
    return [...pages];
  }

  /** Execution breakpoints at a linear address, as bits of DR6. */
  executedAt(linear: number): number {
    let bits = 0;
    for (let n = 0; n < DEBUG_REGISTERS; n++) {
      if (this.isEnabled(n, BREAK_EXECUTE) && this.addresses[n] === linear >>> 0) bits |= 1 << n;
    }
    return bits;
  }

  /** Whether an execution breakpoint lies in the page of a linear address. */
  executesIn(linear: number): boolean {
    for (let n = 0; n < DEBUG_REGISTERS; n++) {
      if (this.isEnabled(n, BREAK_EXECUTE) && this.addresses[n]! >>> PAGE_SHIFT === linear >>> PAGE_SHIFT) return true;
    }
    return false;
  }

  /** Whether a data breakpoint lies in the page of a linear address. */
  watches(linear: number): boolean {
    for (let n = 0; n < DEBUG_REGISTERS; n++) {
      const isData = this.isEnabled(n, BREAK_WRITE) || this.isEnabled(n, BREAK_READ_WRITE);
      if (isData && this.addresses[n]! >>> PAGE_SHIFT === linear >>> PAGE_SHIFT) return true;
    }
    return false;
  }

  /** Notes the data breakpoints that an access meets. */
  note(linear: number, size: number, write: boolean): void {
    for (let n = 0; n < DEBUG_REGISTERS; n++) {
      if (!this.isEnabled(n, BREAK_READ_WRITE) && !(write && this.isEnabled(n, BREAK_WRITE))) continue;
      const { length } = this.breakpoints[n]!;
      const start = (this.addresses[n]! & -length) >>> 0;
      const at = linear >>> 0;
      if (at < start + length && start < at + size) this.hits |= 1 << n;
    }
  }

  private isEnabled(n: number, type: number): boolean {
    const breakpoint = this.breakpoints[n];
    return breakpoint?.enabled === true && breakpoint.type === type;
  }
}
