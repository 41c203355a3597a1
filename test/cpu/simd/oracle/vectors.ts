/**
 * The committed vectors: what a processor made of seeded cases. The file is one line of JSON and then, compressed, the
 * replies by columns, exclusive-or'ed with the parts of the requests that they repeat. Cases are made again from their
 * seeds; a digest tells when they are no more what they were.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import type { Row } from '../../../../src/cpu/row.ts';
import { Random } from '../../oracle/random.ts';
import { fillRequest, nameOf, subjects } from './cases.ts';
import { REPLY, REPLY_SIZE, REQUEST, REQUEST_SIZE } from './record.ts';

export const CASES = 240;

interface Header {
  /** Name of the processor that produced the replies. */
  readonly processor: string;
  /** Names of the rows, in order; each has CASES cases. */
  readonly rows: readonly string[];
  /** SHA-256 of all requests. */
  readonly requests: string;
}

/** RCP and RSQRT differ from processor to processor: they have a test of their own. */
export const recorded: readonly Row[] = subjects.filter(({ name }) => !/^r(cp|sqrt)/.test(name));

const FILE = new URL('../vectors.bin', import.meta.url);

/** Seed of a row's cases: its name's, so that a row more does not change the others. */
function seedOf(row: Row): number {
  return createHash('sha256').update(nameOf(row)).digest().readInt32LE(0);
}

/** The cases of all recorded rows. */
export function allRequests(): Buffer {
  const requests = Buffer.alloc(recorded.length * CASES * REQUEST_SIZE);
  let at = 0;
  for (const row of recorded) {
    const random = new Random(seedOf(row));
    for (let i = 0; i < CASES; i++, at += REQUEST_SIZE)
      fillRequest(random, row, requests.subarray(at, at + REQUEST_SIZE));
  }
  return requests;
}

const digest = (requests: Buffer): string => createHash('sha256').update(requests).digest('hex');

/** Replies with what they repeat of their requests taken out; its own inverse. */
function combine(requests: Buffer, replies: Buffer): Buffer {
  const parts = [
    [REQUEST.mxcsr, REPLY.mxcsr, 4],
    [REQUEST.xmm, REPLY.xmm, 16],
    [REQUEST.memory, REPLY.memory, 16],
    [REQUEST.eax, REPLY.eax, 4],
  ] as const;
  const out = Buffer.from(replies);
  for (let i = 0; i < replies.length / REPLY_SIZE; i++) {
    for (const [from, to, size] of parts) {
      for (let k = 0; k < size; k++) {
        const at = i * REPLY_SIZE + to + k;
        out[at] = out[at]! ^ requests[i * REQUEST_SIZE + from + k]!;
      }
    }
  }
  return out;
}

/** Rows of `width` bytes into columns; with the number of rows as width, back. */
function transpose(bytes: Buffer, width: number): Buffer {
  const rows = bytes.length / width;
  const out = Buffer.alloc(bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) out[column * rows + row] = bytes[row * width + column]!;
  }
  return out;
}

/** Writes the file; returns its size in bytes. */
export function writeVectors(processor: string, requests: Buffer, replies: Buffer): number {
  const header: Header = { processor, rows: recorded.map(nameOf), requests: digest(requests) };
  const packed = brotliCompressSync(transpose(combine(requests, replies), REPLY_SIZE));
  const file = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), packed]);
  writeFileSync(FILE, file);
  return file.length;
}

/** The file's contents. Throws when the cases are not those that it answers. */
export function readVectors(): { processor: string; rows: readonly string[]; requests: Buffer; replies: Buffer } {
  const file = readFileSync(FILE);
  const end = file.indexOf(10);
  const header = JSON.parse(file.toString('utf8', 0, end)) as Header;
  const requests = allRequests();
  if (digest(requests) !== header.requests) throw new Error('the cases have changed: record their vectors anew');
  const columns = brotliDecompressSync(file.subarray(end + 1));
  const replies = combine(requests, transpose(columns, columns.length / REPLY_SIZE));
  return { processor: header.processor, rows: header.rows, requests, replies };
}
