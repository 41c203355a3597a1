/** Sequences of two to four instructions, for what lies between instructions: lazy flags, blocks, operations of the interpreter's own. */
import type { Row } from '../../../src/cpu/row.ts';
import { flagBits } from './compare.ts';
import { decode } from './decode.ts';
import { caseBytes, type Encoding } from './encodings.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { type Case, SLOT, SLOT_SIZE } from './layout.ts';
import type { Mode } from './native.ts';
import type { Random } from './random.ts';
import type { Replay } from './replay.ts';
import { sameIn64 } from './same64.ts';
import { startState } from './state.ts';
import { isTranscendental } from './state-x87.ts';

const LONGEST = 4;
const AC = 0x40000;
const FLAGS = 0xcd5;
const CONTROL = /^(jcc|loop|jecxz|jmp|jmpIndirect|call|callIndirect|ret|ud|privileged)$/;
/** Leave flags as they are when a count is zero. */
const COUNTED = /^(rol|ror|rcl|rcr|shl|shr|sar|shld|shrd)$/;
const REPEATED = /^(movs|stos|lods|cmps|scas)$/;

/** A sequence with the EFLAGS bits that are defined after it. */
export interface Sequence extends Case {
  readonly flags: number;
}

/** Whether a row can stand in a sequence: it goes on to the next instruction, and is the same on all processors. */
export function fitsSequence(row: Row): boolean {
  const name = `${row.code} ${row.name}`;
  const open = EXCEPTIONS.some(({ rows }) => rows.source !== '.' && rows.test(name));
  return !CONTROL.test(row.op) && !open && !isTranscendental(row);
}

/** One random sequence, tried out on the emulator; null when it reads undefined flags or differs between modes. */
export function randomSequence(
  random: Random,
  encodings: readonly Encoding[],
  mode: Mode,
  replay: Replay,
): Sequence | null {
  const for64 = mode !== 'i386';
  const pieces: number[][] = [];
  const length = 2 + random.below(LONGEST - 1);
  while (pieces.length < length) pieces.push(caseBytes(random, random.pick(encodings), { for64, plain: true }));
  const bytes = pieces.flat();
  if (bytes.length > SLOT_SIZE) return null;
  const first = startState(random.int32(), decode(bytes));
  const start = { ...first, eflags: first.eflags & ~AC };
  replay.prepare(bytes, start);
  const flags = tryOut(pieces, start.window, for64, replay);
  replay.outcome(-1);
  return flags === null ? null : { bytes, start, flags };
}

/** Steps through the pieces; returns which flags are defined at the end. */
function tryOut(pieces: readonly number[][], window: number, for64: boolean, replay: Replay): number | null {
  const { cpu } = replay.board;
  let unknown = 0;
  let eip = SLOT;
  for (const piece of pieces) {
    const it = decode(piece);
    const { row } = it.form;
    const state = { regs: cpu.regs, eflags: 0, window, memory: NOTHING, fx: NOTHING };
    if (for64 && !sameIn64(it, state, eip)) return null;
    if ((flagBits(row.reads) & unknown) !== 0) return null;
    if (replay.step() >= 0) break;
    if (!COUNTED.test(row.op) && !REPEATED.test(row.op)) unknown &= ~flagBits(row.writes);
    unknown |= flagBits(row.undef);
    eip += piece.length;
  }
  return FLAGS & ~unknown;
}
const NOTHING = new Uint8Array(0);
