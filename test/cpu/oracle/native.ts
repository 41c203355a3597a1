/** Builds native.c and runs cases through it: what this host's processor does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasNativeI386 } from '../../native/native.ts';
import type { Missing } from '../../native/need.ts';
import { type Case, FX_SIZE, type Outcome, SLOT, SLOT_SIZE, WINDOW_SIZE } from './layout.ts';

const SOURCE = fileURLToPath(new URL('native.c', import.meta.url));
const FLAGS = '-O2 -nostdlib -ffreestanding -fno-stack-protector -mno-red-zone -z noexecstack'.split(' ');
const MODES = { i386: ['-m32', '-static', '-no-pie', '-fno-pie'], 'x86-64': ['-static-pie'] } as const;
export type Mode = keyof typeof MODES;

/** Offsets in struct request and struct reply. */
const REQUEST = { length: 32, window: 36, regs: 40, eflags: 72, fx: 80, memory: 80 + FX_SIZE } as const;
const REQUEST_SIZE = REQUEST.memory + WINDOW_SIZE;
const REPLY_WORDS = 14;
const REPLY_SIZE = REPLY_WORDS * 4 + FX_SIZE;

const INT3 = 0xcc;
const TRAP_INT3 = 3;
const TRAP_PAGE_FAULT = 14;
const COMPLETED = -1;

export class Native {
  /** Mode in which this host runs cases. */
  readonly mode: Mode;
  private readonly directory: string;
  private readonly command: readonly string[];

  /** `runner` is what runs the program, if not the host. Throws when there is no compiler for that mode. */
  constructor(mode: Mode, runner: readonly string[] = []) {
    this.mode = mode;
    this.directory = mkdtempSync(join(tmpdir(), 'cr86-oracle-'));
    const path = join(this.directory, 'native');
    execFileSync('gcc', [...FLAGS, ...MODES[mode], '-o', path, SOURCE], { stdio: 'pipe' });
    this.command = [...runner, path];
  }

  /** Runs cases in order. */
  run(cases: readonly Case[]): Outcome[] {
    const input = requestsOf(cases);
    const [path = '', ...args] = this.command;
    const { status, signal, stdout } = spawnSync(path, args, { input, maxBuffer: 2 ** 30, timeout: 60_000 });
    if (status !== 0) throw new Error(`native.c ended with status ${status}, signal ${signal}`);
    const outcomes = readReplies(stdout);
    if (outcomes.length !== cases.length) throw new Error(`native.c: ${outcomes.length} of ${cases.length} cases`);
    return outcomes;
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }
}

function requestsOf(cases: readonly Case[]): Buffer {
  const input = Buffer.alloc(cases.length * REQUEST_SIZE);
  cases.forEach((it, i) => {
    writeRequest(input, i * REQUEST_SIZE, it);
  });
  return input;
}

function writeRequest(to: Buffer, at: number, { bytes, start }: Case): void {
  to.set(bytes, at);
  to.fill(INT3, at + bytes.length, at + SLOT_SIZE);
  to.writeUInt32LE(bytes.length, at + REQUEST.length);
  to.writeUInt32LE(start.window, at + REQUEST.window);
  to.set(new Uint8Array(start.regs.buffer, start.regs.byteOffset, 32), at + REQUEST.regs);
  to.writeUInt32LE(start.eflags, at + REQUEST.eflags);
  to.set(start.fx, at + REQUEST.fx);
  to.set(start.memory, at + REQUEST.memory);
}

function readReplies(bytes: Buffer): Outcome[] {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const outcomes: Outcome[] = [];
  for (let at = 0; at < words.length; ) {
    const fxAt = at + REPLY_WORDS;
    const changesAt = at + (REPLY_SIZE >> 2);
    const end = changesAt + words[at + 13]!;
    const fx = new Uint8Array(aligned.buffer, aligned.byteOffset + fxAt * 4, FX_SIZE);
    outcomes.push(outcome(words.subarray(at, fxAt), fx, words.subarray(changesAt, end)));
    at = end;
  }
  return outcomes;
}

/** A stop at an INT3, or at the fetch from where the code jumped to, is completion. */
function outcome(words: Int32Array, fx: Uint8Array, changes: Int32Array): Outcome {
  const [, , , , , , , , ip = 0, eflags = 0, trap = 0, errorCode = 0, cr2 = 0] = words;
  const fetched = trap === TRAP_PAGE_FAULT && cr2 === ip && ip !== SLOT;
  const completed = trap === COMPLETED || trap === TRAP_INT3 || fetched;
  return {
    vector: completed ? -1 : trap,
    errorCode,
    cr2: cr2 >>> 0,
    regs: words.subarray(0, 8),
    eip: (trap === TRAP_INT3 ? ip - 1 : ip) >>> 0,
    eflags,
    fx,
    changes,
  };
}

/** The host's harness: for i386 code where the kernel runs it, else for 64-bit code; or what is missing. */
export function findNative(): Native | Missing {
  if (process.platform !== 'linux') return { missing: 'Linux, to run cases on the processor' };
  if (hasNativeI386()) {
    const native = tryNative('i386');
    if (native !== null) return native;
  }
  if (process.arch !== 'x64') return { missing: 'an x86 processor' };
  return tryNative('x86-64') ?? { missing: 'gcc, and the permission to map pages below 64 KiB (vm.mmap_min_addr)' };
}

function tryNative(mode: Mode): Native | null {
  try {
    const native = new Native(mode);
    native.run([NOTHING]);
    return native;
  } catch {
    return null;
  }
}

/** A NOP. */
const NOTHING: Case = {
  bytes: [0x90],
  start: {
    regs: new Int32Array(8),
    eflags: 0x202,
    window: 0x8000,
    memory: new Uint8Array(WINDOW_SIZE),
    fx: new Uint8Array(FX_SIZE),
  },
};

/** Linux /proc/cpuinfo: name, family, model and stepping. */
export function processorName(): string {
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1] ?? '?';
  return `${field('model name')} (${field('vendor_id')}, family ${field('cpu family')}, model ${field('model')}, stepping ${field('stepping')})`;
}
