/** Exception vectors (SDM vol. 3A, 6.3.1) and the one object that is thrown to leave a faulting instruction. */

export const DE = 0;
export const DB = 1;
export const BP = 3;
export const OF = 4;
export const BR = 5;
export const UD = 6;
export const NP = 11;
export const STACK_FAULT = 12;
export const GP = 13;
export const PF = 14;
export const MF = 16;
export const AC = 17;
/** SIMD floating-point exception. */
export const XM = 19;
/** No exception: the instruction meets a page with breakpoints and must run by itself (debug.ts). */
export const WATCHED = 256;

/** Page-fault error code bits (SDM vol. 3A, 6.15). */
export const PF_PRESENT = 1;
export const PF_WRITE = 2;
export const PF_USER = 4;
export const PF_RESERVED = 8;

/** Thrown after `vector`, `errorCode` and `cr2` were set. One frozen object: a fault allocates nothing. */
export class GuestFault {
  readonly kind = 'guest fault';
}
export const GUEST_FAULT: GuestFault = Object.freeze(new GuestFault());
