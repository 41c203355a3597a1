/** Names of the x87's bits and of the extended format's numbers. SDM vol. 1, ch. 8 and 4.2. */

/** Exceptions: the same bits in the status word (flags) and the control word (masks). */
export const IE = 1;
export const DE = 2;
export const ZE = 4;
export const OE = 8;
export const UE = 0x10;
export const PE = 0x20;
export const EXCEPTIONS = 0x3f;

/** Status word: stack fault, error summary, condition codes, busy (a copy of ES). */
export const SF = 0x40;
export const ES = 0x80;
export const C0 = 0x100;
export const C1 = 0x200;
export const C2 = 0x400;
export const C3 = 0x4000;
export const BUSY = 0x8000;
export const TOP_SHIFT = 11;
export const TOP_MASK = 0x3800;

/** Control word: precision and rounding fields, and the bits that FLDCW can set (bit 6 reads as one). */
export const PC_MASK = 0x300;
export const PC_SINGLE = 0;
export const PC_DOUBLE = 0x200;
export const PC_EXTENDED = 0x300;
export const RC_MASK = 0xc00;
export const RC_NEAREST = 0;
export const RC_DOWN = 0x400;
export const RC_UP = 0x800;
export const RC_ZERO = 0xc00;
export const CONTROL_WRITABLE = 0x1f3f;
export const CONTROL_FIXED = 0x40;
export const CONTROL_INITIAL = 0x37f;

/** The extended format: sign in bit 15 above a biased exponent, then 64 bits of significand with an explicit integer bit. */
export const SIGN = 0x8000;
export const EXPONENT = 0x7fff;
export const BIAS = 0x3fff;
/** Added to (taken from) the exponent of a result whose underflow (overflow) is unmasked. SDM vol. 1, 8.5.4. */
export const WRAP = 0x6000;
export const INTEGER_BIT = 0x80000000 | 0;
export const QUIET_BIT = 0x40000000;

/** Numbers beyond the register file in `Fpu.hi`, `lo` and `se`: result, memory operand, two temporaries. */
export const R = 8;
export const M = 9;
export const T = 10;
export const U = 11;
export const SLOTS = 12;
