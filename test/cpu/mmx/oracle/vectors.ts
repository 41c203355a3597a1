/**
 * The committed vectors: what a processor made of the cases, which follow from their rows (cases.ts).
 *
 * One line of JSON, then, compressed with Brotli, for each case: u8 signal, u8 count of changed 32-bit words, and for
 * each of them u8 index in the record (x87 registers by number), then for each its u32 value.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { byNumber, CHANGEABLE, RECORD, RECORD_SIZE } from './record.ts';

interface Head {
  /** Name of the processor that produced the results. */
  readonly processor: string;
  /** Codes of the rows, in order, and the cases of each. */
  readonly rows: readonly string[];
  readonly cases: number;
}

/** The results of one row, by case: signal, then index and value of the words that changed. */
export interface Result {
  readonly trap: number;
  readonly words: ReadonlyMap<number, number>;
}

const FILE = new URL('vectors.br', import.meta.url);
const WORD = 4;

/** What changed between a case's record and the one that was left. */
export function resultOf(before: Buffer, after: Buffer): Result {
  const old = byNumber(before);
  const left = byNumber(after);
  const words = new Map<number, number>();
  for (let at: number = CHANGEABLE.from; at < CHANGEABLE.to; at += WORD) {
    if (old.readInt32LE(at) !== left.readInt32LE(at)) words.set(at / WORD, left.readUInt32LE(at));
  }
  return { trap: after[RECORD.trap]!, words };
}

/** Writes the file; returns its size. `before` and `after` hold the records of all rows. */
export function writeVectors(head: Head, before: Buffer, after: Buffer): number {
  const out: number[] = [];
  for (let at = 0; at < before.length; at += RECORD_SIZE) {
    const { trap, words } = resultOf(before.subarray(at, at + RECORD_SIZE), after.subarray(at, at + RECORD_SIZE));
    out.push(trap, words.size, ...words.keys());
    for (const value of words.values()) {
      for (let shift = 0; shift < 32; shift += 8) out.push((value >>> shift) & 0xff);
    }
  }
  const packed = brotliCompressSync(Uint8Array.from(out), { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } });
  const file = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), packed]);
  writeFileSync(FILE, file);
  return file.length;
}

export interface Vectors extends Head {
  /** By row, then by case. */
  readonly results: readonly (readonly Result[])[];
}

export function readVectors(): Vectors {
  const file = readFileSync(FILE);
  const end = file.indexOf(10);
  const head = JSON.parse(file.toString('utf8', 0, end)) as Head;
  const data = brotliDecompressSync(file.subarray(end + 1));
  let at = 0;
  const next = (): Result => {
    const trap = data[at]!;
    const count = data[at + 1]!;
    const values = at + 2 + count;
    const words = new Map<number, number>();
    for (let i = 0; i < count; i++) words.set(data[at + 2 + i]!, data.readUInt32LE(values + i * WORD));
    at = values + count * WORD;
    return { trap, words };
  };
  return { ...head, results: head.rows.map(() => Array.from({ length: head.cases }, next)) };
}
