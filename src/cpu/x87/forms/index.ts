/** Every instruction of the opcodes D8..DF. */
import { arithmeticForms } from './arithmetic.ts';
import { comparisonForms } from './comparison.ts';
import { controlForms } from './control.ts';
import type { Form } from './form.ts';
import { movementForms } from './movement.ts';
import { transcendentalForms } from './transcendental.ts';

export const forms: readonly Form[] = [
  ...arithmeticForms,
  ...comparisonForms,
  ...controlForms,
  ...movementForms,
  ...transcendentalForms,
];
