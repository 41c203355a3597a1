/** The six operations of D8, by number. */
import { add, multiply } from './arithmetic.ts';
import { divide } from './divide.ts';
import { SIGN } from './format.ts';
import type { Fpu } from './fpu.ts';

const ADD = 0;
const MULTIPLY = 1;
const SUBTRACT = 4;
const SUBTRACT_REVERSED = 5;
const DIVIDE = 6;

/** R = a op b, the operation by ModRM.reg of D8; returns flags. Slots are those of the register file. */
export function operate(f: Fpu, operation: number, a: number, b: number): number {
  switch (operation) {
    case ADD:
      return add(f, a, b, 0);
    case MULTIPLY:
      return multiply(f, a, b);
    case SUBTRACT:
      return add(f, a, b, SIGN);
    case SUBTRACT_REVERSED:
      return add(f, b, a, SIGN);
    case DIVIDE:
      return divide(f, a, b);
    default:
      return divide(f, b, a);
  }
}
