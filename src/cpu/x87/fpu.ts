/** The x87 FPU's state, and SSE's with it: FXSAVE and tasks carry both. SDM vol. 1, ch. 8.1 and 10.2. */
import { MXCSR, STATE_SIZE, XMM_AT } from '../layout.ts';
import {
  BUSY,
  C1,
  CONTROL_FIXED,
  CONTROL_INITIAL,
  CONTROL_WRITABLE,
  ES,
  EXCEPTIONS,
  IE,
  INTEGER_BIT,
  M,
  QUIET_BIT,
  R,
  SF,
  SLOTS,
  TOP_MASK,
  TOP_SHIFT,
} from './format.ts';

/** Bytes of the FXSAVE image, and of its part that holds state: what follows XMM7 is reserved. */
export const FXSAVE_SIZE = 512;
export const FXSAVE_STATE_SIZE = 288;
/** Offset of MXCSR in it. */
export const FXSAVE_MXCSR = 24;
const REGISTERS_AT = 32;
const XMM_REGISTERS_AT = 160;
const XMM_SIZE = 128;
/** All exceptions masked, round to nearest. SDM vol. 1, 10.2.3. */
const MXCSR_INITIAL = 0x1f80;
/** The bits that exist: others must be zero. Software reads it from FXSAVE. SDM vol. 1, 11.6.6. */
export const MXCSR_MASK = 0xffff;
const OPCODE_MASK = 0x7ff;

/** Exponent and sign of the default NaN ("real indefinite"). */
const INDEFINITE_SE = 0xffff;

export class Fpu {
  /** Significands' upper and lower halves, and sign with exponent, by physical register; temporaries follow (format.ts). */
  readonly hi = new Int32Array(SLOTS);
  readonly lo = new Int32Array(SLOTS);
  readonly se = new Uint16Array(SLOTS);
  /** Bit n is set when physical register n is not empty. */
  used = 0;
  /** Physical register that is ST(0), 0..7. */
  top = 0;
  control = CONTROL_INITIAL;
  /** The status word without its TOP field. */
  status = 0;
  /**
   * Address of the last instruction that was no control one (uint32). As on processors since 2008 its operand's address
   * and its opcode (11 bits) are recorded only when it raised an unmasked exception, and the selectors are zero.
   * SDM vol. 1, 8.1.8 and 8.1.9.
   */
  readonly pointers = new Uint32Array(2);
  opcode = 0;
  /** XMM0..XMM7, and the word of MXCSR, in the board's memory (layout.ts). */
  private readonly xmm: Uint8Array;
  private readonly simdControl: Uint32Array;

  constructor(board: ArrayBuffer = new ArrayBuffer(STATE_SIZE)) {
    this.xmm = new Uint8Array(board, XMM_AT, XMM_SIZE);
    this.simdControl = new Uint32Array(board, MXCSR * 4, 1);
    this.mxcsr = MXCSR_INITIAL;
  }

  get mxcsr(): number {
    return this.simdControl[0]!;
  }
  set mxcsr(value: number) {
    this.simdControl[0] = value;
  }

  get ip(): number {
    return this.pointers[0]!;
  }
  set ip(value: number) {
    this.pointers[0] = value;
  }

  get dp(): number {
    return this.pointers[1]!;
  }
  set dp(value: number) {
    this.pointers[1] = value;
  }

  /** FNINIT: the registers' contents stay, all tagged empty. */
  reset(): void {
    this.control = CONTROL_INITIAL;
    this.status = 0;
    this.top = 0;
    this.used = 0;
    this.ip = 0;
    this.dp = 0;
    this.opcode = 0;
  }

  getStatusWord(): number {
    return this.status | (this.top << TOP_SHIFT);
  }

  /** Loads TOP, condition codes and exception flags; ES and B follow from the flags and the control word. */
  setStatusWord(value: number): void {
    this.top = (value & TOP_MASK) >>> TOP_SHIFT;
    this.status = value & 0xffff & ~(TOP_MASK | ES | BUSY);
    this.summarize();
  }

  setControlWord(value: number): void {
    this.control = (value & CONTROL_WRITABLE) | CONTROL_FIXED;
    this.summarize();
  }

  /** ES and B are set while an unmasked exception is pending. */
  summarize(): void {
    const pending = (this.status & ~this.control & EXCEPTIONS) !== 0;
    this.status = pending ? this.status | ES | BUSY : this.status & ~(ES | BUSY);
  }

  /** Physical register of ST(i). */
  st(i: number): number {
    return (this.top + i) & 7;
  }

  /** Whether physical register `n` is empty. */
  isEmpty(n: number): boolean {
    return (this.used & (1 << n)) === 0;
  }

  pop(): void {
    this.used &= ~(1 << this.top);
    this.top = (this.top + 1) & 7;
  }

