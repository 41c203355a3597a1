/**
 * Vectors of the integer instructions, recorded once on a host that executes i386 code: what a named processor did
 * with tens of thousands of random instructions. They are only read: no host without i386 code could make them anew.
 *
 * integer.br is Brotli over: a line of JSON, then for each case: u8 length, code bytes, u8 vector + 1 (0: completed),
 * u16 EFLAGS, u8 mask of changed registers and their words, u32 eip - SLOT, u16 count of changed bytes and for each u16
 * offset, u8 value; for faults u32 error code and cr2. The start state follows from the case's index, so `archivedStart`
 * must never change.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { CODE, DATA_PAGES, FX, FX_SIZE, type Outcome, SLOT, type Start, WINDOW_SIZE, WINDOWS } from './layout.ts';

const FILE = new URL('integer.br', import.meta.url);
/** The data pages that these cases have. */
export const ARCHIVE_PAGES = DATA_PAGES.slice(0, 2);
const NO_FX = new Uint8Array(0);
const INITIAL_FX = initialFx();
const WINDOW = WINDOWS.middle.start;
const FLAG_MASK = 0xcd5;
const FIXED_FLAGS = 0x202;

/** FNINIT's control word, MXCSR's initial value. */
function initialFx(): Uint8Array {
  const fx = new Uint8Array(FX_SIZE);
  new DataView(fx.buffer).setUint16(FX.fcw, 0x37f, true);
  new DataView(fx.buffer).setUint32(FX.mxcsr, 0x1f80, true);
  return fx;
}

/** A small deterministic generator (xorshift32 over a mixed seed). */
class Random {
  private state: number;
  constructor(seed: number) {
    this.state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const EDGES = [
  0, 1, 2, 7, 8, 15, 16, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, -1, -2,
];

function value(random: Random): number {
  const kind = random.below(8);
  if (kind < 3) return EDGES[random.below(EDGES.length)]!;
  if (kind === 3) return random.below(16);
  return random.next() | 0;
}

/** A pointer into the window, with room on both sides. */
const pointer = (random: Random): number => WINDOW + 64 + random.below(128);

/** The state a case starts from. `op` is the operation id: a few keep their operands within reason. */
export function archivedStart(seed: number, op: string): Start {
  const random = new Random(seed);
  const regs = new Int32Array(8);
  for (let i = 0; i < 8; i++) {
    const points = i === 4 ? 95 : i === 3 || i > 4 ? 80 : 0;
    regs[i] = random.chance(points) ? pointer(random) : value(random);
  }
  const eflags = (random.next() & FLAG_MASK) | FIXED_FLAGS;
  const memory = new Uint8Array(WINDOW_SIZE);
  const words = new Int32Array(memory.buffer);
  for (let i = 0; i < words.length; i++) words[i] = value(random);
  const count = random.below(20);
  if (STRINGS.has(op)) regs[1] = count;
  const top = regs[4]! - WINDOW;
  if (op === 'popf' && top >= 0 && top < WINDOW_SIZE - 4) memory[top + 1] = memory[top + 1]! & 0x8e;
  if (op === 'popf' && top >= 0 && top < WINDOW_SIZE - 4) memory[top + 2] = 0;
  if (op === 'ret' && random.chance(60) && top >= 0 && top < WINDOW_SIZE - 4) {
    new DataView(memory.buffer).setInt32(top, CODE + random.below(2000), true);
  }
  return { regs, eflags, window: WINDOW, memory, fx: INITIAL_FX };
}

const STRINGS = new Set(['movs', 'stos', 'lods', 'cmps', 'scas']);

export interface ArchiveHead {
  readonly processor: string;
  readonly cases: number;
}

export interface ArchivedCase {
  readonly index: number;
  readonly bytes: readonly number[];
  readonly outcome: Outcome;
}

/** Reads the set; `opOf` tells the operation id of an instruction, which its start state depends on. */
export function* readArchive(opOf: (bytes: readonly number[]) => string): Generator<ArchivedCase, ArchiveHead> {
  const data = brotliDecompressSync(readFileSync(FILE));
  const line = data.indexOf(10);
  const head = JSON.parse(data.toString('utf8', 0, line)) as ArchiveHead;
  let at = line + 1;
  const int = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value |= data[at++]! << (8 * i);
    return value;
  };
  for (let index = 0; index < head.cases; index++) {
    const length = int(1);
    const bytes = [...data.subarray(at, at + length)];
    at += length;
    const vector = int(1) - 1;
    const eflags = int(2);
    const regs = archivedStart(index, opOf(bytes)).regs.slice();
    const mask = int(1);
    for (let i = 0; i < 8; i++) if ((mask & (1 << i)) !== 0) regs[i] = int(4);
    const eip = (SLOT + int(4)) >>> 0;
    const changes = Array.from({ length: int(2) }, () => (int(2) << 8) | int(1));
    const errorCode = vector >= 0 ? int(4) : 0;
    const cr2 = vector >= 0 ? int(4) >>> 0 : 0;
    yield { index, bytes, outcome: { vector, errorCode, cr2, regs, eip, eflags, changes, fx: NO_FX } };
  }
  return head;
}
