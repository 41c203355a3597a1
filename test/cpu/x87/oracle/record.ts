/** The records that native.c and the replay exchange: one instruction with the state before and after it. */

export const X87_SIZE = 160;
export const MEMORY_SIZE = 128;
/** struct request: 12 bytes of code, eax, eflags, FXSAVE image, operand. */
export const REQUEST_SIZE = 20 + X87_SIZE + MEMORY_SIZE;
/** struct reply: trap (vector + 1, or 0), eax, eflags, FXSAVE image, operand. */
export const REPLY_SIZE = 12 + X87_SIZE + MEMORY_SIZE;

export const REQUEST = { code: 0, eax: 12, eflags: 16, state: 20, memory: 20 + X87_SIZE } as const;
export const REPLY = { trap: 0, eax: 4, eflags: 8, state: 12, memory: 12 + X87_SIZE } as const;
/** Offsets in the FXSAVE image. */
export const STATE = { fcw: 0, fsw: 2, ftw: 4, fop: 6, fip: 8, fdp: 16, mxcsr: 24, st: 32 } as const;

/** Where native.c places the instruction and its operand. */
export const SLOT = 0x20000000;
export const OPERAND = 0x20001000;
