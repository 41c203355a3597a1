/**
 * How a decoded instruction is kept: four int32 words in the code array.
 *
 *   word 0  operation (8 bits) | reg (4) | base (4) | index (4) | scale (2) | flags and segment (8) | handler, high (2)
 *   word 1  displacement; for linked jumps the code index of the target block, 0 while there is none
 *   word 2  immediate; for direct jumps the target relative to the page
 *   word 3  offset in page (13 bits) | position in block, from 1 (6) | length (4) | handler, low (9)
 *
 * Byte registers are held as offsets into the register file (AH is 4 * EAX + 1), others by number.
 */
export const WORDS = 4;

export const REG_SHIFT = 8;
export const BASE_SHIFT = 12;
export const INDEX_SHIFT = 16;
export const SCALE_SHIFT = 20;
export const MEMORY = 1 << 22;
export const OPERAND_16 = 1 << 23;
export const ADDRESS_16 = 1 << 24;
export const SEGMENT_SHIFT = 25;
export const REP_SHIFT = 28;

export const OFFSET_MASK = 0x1fff;
export const POSITION_SHIFT = 13;
export const POSITION_MASK = 63;
export const LENGTH_SHIFT = 19;
export const HANDLER_SHIFT = 23;
/** Bits of a handler's number in word 3; the others are in word 0, from bit 30. */
export const HANDLER_LOW_BITS = 9;
export const HANDLER_HIGH_SHIFT = 30;

/** Blocks have at most this many instructions, so that a budget of one more always covers one. */
export const BLOCK_LIMIT = 62;

/** What a handler tells the interpreter. With anything but NEXT, `cpu.eip` says where to go on. */
export const NEXT = 0;
/** Control went elsewhere. */
export const JUMPED = 1;
/** Leave `run` with STOP.SYSCALL. */
export const TO_KERNEL = 2;
/** Leave `run` with STOP.EXCEPTION, the instruction counted (a trap). */
export const TRAPPED = 3;
/** The processor's mode may have changed (segments, TF): look again before the next instruction. */
export const MODE_CHANGED = 4;
