/** Guest instructions per second of the interpreter, and of qemu-i386 on the same programs when it is there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Board } from '../../test/cpu/board.ts';
import type { Cell } from '../runner/table.ts';

/** The kernels, what they exercise and the checksums they print. */
const KERNELS = [
  { name: 'ka', what: 'bytes, shifts, short loops', sum: '001e02c0' },
  { name: 'kb', what: 'memory', sum: '27800000' },
  { name: 'kc', what: 'calls, branches, the stack', sum: '63832744' },
  { name: 'kf', what: 'x87', sum: '3c741382' },
  { name: 'kd', what: 'SSE2 doubles', sum: '06a69ceb' },
  { name: 'ki', what: 'SSE2 integers', sum: '70184a89' },
] as const;
/** Does nothing: its time is what starting a program costs. */
const IDLE = 'k0';
const QEMU = '/usr/bin/qemu-i386';
const RAM_MIB = 64;
/** Rounds of which the quickest counts: others met a busy machine, or a compiler not yet done. */
const ROUNDS = 3;
const QEMU_ROUNDS = 5;

export interface MipsRow {
  readonly kernel: string;
  readonly what: string;
  /** Guest instructions of one run. */
  readonly instructions: number;
  /** Millions of them per second of processor time, all threads counted, once V8 has compiled the interpreter. */
  readonly mips: number;
  /** The same of qemu-i386 without what starting it costs; null where it is not installed. */
  readonly qemu: number | null;
}

/** The kernels lie in the sources, wherever the compiled benchmark does. */
function kernelPath(name: string): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return join(directory, 'bench', 'cpu', 'kernels', `${name}.elf`);
}

/** Instructions and microseconds of the quickest round. Throws when the checksum is wrong. */
function measure(name: string, sum: string): { instructions: number; time: number } {
  let instructions = 0;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const board = new Board(RAM_MIB);
    board.loadElf(kernelPath(name));
    const start = process.cpuUsage();
    const stop = board.run();
    const { user, system } = process.cpuUsage(start);
    if (stop !== 'exit' || board.output.trim() !== sum)
      throw new Error(`${name} ended wrongly: ${stop} ${board.output}`);
    instructions = board.cpu.icount;
    best = Math.min(best, user + system);
  }
  return { instructions, time: best };
}

/** Microseconds of processor time of the quickest of some runs under qemu-i386, as bash measures them. */
function measureQemu(name: string, sum: string): number {
  const script = `TIMEFORMAT='%U %S'; for ((i = 0; i < ${QEMU_ROUNDS}; i++)); do time "$0" "$1"; done`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, QEMU, kernelPath(name)], { encoding: 'utf8' });
  if (stdout !== `${sum}\n`.repeat(QEMU_ROUNDS))
    throw new Error(`${name} ended wrongly on qemu-i386: ${stdout}${stderr}`);
  const times = stderr
    .trim()
    .split('\n')
    .map((line) => line.split(' ').reduce((total, part) => total + Number(part), 0));
  return Math.min(...times) * 1e6;
}

/** A row for each kernel. */
export function mipsRows(): MipsRow[] {
  const withQemu = existsSync(QEMU);
  const idle = withQemu ? measureQemu(IDLE, '00000000') : 0;
  return KERNELS.map(({ name, what, sum }) => {
    const { instructions, time } = measure(name, sum);
    const qemu = withQemu ? instructions / (measureQemu(name, sum) - idle) : null;
    return { kernel: name, what, instructions, mips: instructions / time, qemu };
  });
}

export const MIPS_HEADINGS = ['kernel', 'what', 'instructions', 'cr86 MIPS', 'qemu-i386 MIPS', 'cr86 / qemu'];

/** The same to be printed. */
export function mipsCells(): Cell[][] {
  return mipsRows().map(({ kernel, what, instructions, mips, qemu }) => [
    kernel,
    what,
    instructions,
    Math.round(mips),
    qemu === null ? '-' : Math.round(qemu),
    qemu === null ? '-' : Number((mips / qemu).toFixed(3)),
  ]);
}