  copy(to: number, from: number): void {
    this.hi[to] = this.hi[from]!;
    this.lo[to] = this.lo[from]!;
    this.se[to] = this.se[from]!;
  }

  exchange(a: number, b: number): void {
    const se = this.se[a]!;
    const hi = this.hi[a]!;
    const lo = this.lo[a]!;
    this.copy(a, b);
    this.set(b, se, hi, lo);
  }

  set(slot: number, se: number, hi: number, lo: number): void {
    this.se[slot] = se;
    this.hi[slot] = hi;
    this.lo[slot] = lo;
  }

  setIndefinite(slot: number): void {
    this.se[slot] = INDEFINITE_SE;
    this.hi[slot] = INTEGER_BIT | QUIET_BIT;
    this.lo[slot] = 0;
  }

  /** Records the flags (and C1) of an instruction. Returns those that are unmasked. */
  raise(flags: number): number {
    const unmasked = flags & ~this.control & EXCEPTIONS;
    this.status = (this.status & ~C1) | flags;
    if (unmasked !== 0) this.status |= ES | BUSY;
    return unmasked;
  }

  /** The same for instructions that leave C1 alone unless the stack faults. */
  raiseKeepingC1(flags: number): number {
    const kept = (flags & SF) === 0 ? this.status & C1 : 0;
    return this.raise(flags | kept);
  }

  /** Stack underflow: an empty register was read. True when masked, so that the default response follows. */
  underflow(): boolean {
    return this.raise(IE | SF) === 0;
  }

  /** Makes room for a new ST(0). An unmasked DE does not keep a load from happening. False on an unmasked stack overflow; on a masked one the slot M becomes indefinite. */
  private makeRoom(flags: number): boolean {
    const to = (this.top - 1) & 7;
    if ((this.used & (1 << to)) !== 0) {
      if (this.raise(IE | SF | C1) !== 0) return false;
      this.setIndefinite(M);
    } else if ((this.raise(flags) & IE) !== 0) return false;
    this.top = to;
    this.used |= 1 << to;
    return true;
  }

  /** Pushes slot M, having raised `flags`, unless an unmasked exception forbids it. */
  push(flags: number): void {
    if (this.makeRoom(flags)) this.copy(this.top, M);
  }

  /** Stores slot R in register `to`, having raised `flags`. False when an unmasked IE, DE or ZE forbids it. */
  store(to: number, flags: number): boolean {
    if ((this.raise(flags) & 7) !== 0) return false;
    this.copy(to, R);
    this.used |= 1 << to;
    return true;
  }

  /** Writes the FXSAVE image (SDM vol. 2A, FXSAVE, table 3-43) into 512 bytes; MXCSR_MASK, a constant, is left zero. */
  saveTo(bytes: Uint8Array): void {
    bytes.fill(0, 0, FXSAVE_SIZE);
    const view = viewOf(bytes);
    view.setUint16(0, this.control, true);
    view.setUint16(2, this.getStatusWord(), true);
    view.setUint8(4, this.used);
    view.setUint16(6, this.opcode, true);
    view.setUint32(8, this.ip, true);
    view.setUint32(16, this.dp, true);
    view.setUint32(FXSAVE_MXCSR, this.mxcsr, true);
    bytes.set(this.xmm, XMM_REGISTERS_AT);
    for (let i = 0; i < 8; i++) {
      const n = this.st(i);
      const at = REGISTERS_AT + i * 16;
      view.setInt32(at, this.lo[n]!, true);
      view.setInt32(at + 4, this.hi[n]!, true);
      view.setUint16(at + 8, this.se[n]!, true);
    }
  }

  /** Reads what saveTo wrote, or any FXSAVE image. Throws RangeError when it is too short. */
  loadFrom(bytes: Uint8Array): void {
    if (bytes.length < FXSAVE_STATE_SIZE) throw new RangeError(`an FXSAVE image has 512 bytes, not ${bytes.length}`);
    const view = viewOf(bytes);
    this.control = (view.getUint16(0, true) & CONTROL_WRITABLE) | CONTROL_FIXED;
    this.setStatusWord(view.getUint16(2, true));
    this.used = view.getUint8(4);
    this.opcode = view.getUint16(6, true) & OPCODE_MASK;
    this.ip = view.getUint32(8, true);
    this.dp = view.getUint32(16, true);
    this.mxcsr = view.getUint32(FXSAVE_MXCSR, true) & MXCSR_MASK;
    this.xmm.set(bytes.subarray(XMM_REGISTERS_AT, XMM_REGISTERS_AT + XMM_SIZE));
    for (let i = 0; i < 8; i++) {
      const at = REGISTERS_AT + i * 16;
      this.set(this.st(i), view.getUint16(at + 8, true), view.getInt32(at + 4, true), view.getInt32(at, true));
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
