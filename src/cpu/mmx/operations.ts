/** Packed operations by operation id, which is their mnemonic. */
import * as add from './add.ts';
import * as compare from './compare.ts';
import * as horizontal from './horizontal.ts';
import * as logic from './logic.ts';
import * as multiply from './multiply.ts';
import * as pack from './pack.ts';
import type { Directed, Packed, Shift } from './packed.ts';
import * as shift from './shift.ts';
import * as shuffle from './shuffle.ts';
import * as sign from './sign.ts';

const { psllw, pslld, psllq, psrlw, psrld, psrlq, psraw, psrad, pslldq, psrldq } = shift;
const { pshufb, pshufw, pshufd, pshufhw, pshuflw, palignr } = shuffle;

export const PACKED: Readonly<Record<string, Packed>> = {
  ...add,
  ...compare,
  ...horizontal,
  ...logic,
  ...multiply,
  ...pack,
  ...sign,
  pshufb,
};

export const DIRECTED: Readonly<Record<string, Directed>> = { pshufw, pshufd, pshufhw, pshuflw, palignr };

export const SHIFTS: Readonly<Record<string, Shift>> = {
  psllw,
  pslld,
  psllq,
  psrlw,
  psrld,
  psrlq,
  psraw,
  psrad,
  pslldq,
  psrldq,
};
