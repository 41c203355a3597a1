/**
 * The committed vectors: cases with what a processor made of them, recorded once on a host that executes i386 code and
 * only read since. The file is one line of JSON and then, compressed,
 * the requests and the replies exclusive-or'ed with the parts of the requests that they repeat, both by columns.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { MEMORY_SIZE, REPLY, REPLY_SIZE, REQUEST, REQUEST_SIZE, X87_SIZE } from './record.ts';

export interface Vectors {
  /** Name of the processor that produced the replies. */
  readonly processor: string;
  /** Which form (by name) and how many cases, in order. */
  readonly forms: readonly { readonly name: string; readonly cases: number }[];
  readonly requests: Buffer;
  readonly replies: Buffer;
}

const FILE = new URL('../vectors.bin', import.meta.url);

export function readVectors(): Vectors {
  const file = readFileSync(FILE);
  const end = file.indexOf(10);
  const { processor, forms } = JSON.parse(file.toString('utf8', 0, end)) as Pick<Vectors, 'processor' | 'forms'>;
  const columns = brotliDecompressSync(file.subarray(end + 1));
  const count = columns.length / (REQUEST_SIZE + REPLY_SIZE);
  const requests = transpose(columns.subarray(0, count * REQUEST_SIZE), count);
  const replies = combine(requests, transpose(columns.subarray(count * REQUEST_SIZE), count));
  return { processor, forms, requests, replies };
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

/** Exclusive-or of replies with the state, operand, eax and eflags of their requests; its own inverse. */
function combine(requests: Buffer, replies: Buffer): Buffer {
  const out = Buffer.from(replies);
  const parts = [
    [REQUEST.eax, REPLY.eax, 4],
    [REQUEST.eflags, REPLY.eflags, 4],
    [REQUEST.state, REPLY.state, X87_SIZE],
    [REQUEST.memory, REPLY.memory, MEMORY_SIZE],
  ] as const;
  const count = requests.length / REQUEST_SIZE;
  for (let i = 0; i < count; i++) {
    for (const [from, to, size] of parts) {
      for (let k = 0; k < size; k++) {
        const at = i * REPLY_SIZE + to + k;
        out[at] = out[at]! ^ requests[i * REQUEST_SIZE + from + k]!;
      }
    }
  }
  return out;
}
