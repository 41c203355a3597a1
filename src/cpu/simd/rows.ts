/** SSE, SSE2 and SSE3: floating point, and whatever moves XMM registers. Packed integers are in ../mmx/rows.ts. */
import type { Row } from '../row.ts';
import { arithmeticRows } from './rows/arithmetic.ts';
import { conversionRows } from './rows/conversions.ts';
import { moveRows } from './rows/moves.ts';
import { stateRows } from './rows/state.ts';

export const simdRows: readonly Row[] = [...moveRows, ...arithmeticRows, ...conversionRows, ...stateRows];
