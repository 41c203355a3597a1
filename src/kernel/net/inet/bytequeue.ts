/** Bytes in order: the queues of a TCP connection. */
import { assert } from '../../kobject/errors.ts';
import { bytes, count, list, struct, u32, type Values } from '../../kobject/fields.ts';

const fields = {
  chunks: list(bytes('bytes'), 'what waits, oldest first'),
  offset: u32('bytes of the first chunk that are gone', { initial: 0 }),
  length: count('bytes that wait', { initial: 0 }),
};
export type ByteQueue = Values<typeof fields>;

export function byteQueue(doc: string) {
  return struct(fields, doc);
}

/** Small pieces share a chunk up to this size. */
const CHUNK = 4096;

export function push(queue: ByteQueue, data: Uint8Array): void {
  if (data.length === 0) return;
  const last = queue.chunks[queue.chunks.length - 1];
  queue.length += data.length;
  if (last === undefined || last.length + data.length > CHUNK) {
    queue.chunks.push(Uint8Array.from(data));
    return;
  }
  const joined = new Uint8Array(last.length + data.length);
  joined.set(last);
  joined.set(data, last.length);
  queue.chunks[queue.chunks.length - 1] = joined;
}

/** Up to `n` bytes from `skip` on, without taking them: a piece, shorter where a chunk ends. */
export function front(queue: ByteQueue, skip: number, n: number): Uint8Array {
  let at = skip + queue.offset;
  for (const chunk of queue.chunks) {
    if (at < chunk.length) return chunk.subarray(at, Math.min(chunk.length, at + n));
    at -= chunk.length;
  }
  return new Uint8Array(0);
}

/** Takes `n` bytes off the front. */
export function drop(queue: ByteQueue, n: number): void {
  queue.length -= n;
  queue.offset += n;
  for (let first = queue.chunks[0]; first !== undefined && queue.offset >= first.length; first = queue.chunks[0]) {
    queue.offset -= first.length;
    queue.chunks.shift();
  }
}

export function clear(queue: ByteQueue): void {
  queue.chunks = [];
  queue.offset = queue.length = 0;
}

export function checkQueue(queue: ByteQueue): void {
  const held = queue.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  assert(queue.offset <= held && held - queue.offset === queue.length, 'a queue that miscounts its bytes');
}
