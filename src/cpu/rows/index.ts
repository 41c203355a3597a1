/** Every instruction the processor decodes. */
import { mmxRows } from '../mmx/rows.ts';
import type { Row } from '../row.ts';
import { simdRows } from '../simd/rows.ts';
import { x87Rows } from '../x87/rows.ts';
import { arithmeticRows } from './arithmetic.ts';
import { controlRows } from './control.ts';
import { movementRows } from './movement.ts';

export const integerRows: readonly Row[] = [...arithmeticRows, ...movementRows, ...controlRows];
export const rows: readonly Row[] = [...integerRows, ...x87Rows, ...mmxRows, ...simdRows];
