import { describe, expect, test } from 'vitest';
import { stateHash } from '../../../src/ckpt/hash.ts';
import { audit } from '../../../src/kernel/audit.ts';
import { TIME_SLICE } from '../../../src/kernel/task/sched.ts';
import { bootTiny, call, DATA, EXIT, SPIN } from '../tiny.ts';

const FORK = call(2);
const SIGCHLD_SLEEP = call(162, DATA, 0);
const YIELD = call(158);

/** `movl $value, address` */
function store(address: number, value: number): number[] {
  const word = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];
  return [0xc7, 0x05, ...word(address), ...word(value)];
}

describe('the scheduler', () => {
  test('gives four spinning processes equal shares', () => {
    const kernel = bootTiny([...FORK, ...FORK, ...SPIN]);
    expect(kernel.run(40 * TIME_SLICE)).toBe('limit');
    const times = kernel.container.tasks.map((task) => task.used.utime);
    expect(times).toHaveLength(4);
    const slice = TIME_SLICE * kernel.container.nsPerInstruction;
    // Of those forked last, one is a slice behind, and one more may be waiting for its turn.
    expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(2 * slice);
    expect(times.reduce((sum, time) => sum + time)).toBe(40 * slice);
  });

  test('stops at the instruction count that was asked for, whatever comes between', () => {
    const kernel = bootTiny([...FORK, ...FORK, ...SPIN]);
    for (const until of [1, 2, 3, 1000, 1001, TIME_SLICE + 5, 3 * TIME_SLICE - 1, 3 * TIME_SLICE]) {
      expect(kernel.run(until)).toBe('limit');
      expect(kernel.cpu.icount).toBe(until);
      expect(kernel.container.icount).toBe(until);
    }
    expect(kernel.run(5)).toBe('limit');
    expect(kernel.cpu.icount).toBe(3 * TIME_SLICE);
    audit(kernel);
  });

  test('lets a yielding process pass the processor on', () => {
    // Parent and child yield in a loop: each switch costs a few instructions, not a slice.
    const loop = [...YIELD, 0xeb, 0x100 - YIELD.length - 2];
    const kernel = bootTiny([...FORK, ...loop]);
    kernel.run(2000);
    const [parent, child] = kernel.container.tasks.map((task) => task.used.utime);
    expect(Math.abs(parent! - child!)).toBeLessThanOrEqual(20 * kernel.container.nsPerInstruction);
    expect(kernel.container.switches).toBeGreaterThan(100);
  });

  test('jumps over idle time and counts it', () => {
    const kernel = bootTiny([...store(DATA, 3), ...store(DATA + 4, 500), ...SIGCHLD_SLEEP, ...EXIT]);
    expect(kernel.run(1e6)).toBe('exited');
    expect(kernel.clock.now()).toBeGreaterThanOrEqual(3_000_000_500);
    expect(kernel.clock.now()).toBeLessThan(3_000_001_000);
    expect(kernel.cpu.icount).toBeLessThan(20);
  });

  test('says idle when all sleep for ever, and again when asked again', () => {
    const kernel = bootTiny([...call(29), ...EXIT]);
    expect(kernel.run(1e6)).toBe('idle');
    const hash = stateHash(kernel);
    expect(kernel.run(2e6)).toBe('idle');
    expect(stateHash(kernel)).toBe(hash);
  });

  test('stops when an observer asks, before the next instruction', () => {
    const kernel = bootTiny([...call(20), ...call(64), ...EXIT]);
    kernel.observer = {
      syscall: () => {
        kernel.sched.stopRequested = true;
      },
    };
    expect(kernel.run(1e6)).toBe('stopped');
    expect(kernel.cpu.icount).toBe(2);
    expect(kernel.container.tasks[0]!.regs.eax).toBe(1);
    expect(kernel.run(1e6)).toBe('stopped');
    expect(kernel.cpu.icount).toBe(4);
  });

  test('ends with init, whose children go with it', () => {
    // The child spins; the parent (eax not zero) exits with 7.
    const kernel = bootTiny([...FORK, 0x85, 0xc0, 0x74, call(252, 7).length, ...call(252, 7), ...SPIN]);
    expect(kernel.run(1e6)).toBe('exited');
    expect(kernel.container.exitStatus).toBe(7 << 8);
    expect(kernel.container.tasks.map((task) => task.state)).toEqual(['zombie']);
    audit(kernel);
  });

  test('a page fault without memory left ends the process, not the machine', () => {
    // Writes one byte into each page of 64 MiB of a machine with 8 MiB.
    const mmap = call(192, 0, 64 << 20, 3, 0x22, -1, 0);
    const touch = [0xc6, 0x00, 0x01, 0x05, 0x00, 0x10, 0x00, 0x00, 0xeb, 0xf6];
    const kernel = bootTiny([...mmap, ...touch]);
    expect(kernel.run(1e7)).toBe('exited');
    expect(kernel.container.exitStatus).toBe(9);
    audit(kernel);
  });
});
