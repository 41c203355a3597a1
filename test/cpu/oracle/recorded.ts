/**
 * Vectors of all rows that no archive has, and of operands that fault: what a named processor did.
 *
 * recorded.br is a line of JSON, then Brotli over the cases: u8 window, u8 try, u8 length, code bytes, u8 vector + 1
 * (0: completed), u24 EFLAGS, u8 mask of changed registers and their words, u32 eip - SLOT, 9 bytes that say which words
 * of the FXSAVE image changed and those, u16 count of changed bytes and for each u24 offset << 8 | value; for faults u32
 * error code and cr2. Seeds of start states (state.ts) are index * TRIES + try.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Row } from '../../../src/cpu/row.ts';
import { randomCase, TRIES, unjudged } from './campaign.ts';
import { decode } from './decode.ts';
import { encodingOf, isSimd } from './encodings.ts';
import { type Case, FX, FX_SIZE, type Outcome, SLOT, type Start, WINDOWS, type Window } from './layout.ts';
import { type Mode, type Native, processorName } from './native.ts';
import { Random } from './random.ts';
import { startState } from './state.ts';

const FILE = new URL('recorded.br', import.meta.url);
const WINDOW_NAMES = Object.keys(WINDOWS) as Window[];
const PER_ROW = 200;
const FAULTS_PER_ROW = 16;
const WORDS = FX_SIZE / 4;

interface Head {
  readonly processor: string;
  /** What kind of code ran. */
  readonly mode: Mode;
  readonly cases: number;
  /** SHA-256 over all start states. */
  readonly states: string;
}

interface Seeded extends Case {
  readonly where: Window;
  readonly tries: number;
}

/** Rows whose cases are recorded here; the others are in the archives, but for operands that fault. */
const isRecorded = (row: Row): boolean => isSimd(row);

/** The cases to record: PER_ROW of each row that no archive has, and of every row with a memory operand some at edges. */
function chooseCases(rows: readonly Row[], mode: Mode): Seeded[] {
  const random = new Random(2026);
  const cases: Seeded[] = [];
  const add = (it: ReturnType<typeof encodingOf>, where: Window, memory: boolean): void => {
    const found = randomCase(random, it, mode, { where, memory, plain: true, seed: cases.length * TRIES });
    if (found !== null) cases.push({ ...found, where });
  };
  for (const row of rows) {
    if (unjudged(row, mode) !== null) continue;
    const it = encodingOf(row);
    if (isRecorded(row)) for (let i = 0; i < PER_ROW; i++) add(it, 'middle', false);
    if (it.modrm?.memory !== true) continue;
    for (let i = 0; i < FAULTS_PER_ROW; i++) add(it, WINDOW_NAMES[1 + (i % 3)]!, true);
  }
  return cases;
}

class Writer {
  readonly out: number[] = [];
  int(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.out.push((value >>> (8 * i)) & 0xff);
  }
}

const wordsOf = (fx: Uint8Array): Int32Array => new Int32Array(fx.slice().buffer);

function writeCase(to: Writer, { bytes, start, where, tries }: Seeded, outcome: Outcome): void {
  to.out.push(WINDOW_NAMES.indexOf(where), tries, bytes.length, ...bytes, outcome.vector + 1);
  to.int(outcome.eflags, 3);
  const changed = [0, 1, 2, 3, 4, 5, 6, 7].filter((i) => outcome.regs[i] !== start.regs[i]);
  to.int(
    changed.reduce((mask, i) => mask | (1 << i), 0),
    1,
  );
  for (const i of changed) to.int(outcome.regs[i]!, 4);
  to.int(outcome.eip - SLOT, 4);
  writeFx(to, wordsOf(start.fx), wordsOf(outcome.fx));
  to.int(outcome.changes.length, 2);
  for (let i = 0; i < outcome.changes.length; i++) to.int(outcome.changes[i]!, 3);
  if (outcome.vector < 0) return;
  to.int(outcome.errorCode, 4);
  to.int(outcome.cr2, 4);
}

