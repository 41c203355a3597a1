/** Guest instructions per second of the interpreter, and of qemu-i386 on the same programs when it is there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Board } from '../../test/cpu/board.ts';

/** The kernels and the exit codes their native runs give. */
const KERNELS = [
  { name: 'ka', exit: 192 },
  { name: 'kb', exit: 0 },
  { name: 'kc', exit: 68 },
] as const;
const QEMU = '/usr/bin/qemu-i386';
const RAM_MIB = 64;
const MICROSECONDS = 1000;

export interface MipsRow {
  readonly kernel: string;
  /** `cr86 T0`, `qemu-i386`. */
  readonly engine: string;
  /** Millions of guest instructions per second of host time, over the whole run. */
  readonly mips: number;
}

/** The kernels lie in the sources, wherever the compiled benchmark does. */
function kernelPath(name: string): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return join(directory, 'bench', 'cpu', 'kernels', `${name}.elf`);
}

/** Runs each kernel once on each engine. Throws when a kernel does not end as it does natively. */
export function mipsRows(): MipsRow[] {
  return KERNELS.flatMap(({ name, exit }) => {
    const path = kernelPath(name);
    const board = new Board(RAM_MIB);
    board.loadElf(path);
    const start = performance.now();
    if (board.run() !== 'exit' || board.exitCode !== exit) throw new Error(`${name} ended wrongly on cr86`);
    const { icount } = board.cpu;
    const rows: MipsRow[] = [
      { kernel: name, engine: 'cr86 T0', mips: icount / (performance.now() - start) / MICROSECONDS },
    ];
    if (existsSync(QEMU)) {
      const started = performance.now();
      if (spawnSync(QEMU, [path]).status !== exit) throw new Error(`${name} ended wrongly on qemu-i386`);
      rows.push({ kernel: name, engine: 'qemu-i386', mips: icount / (performance.now() - started) / MICROSECONDS });
    }
    return rows;
  });
}
