/** Output to the host's descriptors, in order and complete before it returns. */
import { writeSync } from 'node:fs';

/** The reader of our output has gone: what SIGPIPE is for other programs. */
export class ReaderGone extends Error {}

const RETRY_MS = 2;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of `data` to descriptor `fd`. A descriptor that another process made non-blocking is waited for. Throws ReaderGone. */
export function writeAll(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(fd, data, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code; // writeSync throws system errors only
      if (code === 'EPIPE') throw new ReaderGone('the reader of the output has gone');
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}
