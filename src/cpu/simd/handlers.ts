/** Handlers of simd/rows.ts by operation id. */
import type { Form } from '../forms.ts';
import { type Handler, linearE } from '../operands.ts';
import { NEXT } from '../words.ts';
import { comparisonHandlers } from './comparisons.ts';
import { conversionHandlers } from './conversions.ts';
import { laneHandlers } from './lanes.ts';
import { moveHandlers } from './moves.ts';
import { ldmxcsr, stmxcsr } from './mxcsr.ts';

/** CLFLUSH changes nothing that a program can see, but faults as a byte's load does. */
const clflush: Handler = (cpu, pc) => {
  cpu.probeRead(linearE(cpu, pc, 1, false), 1);
  return NEXT;
};

export const simdHandlers: Readonly<Record<string, (form: Form) => Handler>> = {
  ...moveHandlers,
  ...laneHandlers,
  ...comparisonHandlers,
  ...conversionHandlers,
  ldmxcsr: () => ldmxcsr,
  stmxcsr: () => stmxcsr,
  clflush: () => clflush,
};
