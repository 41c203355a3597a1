/** Builds and runs the native harness: what this host's processor does with cases. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SLOT, type Start } from './cases.ts';
import type { Outcome } from './replay.ts';

const SOURCE = fileURLToPath(new URL('native.c', import.meta.url));
const FLAGS = '-m32 -O1 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -z noexecstack'.split(
  ' ',
);
const RECORD = 16 + 40 + 256;
const OUT_HEAD = 14;
const TRAP_INT3 = 3;
const TRAP_PAGE_FAULT = 14;

export interface Case {
  readonly bytes: readonly number[];
  readonly start: Start;
}

/** Compiles the harness; returns its path. Throws when the compiler cannot make i386 programs. */
export function buildNative(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'cr86-oracle-')), 'native');
  execFileSync('gcc', [...FLAGS, '-o', path, SOURCE], { stdio: 'pipe' });
  return path;
}

function record(to: Buffer, at: number, { bytes, start }: Case): void {
  to.fill(0xcc, at, at + 16);
  to.set(bytes, at);
  start.regs.forEach((reg, i) => {
    to.writeInt32LE(reg, at + 16 + i * 4);
  });
  to.writeUInt32LE(SLOT, at + 48);
  to.writeUInt32LE(start.eflags, at + 52);
  to.set(start.memory, at + 56);
}

/** Runs the cases natively, in order. */
export function runNative(path: string, cases: readonly Case[]): Outcome[] {
  const input = Buffer.alloc(cases.length * RECORD);
  cases.forEach((c, i) => {
    record(input, i * RECORD, c);
  });
  const result = spawnSync(path, { input, maxBuffer: 1 << 30, timeout: 60_000 });
  if (result.status !== 0) throw new Error(`native harness: status ${result.status}, signal ${result.signal}`);
  const words = new Int32Array(result.stdout.buffer, result.stdout.byteOffset, result.stdout.length >> 2);
  const outcomes: Outcome[] = [];
  for (let at = 0; at < words.length; ) {
    const count = words[at + 13]!;
    outcomes.push(outcome(words, at, [...words.subarray(at + OUT_HEAD, at + OUT_HEAD + count)]));
    at += OUT_HEAD + count;
  }
  if (outcomes.length !== cases.length) throw new Error(`native harness: ${outcomes.length} of ${cases.length} cases`);
  return outcomes;
}

/** A stop at the INT3 that follows, or at the fetch from where the instruction jumped to, is completion. */
function outcome(words: Int32Array, at: number, changes: number[]): Outcome {
  const trap = words[at + 10]!;
  const eip = words[at + 8]! >>> 0;
  const fetched = trap === TRAP_PAGE_FAULT && words[at + 12] === words[at + 8] && eip !== SLOT;
  const completed = trap === TRAP_INT3 || fetched;
  return {
    vector: completed ? -1 : trap,
    errorCode: words[at + 11]!,
    cr2: words[at + 12]! >>> 0,
    regs: words.slice(at, at + 8),
    eip: trap === TRAP_INT3 ? eip - 1 : eip,
    eflags: words[at + 9]!,
    changes,
  };
}
