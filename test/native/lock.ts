/** A lock between processes that may prepare the same files at the same time: a directory, made by exactly one. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const POLL_MS = 100;
/** How long a lock without a readable owner may stand: its maker dies between two system calls only rarely. */
const NAMELESS_MS = 10_000;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps, and lets nothing else of this thread run. */
export function pause(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes a lock whose owner is gone. */
function breakStale(lock: string): void {
  try {
    const owner = readOwner(lock);
    const isNew = Date.now() - statSync(lock).mtimeMs < NAMELESS_MS;
    if (owner === undefined ? !isNew : !isAlive(Number(owner))) rmSync(lock, { recursive: true, force: true });
  } catch {
    // Released meanwhile: the next attempt tells.
  }
}

function readOwner(lock: string): string | undefined {
  try {
    return readFileSync(join(lock, 'pid'), 'utf8') || undefined;
  } catch {
    return undefined;
  }
}

/** Runs body while holding the lock directory; waits, at most waitMs, while another live process holds it. */
export function withLock<T>(lock: string, waitMs: number, body: () => T): T {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > deadline) throw new Error(`${lock} has been held for ${waitMs / 1000} s`);
      breakStale(lock);
      pause(POLL_MS);
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return body();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
