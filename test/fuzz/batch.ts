/** A batch: a list of calls made up from a seed, and the guest that makes them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootOptions } from '../../src/api/node.ts';
import { MemoryBase } from '../../src/api/node.ts';
import type { Syscall } from '../../src/kernel/syscall/define.ts';
import { callTable } from '../../src/kernel/syscall/table.ts';
import { argument } from './arguments.ts';
import { Data } from './data.ts';
import { type Call, encodeCalls, HANDLER_AT } from './layout.ts';
import { Random } from './random.ts';

const here = dirname(fileURLToPath(import.meta.url));
const FLAGS =
  '-m32 -march=i686 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pic -no-pie -fcf-protection=none -O1';

export interface Batch {
  readonly calls: readonly Call[];
  readonly setup: readonly Call[];
  readonly workers: number;
  readonly data: Uint8Array;
  /** MiB of guest memory, few. */
  readonly ram: number;
  /** Runs once more through images and compares the end. */
  readonly images: boolean;
  readonly tty: boolean;
}

export const CALLS_IN_BATCH = 1500;
/** Instructions of a call with what the guest does around it, and of a round of process 1, generously. */
const PER_CALL = 20_000;
const ROUNDS = 400;
/** Past these a run is cut off: loops that no signal ends. */
export const BUDGET = 30_000_000;

/** Calls that end or stop their worker at once: made, but seldom. */
const SELDOM = new Set([
  'exit',
  'exit_group',
  'rt_sigreturn',
  'sigreturn',
  'pause',
  'sigsuspend',
  'rt_sigsuspend',
  'execve',
  'execveat',
]);
const SELDOM_CHANCE = 0.15;
const HIGHEST = 460;

let rows: readonly Syscall[] | undefined;

/** Rows of calls that do something. */
function supported(): readonly Syscall[] {
  rows ??= callTable().filter((row): row is Syscall => row !== undefined && row.body !== null);
  return rows;
}

function makeCall(r: Random, data: Data): Call {
  if (r.chance(0.03)) {
    const nr = r.chance(0.8) ? r.below(HIGHEST) : r.word();
    return { nr, args: Array.from({ length: 6 }, () => (r.chance(0.5) ? data.anything(r) : r.number())) };
  }
  const row = r.pick(supported());
  if (SELDOM.has(row.name) && !r.chance(SELDOM_CHANCE)) return makeCall(r, data);
  const args = Object.entries(row.args).map(([name, arg]) => argument(r, data, row.name, name, arg));
  while (args.length < 6) args.push(r.number());
  return { nr: row.nr, args: args.slice(0, 6) };
}

const NR = {
  ...{
    open: 5,
    close: 6,
    chdir: 12,
    mknod: 14,
    mkdir: 39,
    pipe: 42,
    signal: 48,
    symlink: 83,
    setitimer: 104,
    timerfd_create: 322,
  },
  ...{ signalfd4: 327, eventfd2: 328, epoll_create1: 329, pipe2: 331, memfd_create: 356 },
};

/** What a worker makes first: a directory of its own kind, descriptors of every sort, handlers, and a timer that interrupts. */
function makeSetup(r: Random, data: Data): Call[] {
  const path = (text: string): number => data.path(text);
  const scratch = (): number => data.pointer(r, 'scratch');
  const list: [nr: number, ...args: number[]][] = [
    ...[3, 4, 5, 6].map((fd): [number, number] => [NR.close, fd]),
    [NR.chdir, path('/tmp/')],
    [NR.mkdir, path('d0'), 0o755],
    // Descriptors from 3 on, as FILES in arguments.ts says.
    [NR.open, path('f0'), 0o102, 0o644],
    [NR.open, path('f1'), 0o2102, 0o644],
    [NR.open, path('.'), 0o200000],
    [NR.pipe, scratch()],
    [NR.pipe2, scratch(), 0o4000],
    [NR.eventfd2, r.below(3), r.pick([0, 1, 0o4000])],
    [NR.epoll_create1, 0],
    [NR.timerfd_create, r.below(2), r.pick([0, 0o4000])],
    [NR.signalfd4, -1, data.pointer(r, 'sigset'), 8, 0o4000],
    [NR.memfd_create, data.pointer(r, 'string'), 2],
    [NR.mknod, path('p0'), 0o10644, 0],
    [NR.open, path('p0'), 2 | 0o4000],
    [NR.open, path('/dev/zero'), 2],
    [NR.symlink, path('d0'), path('l0')],
    ...[10, 14, 34].map((sig): [number, number, number] => [NR.signal, sig, HANDLER_AT]),
    [NR.signal, 17, r.pick([0, 1, HANDLER_AT])],
    [NR.setitimer, 0, data.pointer(r, 'alarm'), 0],
  ];
  return list.map(([nr, ...args]) => ({ nr, args: Array.from({ length: 6 }, (_, i) => (args[i] ?? 0) >>> 0) }));
}

/** Batch number `index` of a seed. */
export function makeBatch(seed: number, index: number): Batch {
  const r = new Random((Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b)) >>> 0);
  const data = new Data(r);
  return {
    setup: makeSetup(r, data),
    calls: Array.from({ length: CALLS_IN_BATCH }, () => makeCall(r, data)),
    workers: 1 + r.below(4),
    data: data.bytes,
    ram: r.pick([4, 8, 16]),
    images: r.chance(0.06),
    tty: r.chance(0.3),
  };
}

/** The batch with those of its calls alone. */
export function select(batch: Batch, only: readonly number[] | null): Batch {
  return only === null ? batch : { ...batch, calls: only.map((i) => batch.calls[i]!) };
}

let program: Uint8Array | undefined;

function buildGuest(): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), 'cr86-fuzz-'));
  try {
    const path = join(work, 'guest');
    execFileSync('gcc', [...FLAGS.split(' '), '-o', path, join(here, 'guest.c')]);
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The machine that makes the batch's calls. */
export function guestOf(batch: Batch): BootOptions {
  program ??= buildGuest();
  const list = encodeCalls({ ...batch, rounds: ROUNDS });
  const root = new MemoryBase({
    '/fuzz/guest': { content: program, mode: 0o755 },
    '/fuzz/script': { content: '#!/fuzz/guest x\n', mode: 0o755 },
    '/fuzz/calls': list,
    '/fuzz/data': batch.data,
    '/fuzz/shared': new Uint8Array(4096),
    '/mnt': { type: 'dir' },
    '/tmp': { type: 'dir', mode: 0o1777 },
  });
  return { argv: ['/fuzz/guest'], root, ram: batch.ram, tty: batch.tty, env: {} };
}

/** Past this count of instructions the run is cut off. */
export function budgetOf({ calls }: Batch): number {
  return Math.min(BUDGET, 2_000_000 + PER_CALL * calls.length);
}
