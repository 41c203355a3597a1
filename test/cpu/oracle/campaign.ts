/** Random cases of rows, judged by this host's processor. */
import type { Row } from '../../../src/cpu/row.ts';
import { difference } from './compare.ts';
import { decode } from './decode.ts';
import { caseBytes, type Encoding, encodingOf, type Wish } from './encodings.ts';
import { type Case, type Outcome, WINDOWS, type Window } from './layout.ts';
import { type Native, processorName } from './native.ts';
import { Random } from './random.ts';
import { Replay } from './replay.ts';
import { isSystem, nameOf } from './rows.ts';
import { rowDiffers, sameIn64 } from './same64.ts';
import { fitsSequence, randomSequence, type Sequence } from './sequences.ts';
import { startState } from './state.ts';

const NOP = 0x90;
export const TRIES = 50;
const PRECISION = 0x300;
const RESERVED_PRECISION = 0x100;
const FAULTING: readonly Window[] = ['low', 'high', 'readOnly'];

/** Why a row's cases cannot run on a host in that mode; null when they can. */
export function unjudged(row: Row, mode: Native['mode']): string | null {
  if (isSystem(row)) return 'it belongs to the host kernel';
  return mode === 'i386' ? null : rowDiffers(row);
}

interface Choice extends Partial<Wish> {
  /** Default: mostly across two pages. */
  readonly where?: Window;
  /** Start states have this seed and those that follow; by default any. */
  readonly seed?: number;
}

/** A case of a row that means the same in that mode, and which try it was; null when there was none. */
export function randomCase(
  random: Random,
  it: Encoding,
  mode: Native['mode'],
  { where, seed, ...wish }: Choice = {},
): (Case & { readonly tries: number }) | null {
  const for64 = mode !== 'i386';
  for (let tries = 0; tries < TRIES; tries++) {
    const bytes = caseBytes(random, it, { ...wish, for64 });
    const decoded = decode(bytes);
    const window = where ?? (random.one(8) ? random.pick(FAULTING) : 'middle');
    const start = startState(seed === undefined ? random.int32() : seed + tries, decoded, window);
    if (!for64 || sameIn64(decoded, start)) return { bytes, start, tries };
  }
  return null;
}

/** Precision control 01 is reserved: what processors do with it is not compared. */
export const isReserved = ({ fx }: Outcome): boolean =>
  (((fx[0] ?? 0) | ((fx[1] ?? 0) << 8)) & PRECISION) === RESERVED_PRECISION;

/** One kind of difference: how often, and an example. */
export interface Kind {
  count: number;
  readonly example: string;
}

const hexBytes = (bytes: ArrayLike<number>): string => Buffer.from(Array.from(bytes)).toString('hex');

/** A case in words. */
export function describe({ bytes, start }: Case, problem: string): string {
  const regs = Array.from(start.regs, (reg) => (reg >>> 0).toString(16)).join(' ');
  const window = Object.entries(WINDOWS).find(([, it]) => it.start === start.window)?.[0];
  return [
    `  code ${hexBytes(bytes)}`,
    `  regs ${regs} eflags ${start.eflags.toString(16)} window ${window}`,
    `  fx   ${hexBytes(start.fx)}`,
    `  mem  ${hexBytes(start.memory)}`,
    `  ${problem}`,
  ].join('\n');
}

export class Campaign {
  readonly kinds = new Map<string, Kind>();
  total = 0;
  differences = 0;
  private readonly replay = new Replay();
  private readonly processor = processorName();
  private readonly native: Native;

  constructor(native: Native) {
    this.native = native;
  }

  /** Runs cases and notes differences. */
  judge(cases: readonly Case[]): void {
    const outcomes = this.native.run(cases);
    cases.forEach((it, i) => {
      const ours = this.replay.execute(it.bytes, it.start);
      this.total++;
      const native = outcomes[i]!;
      const decoded = decode(it.bytes);
      const problem = difference({ it: decoded, start: it.start, native, ours, processor: this.processor });
      if (problem !== null && !isReserved(ours)) this.note(nameOf(decoded.form.row), it, problem);
    });
  }

  /** Runs sequences, as the blocks that the emulator translates them to. */
  judgeSequences(sequences: readonly Sequence[]): void {
    const outcomes = this.native.run(sequences);
    sequences.forEach((it, i) => {
      const ours = this.replay.executeBlock(it.bytes, it.start);
      this.total++;
      const judged = { it: decode([NOP]), start: it.start, native: outcomes[i]!, ours, flags: it.flags };
      const problem = difference({ ...judged, processor: this.processor });
      if (problem !== null && !isReserved(ours)) this.note('sequence', it, problem);
    });
  }

  /** `count` sequences of rows that fit into one. */
  runSequences(rows: readonly Row[], count: number, random: Random): void {
    const { mode } = this.native;
    const encodings = rows.filter((row) => unjudged(row, mode) === null && fitsSequence(row)).map(encodingOf);
    if (encodings.length === 0) return;
    const sequences: Sequence[] = [];
    for (let i = 0; i < count; i++) {
      const found = randomSequence(random, encodings, mode, this.replay);
      if (found !== null) sequences.push(found);
    }
    this.judgeSequences(sequences);
  }

  private note(row: string, it: Case, problem: string): void {
    this.differences++;
    const key = `${row}: ${problem.split(' ')[0]}`;
    const kind = this.kinds.get(key);
    if (kind === undefined) this.kinds.set(key, { count: 1, example: describe(it, problem) });
    else kind.count++;
  }
}

/** Cases of all rows in turn, `count` in all but at least one of each, in batches. */
export function* batches(rows: readonly Row[], mode: Native['mode'], count: number, seed: number): Generator<Case[]> {
  const random = new Random(seed);
  const wanted = rows.filter((row) => unjudged(row, mode) === null).map(encodingOf);
  const rounds = Math.ceil(count / wanted.length);
  let batch: Case[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const it of wanted) {
      const found = randomCase(random, it, mode);
      if (found !== null) batch.push(found);
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}
const BATCH = 4000;
