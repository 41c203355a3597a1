/** Where native.c and the replay place code and data. Must agree with native.c. */
export const CODE = 0x20000000;
export const SLOT = CODE + 0x800;
export const SLOT_SIZE = 32;
export const WINDOW_SIZE = 256;

const PAGE = 0x1000;
/** Pages from DATA on: two to write to, none, one to write to, one to read only; none before and after. */
export const DATA = 0x8000;
export const DATA_SIZE = 5 * PAGE;
/** Pages of DATA that exist, and whether they can be written to. */
export const DATA_PAGES: readonly (readonly [page: number, writable: boolean])[] = [
  [0, true],
  [1, true],
  [3, true],
  [4, false],
];

/** Where the window of random bytes can lie: across two pages, at one without a neighbour, across the end of what can be written. */
export const WINDOWS = {
  middle: { start: DATA + PAGE - 128, edge: DATA + PAGE },
  low: { start: DATA, edge: DATA },
  high: { start: DATA + 2 * PAGE - WINDOW_SIZE, edge: DATA + 2 * PAGE },
  readOnly: { start: DATA + 4 * PAGE - 128, edge: DATA + 4 * PAGE },
} as const;
export type Window = keyof typeof WINDOWS;

/** Bytes of an FXSAVE image that i386 code has, and the offsets of its fields. SDM vol. 2A, FXSAVE, table 3-43. */
export const FX_SIZE = 288;
export const FX = {
  fcw: 0,
  fsw: 2,
  ftw: 4,
  fop: 6,
  fip: 8,
  fdp: 16,
  mxcsr: 24,
  mxcsrMask: 28,
  st: 32,
  xmm: 160,
} as const;

/** What a case starts from. */
export interface Start {
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly regs: Int32Array;
  readonly eflags: number;
  /** Address of `memory`, WINDOW_SIZE bytes; the other bytes of the data pages are zero. */
  readonly window: number;
  readonly memory: Uint8Array;
  readonly fx: Uint8Array;
}

/** What it led to. */
export interface Outcome {
  /** -1: it completed. */
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: number;
  readonly regs: Int32Array;
  readonly eip: number;
  readonly eflags: number;
  readonly fx: Uint8Array;
  /** Changed data bytes: offset from DATA << 8 | value, ascending. */
  readonly changes: ArrayLike<number>;
}

export interface Case {
  readonly bytes: readonly number[];
  readonly start: Start;
}
