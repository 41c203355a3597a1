/** MXCSR, caches, fences. */
import { type Row, row } from '../../row.ts';

export const stateRows: readonly Row[] = [
  row('0F AE /2 m', 'ldmxcsr', 'Md', 'ldmxcsr', { feature: 'SSE' }),
  row('0F AE /3 m', 'stmxcsr', 'Md', 'stmxcsr', { feature: 'SSE' }),
  row('0F AE /5 r', 'lfence', '', 'nop', { feature: 'SSE2' }),
  row('0F AE /6 r', 'mfence', '', 'nop', { feature: 'SSE2' }),
  row('0F AE /7 r', 'sfence', '', 'nop', { feature: 'SSE' }),
  row('0F AE /7 m', 'clflush', 'Mb', 'clflush', { feature: 'CLFLUSH' }),
  // At CPL 3 both are #UD. SDM vol. 2A, MONITOR; vol. 2B, MWAIT.
  row('0F 01 C8', 'monitor', '', 'ud', { feature: 'SSE3' }),
  row('0F 01 C9', 'mwait', '', 'ud', { feature: 'SSE3' }),
];
