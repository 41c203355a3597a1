/** The x87's instructions as rows of the core's table. All have the operation id x87: execute.ts tells them apart by opcode. */
import { type Row, row } from '../row.ts';
import { forms } from './forms/index.ts';

export const x87Rows: readonly Row[] = [
  ...forms.map(({ code, name, operands, reads, writes, feature }) =>
    row(code, name, operands, 'x87', { reads, writes, feature }),
  ),
  row('9B', 'fwait', '', 'x87', { feature: 'FPU' }),
  row('0F AE /0 m', 'fxsave', 'M', 'x87', { feature: 'FXSR' }),
  row('0F AE /1 m', 'fxrstor', 'M', 'x87', { feature: 'FXSR' }),
];