function writeFx(to: Writer, before: Int32Array, after: Int32Array): void {
  // MXCSR's mask is not part of a start state.
  after[FX.mxcsrMask / 4] = before[FX.mxcsrMask / 4]!;
  const mask = new Array<number>(WORDS / 8).fill(0);
  const words: number[] = [];
  for (let i = 0; i < WORDS; i++) {
    if (before[i] === after[i]) continue;
    mask[i >> 3] = mask[i >> 3]! | (1 << (i & 7));
    words.push(after[i]!);
  }
  to.out.push(...mask);
  for (const word of words) to.int(word, 4);
}

function digestOf(starts: Iterable<Start>): string {
  const hash = createHash('sha256');
  for (const { regs, eflags, window, memory, fx } of starts) {
    hash.update(regs).update(Int32Array.of(eflags, window)).update(memory).update(fx);
  }
  return hash.digest('hex');
}

/** Records what the host's processor does; returns a line that tells what was written. */
export function record(rows: readonly Row[], native: Native): string {
  const cases = chooseCases(rows, native.mode);
  const to = new Writer();
  for (let at = 0; at < cases.length; at += 5000) {
    const part = cases.slice(at, at + 5000);
    const outcomes = native.run(part);
    part.forEach((it, i) => {
      writeCase(to, it, outcomes[i]!);
    });
  }
  const states = digestOf(cases.map(({ start }) => start));
  const head: Head = { processor: processorName(), mode: native.mode, cases: cases.length, states };
  const packed = brotliCompressSync(Uint8Array.from(to.out), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: to.out.length },
  });
  writeFileSync(FILE, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), packed]));
  return `${cases.length} cases, ${packed.length} bytes, ${head.processor}`;
}

export interface Recorded extends Case {
  readonly outcome: Outcome;
}

class Reader {
  private at = 0;
  private readonly data: Buffer;
  constructor(data: Buffer) {
    this.data = data;
  }
  get left(): boolean {
    return this.at < this.data.length;
  }
  int(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.data[this.at++]! << (8 * i);
    return value;
  }
  bytes(size: number): number[] {
    this.at += size;
    return [...this.data.subarray(this.at - size, this.at)];
  }
}

function readCase(from: Reader, index: number): Recorded {
  const where = WINDOW_NAMES[from.int(1)]!;
  const seed = index * TRIES + from.int(1);
  const bytes = from.bytes(from.int(1));
  const start = startState(seed, decode(bytes), where);
  const vector = from.int(1) - 1;
  const eflags = from.int(3);
  const regs = start.regs.slice();
  const mask = from.int(1);
  for (let i = 0; i < 8; i++) if ((mask & (1 << i)) !== 0) regs[i] = from.int(4);
  const eip = (SLOT + from.int(4)) >>> 0;
  const fx = readFx(from, start.fx);
  const changes = Array.from({ length: from.int(2) }, () => from.int(3));
  const errorCode = vector >= 0 ? from.int(4) : 0;
  const cr2 = vector >= 0 ? from.int(4) >>> 0 : 0;
  return { bytes, start, outcome: { vector, errorCode, cr2, regs, eip, eflags, fx, changes } };
}

function readFx(from: Reader, before: Uint8Array): Uint8Array {
  const words = wordsOf(before);
  const mask = from.bytes(WORDS / 8);
  for (let i = 0; i < WORDS; i++) if ((mask[i >> 3]! & (1 << (i & 7))) !== 0) words[i] = from.int(4);
  return new Uint8Array(words.buffer);
}

export interface Recording {
  readonly processor: string;
  readonly mode: Mode;
  readonly cases: readonly Recorded[];
}

/** Throws when start states are no longer those that the recording began from. */
export function readRecording(): Recording {
  const file = readFileSync(FILE);
  const end = file.indexOf(10);
  const head = JSON.parse(file.toString('utf8', 0, end)) as Head;
  const from = new Reader(brotliDecompressSync(file.subarray(end + 1)));
  const cases: Recorded[] = [];
  while (from.left) cases.push(readCase(from, cases.length));
  if (cases.length !== head.cases || digestOf(cases.map(({ start }) => start)) !== head.states) {
    throw new Error('start states have changed (state.ts, values.ts): record anew with npm run oracle -- --record');
  }
  return { processor: head.processor, mode: head.mode, cases };
}
