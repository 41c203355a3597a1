/** SSE, SSE2 and SSE3: floating point, and whatever moves XMM registers. Packed integers are in ../mmx/rows.ts. */
import type { Row } from '../row.ts';
import { stateRows } from './rows/state.ts';

export const simdRows: readonly Row[] = [...stateRows];
