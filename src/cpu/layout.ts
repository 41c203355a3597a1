/**
 * Where the processor's state lies in the board's memory, as indices into `ram.i32`, so that the interpreter, the
 * handlers and later compiled code share one encoding.
 *
 * Lazy arithmetic flags are three words (see flags.ts):
 *   RESULT  zero when ZF is set
 *   SIGN    its bit 31 is SF, the parity of its low byte is PF
 *   CARRY   bit 31 is CF, bit 31 xor bit 30 is OF, bit 3 is AF
 */
import { READ_TLB, WRITE_TLB } from './ram.ts';

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
/** Always zero: the base or index of an address that has none. */
export const ZERO_SLOT = 8;
/** Bases of ES CS SS DS FS GS, six words. */
export const SEGMENT_BASE = 9;
export const RESULT = 16;
export const SIGN = 17;
export const CARRY = 18;

/** XMM0..XMM7, 16 bytes each: byte offset in the memory. */
export const XMM_AT = 0x200;
/** 16 bytes each for SIMD handlers: an operand that was not read in place, a second one, a result before it is kept. */
export const OPERAND_AT = 0x280;
export const SECOND_AT = 0x290;
export const RESULT_AT = 0x2a0;
/** The SSE control and status register. */
export const MXCSR = 0x2b0 >>> 2;
/** Bytes of the memory that hold all of the above. */
export const STATE_SIZE = 0x2c0;

export const READ_ENTRY = READ_TLB >>> 2;
export const WRITE_ENTRY = WRITE_TLB >>> 2;
/**
 * A TLB entry that matches nothing: its low bits fail every alignment and permission test. Entries are kept as their
 * complements, so that memory that was never written, which costs the host nothing, holds this one.
 */
export const NO_ENTRY = -1;

/** Segment registers by the number that instructions use. */
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
