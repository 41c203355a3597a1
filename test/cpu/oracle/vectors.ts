/**
 * The committed vectors: what a named processor did with tens of thousands of random instructions.
 *
 * Brotli over: a line of JSON, then for each case: u8 length, code bytes, u8 vector + 1 (0: completed), u16 EFLAGS,
 * u8 mask of changed registers and their words, u32 eip - SLOT, u16 count of changed bytes and for each u16 offset,
 * u8 value; for faults u32 error code and cr2. The start state follows from the case's index (cases.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { SLOT, startState } from './cases.ts';
import type { Case } from './native.ts';
import type { Outcome } from './replay.ts';

const FILE = new URL('vectors.br', import.meta.url);

export interface VectorHead {
  readonly processor: string;
  readonly cases: number;
}

export interface Vector {
  readonly index: number;
  readonly bytes: readonly number[];
  readonly outcome: Outcome;
}

class Writer {
  readonly out: number[] = [];
  int(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.out.push((value >>> (8 * i)) & 0xff);
  }
}

function writeVector(to: Writer, { bytes, start }: Case, outcome: Outcome): void {
  to.int(bytes.length, 1);
  to.out.push(...bytes);
  to.int(outcome.vector + 1, 1);
  to.int(outcome.eflags, 2);
  let mask = 0;
  outcome.regs.forEach((reg, i) => {
    if (reg !== start.regs[i]) mask |= 1 << i;
  });
  to.int(mask, 1);
  outcome.regs.forEach((reg, i) => {
    if ((mask & (1 << i)) !== 0) to.int(reg, 4);
  });
  to.int(outcome.eip - SLOT, 4);
  to.int(outcome.changes.length, 2);
  for (const change of outcome.changes) {
    to.int(change >>> 8, 2);
    to.int(change, 1);
  }
  if (outcome.vector >= 0) {
    to.int(outcome.errorCode, 4);
    to.int(outcome.cr2, 4);
  }
}

export function writeVectors(head: VectorHead, cases: readonly Case[], outcomes: readonly Outcome[]): number {
  const to = new Writer();
  to.out.push(...new TextEncoder().encode(`${JSON.stringify(head)}\n`));
  cases.forEach((c, i) => {
    writeVector(to, c, outcomes[i]!);
  });
  const packed = brotliCompressSync(Uint8Array.from(to.out), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 11 },
  });
  writeFileSync(FILE, packed);
  return packed.length;
}

/** Reads the set; `opOf` tells the operation id of an instruction, which its start state depends on. */
export function* readVectors(opOf: (bytes: readonly number[]) => string): Generator<Vector, VectorHead> {
  const data = brotliDecompressSync(readFileSync(FILE));
  const line = data.indexOf(10);
  const head = JSON.parse(data.toString('utf8', 0, line)) as VectorHead;
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
    const regs = startState(index, opOf(bytes)).regs.slice();
    const mask = int(1);
    for (let i = 0; i < 8; i++) if ((mask & (1 << i)) !== 0) regs[i] = int(4);
    const eip = (SLOT + int(4)) >>> 0;
    const changes = Array.from({ length: int(2) }, () => (int(2) << 8) | int(1));
    const errorCode = vector >= 0 ? int(4) : 0;
    const cr2 = vector >= 0 ? int(4) >>> 0 : 0;
    yield { index, bytes, outcome: { vector, errorCode, cr2, regs, eip, eflags, changes } };
  }
  return head;
}
