/** A machine for tests of the kernel: a guest on a root directory, what it printed, and what it left behind. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostDirectory } from '../../src/api/node-base.ts';
import { Cpu } from '../../src/cpu/cpu.ts';
import { type CpuModelName, cpuModel } from '../../src/cpu/model.ts';
import { Ram } from '../../src/cpu/ram.ts';
import { latin1 } from '../../src/kernel/bytes.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import { type BootOptions, boot } from '../../src/kernel/task/boot.ts';
import { endInput } from '../../src/kernel/tty/console.ts';

/** Guests of the kernel's own tests; `bin/NAME` prints `expected/NAME.txt` on Linux. */
export const GUESTS = join(dirname(fileURLToPath(import.meta.url)), 'guests');

/** All of them. Virtual time runs fast where one waits for processor time to pass. */
export const KERNEL_GUESTS = [
  { name: 'sigframe', options: {} },
  { name: 'sigsem', options: {} },
  { name: 'procs', options: {} },
  { name: 'futexes', options: {} },
  { name: 'clocks', options: { nsPerInstruction: 1000 } },
  { name: 'ids', options: {} },
  { name: 'calls', options: {} },
  { name: 'exceptions', options: {} },
  { name: 'segments', options: {} },
  { name: 'simd', options: { cpu: 'pentium4' } },
] as const;

/**
 * Expected from the manual and from what Linux documents: x86-64 hosts differ in selectors, and emulated processors leave
 * out alignment checks, segment limits, SIMD exceptions and RF.
 */
export const WRITTEN: readonly string[] = ['exceptions', 'segments', 'simd'];

export interface Booted {
  readonly kernel: Kernel;
  /** All output so far, as a byte string. */
  output(): string;
}

const base = new HostDirectory(GUESTS);

export interface GuestOptions extends Partial<BootOptions> {
  /** Processor model. */
  readonly cpu?: CpuModelName;
}

/** Boots a guest of GUESTS without input; nothing has run yet. */
export function bootGuest(name: string, { cpu, ...options }: GuestOptions = {}): Booted {
  let text = '';
  const host = {
    base,
    output: (_stream: number, data: Uint8Array): void => {
      text += latin1(data);
    },
  };
  const kernel = new Kernel(new Cpu(new Ram(32), cpuModel(cpu)), host);
  const result = boot(kernel, { argv: [`/bin/${name}`], ...options });
  if (result < 0) throw new Error(`${name} cannot be booted: ${result}`);
  endInput(kernel);
  return { kernel, output: () => text };
}

export function expected(name: string): string {
  return readFileSync(join(GUESTS, 'expected', `${name}.txt`), 'latin1');
}
