/** The host's stdin, read only when the guest waits for it, so that a piped run does not depend on timing. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const STDIN = 0;
const CHUNK = 65536;
/** A pipe's writer that says nothing for so long has said what it had to say. */
const QUIET_MS = 50;
const RETRY_MS = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function pause(): void {
  Atomics.wait(sleeper, 0, 0, RETRY_MS);
}

/**
 * The next chunk of the host's stdin, empty at its end: all that is there, up to 64 KiB, so that what a guest is given does
 * not depend on how a pipe's writer cut its output. Every byte read is returned: another process may go on with the same
 * stdin. Only asked when the guest has nothing else to do, so it may as well block.
 */
export function readStdin(): Uint8Array {
  const data = new Uint8Array(CHUNK);
  let length = readBlocking(data);
  if (length === 0 || length === CHUNK || !fstatSync(STDIN).isFIFO()) return data.subarray(0, length);
  const fd = openAgain();
  if (fd < 0) return data.subarray(0, length);
  for (let quiet = 0; quiet < QUIET_MS && length < CHUNK; ) {
    const got = readNow(fd, data.subarray(length));
    if (got === 0) break;
    if (got < 0) pause();
    quiet = got < 0 ? quiet + RETRY_MS : 0;
    length += Math.max(0, got);
  }
  closeSync(fd);
  return data.subarray(0, length);
}

/** Waits for input; 0 at its end. A stdin that was never opened has ended. */
function readBlocking(into: Uint8Array): number {
  for (;;) {
    try {
      return readSync(STDIN, into);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code; // readSync throws system errors only
      if (code === 'EOF' || code === 'EBADF') return 0;
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

/** The pipe once more, without blocking: the descriptor itself may be shared with others, who would notice. -1 where there is no such way. */
function openAgain(): number {
  try {
    return openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return -1;
  }
}

/** What is there: 0 at the end, -1 when nothing is. */
function readNow(fd: number, into: Uint8Array): number {
  try {
    return readSync(fd, into);
  } catch {
    return -1;
  }
}
