/** Every file call with arguments that no sane program passes: the kernel answers, and its objects stay sound. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Machine, MemoryBase } from '../../../src/api/index.ts';
import { fdCalls } from '../../../src/kernel/fd/index.ts';
import { fsCalls } from '../../../src/kernel/fs/index.ts';
import { BLOCKED, type Syscall } from '../../../src/kernel/syscall/define.ts';
import { endWait } from '../../../src/kernel/task/wait.ts';
import { generator } from '../../scenarios/modes.ts';

const guests = join(dirname(fileURLToPath(import.meta.url)), '../../../images/root/bin');
const hello = new Uint8Array(readFileSync(join(guests, 'hello')));
/** Pages at the top of init's stack, which nothing else uses here. */
const SCRATCH = 0xbfff_8000;
const PATHS = [
  '/t',
  '/t/a',
  '/t/b/c',
  '/bin/hello',
  '/dev/null',
  '/dev/zero',
  '/proc/self/fd',
  '/proc/self/maps',
  '/t/fifo',
  'x',
  '',
  '.',
  '..',
  '/',
  '/t/l',
  '/dev/full',
  '/dev/stdin',
  '/proc/1/exe',
  '/t/b/../b/c/',
];

class Fuzz {
  readonly #random: () => number;
  readonly machine: Machine;
  #calls = 0;

  constructor(seed: number, tty: boolean) {
    this.#random = generator(seed);
    const root = new MemoryBase({
      '/bin/hello': { content: hello, mode: 0o755 },
      '/t/b/c': 'base',
      '/t/l': { target: 'b/c' },
    });
    this.machine = Machine.boot({ argv: ['/bin/hello'], root, ram: 8, tty });
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  /** Fills the scratch pages with paths and small numbers, so that pointers lead to something now and then. */
  scribble(): void {
    const { mm } = this.machine.kernel.container.init!;
    for (let i = 0; i < 16; i++) {
      const path = this.#pick(PATHS);
      mm!.writeBytes(
        SCRATCH + 64 * i,
        Uint8Array.from(`${path}\0`, (c) => c.charCodeAt(0)),
      );
    }
    for (let i = 0; i < 200; i++)
      mm!.put32(SCRATCH + 1024 + 4 * i, this.#pick([0, 1, 2, 3, 8, 100, SCRATCH, SCRATCH + 2048, -1, 0x7fffffff]));
  }

  #register(): number {
    switch (this.#below(8)) {
      case 0:
        return this.#below(12);
      case 1:
        return SCRATCH + 64 * this.#below(16);
      case 2:
        return SCRATCH + 1024 + 4 * this.#below(200);
      case 3:
        return 1 << this.#below(32);
      case 4:
        return -this.#below(200);
      case 5:
        return this.#below(5000);
      case 6:
        return Math.floor(this.#random() * 2 ** 32) | 0;
      default:
        return this.#pick([0, -1, 0x7fff_ffff, -0x8000_0000, -100, SCRATCH - 10, 0xbfff_fff0, 0x1000]);
    }
  }

  call(row: Syscall): void {
    const { kernel } = this.machine;
    const task = kernel.container.init!;
    const values: Record<string, unknown> = {};
    const registers: number[] = [];
    for (const [name, arg] of Object.entries(row.args)) {
      const raw = this.#register() >>> 0;
      registers.push(raw);
      const decoded = arg.decode(raw, task);
      if ('errno' in decoded) return;
      values[name] = decoded.value;
      arg.show(raw, task, 0);
    }
    const text = `${row.name}(${registers.map((r) => `0x${r.toString(16)}`).join(', ')})`;
    try {
      const result = row.body!(kernel, task, values);
      const fits = result === BLOCKED || (Number.isInteger(result) && result >= -4095 && result <= 0xffff_ffff);
      expect(fits, `${text} = ${result}`).toBe(true);
      if (result === BLOCKED) {
        expect(task.wait, text).not.toBeNull();
        if (this.#below(2) === 0) row.body!(kernel, task, values);
      }
      endWait(task);
      task.pending = [];
      task.signal.pending = [];
      if (task.savedSigmask !== null) task.sigmask = task.savedSigmask;
      task.savedSigmask = null;
    } catch (error) {
      throw new Error(`${text} after ${this.#calls} calls`, { cause: error });
    }
    this.#calls++;
  }

  /** Keeps descriptors, memory and the tree from running out. */
  tidy(): void {
    const { kernel } = this.machine;
    const task = kernel.container.init!;
    for (const fd of [...task.files.fds.keys()]) if (fd > 8) task.files.close(kernel, task, fd);
  }
}

it.for([
  [1, false],
  [2, true],
  [3, false],
  [4, true],
] as const)('random arguments, seed %i, terminal %s', ([seed, tty]) => {
  const rows = [...fsCalls, ...fdCalls].filter((row) => row.body !== null && row.name !== 'chroot');
  const fuzz = new Fuzz(seed, tty);
  for (let round = 0; round < 60; round++) {
    fuzz.scribble();
    for (const row of rows) fuzz.call(row);
    fuzz.tidy();
    if (round % 10 === 9) fuzz.machine.audit();
  }
  const { image } = fuzz.machine.checkpoint();
  const restored = Machine.restore(image, { root: fuzz.machine.base });
  expect(restored.hash()).toBe(fuzz.machine.hash());
  restored.audit();
});
