/** Operations and formats of SSE arithmetic. SDM vol. 1, 4.2.2. */

export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export const DIV = 3;
/** Of its second operand. */
export const SQRT = 4;
export const MIN = 5;
export const MAX = 6;
export type Operation = typeof ADD | typeof SUB | typeof MUL | typeof DIV | typeof SQRT | typeof MIN | typeof MAX;

/** A number's size in bytes tells its format. */
export const SINGLE = 4;
export const DOUBLE = 8;
export type Format = typeof SINGLE | typeof DOUBLE;

/** Smallest normal numbers. */
export const MIN_SINGLE = 2 ** -126;
export const MIN_DOUBLE = 2 ** -1022;
