import { describe, expect, test } from 'vitest';
import { stateHash } from '../../src/ckpt/hash.ts';
import { audit } from '../../src/kernel/audit.ts';
import { nativeSupport, runNative } from '../native/native.ts';
import { need } from '../native/need.ts';
import { baseline, boundaries, chained } from '../scenarios/modes.ts';
import { bootGuest, expected, GUESTS, KERNEL_GUESTS, WRITTEN } from './machine.ts';

const ENOUGH = 100_000_000;

describe.each(KERNEL_GUESTS)('$name', ({ name, options }) => {
  test('prints what it prints on Linux', () => {
    const { kernel, output } = bootGuest(name, options);
    expect(kernel.run(ENOUGH)).toBe('exited');
    expect(output()).toBe(expected(name));
    expect(kernel.container.exitStatus).toBe(0);
    audit(kernel);
  });

  // Guests sleep for tens of milliseconds to let others go first; a busy host may be slower than that once.
  if (!WRITTEN.includes(name)) {
    test('the recorded output is what a real kernel prints', { retry: 3 }, (context) => {
      need(context, nativeSupport());
      expect(runNative(GUESTS, [`/bin/${name}`], { asInit: true }).stdout).toBe(expected(name));
    });
  }

  test('does not depend on how the run is cut', () => {
    const whole = bootGuest(name, options);
    whole.kernel.run(ENOUGH);
    const cut = bootGuest(name, options);
    let result = 'limit';
    for (let seed = 1; result === 'limit'; seed++) {
      // Cuts from 1 to 30,011 instructions, most of them short.
      const length = 1 + ((seed * 7919) % (seed % 9 === 0 ? 30_011 : 997));
      const until = cut.kernel.cpu.icount + length;
      result = cut.kernel.run(until);
      if (result === 'limit') expect(cut.kernel.cpu.icount).toBe(until);
      if (seed % 500 === 0) audit(cut.kernel);
    }
    expect(result).toBe('exited');
    expect(cut.output()).toBe(expected(name));
    expect(cut.kernel.cpu.icount).toBe(whole.kernel.cpu.icount);
    expect(stateHash(cut.kernel)).toBe(stateHash(whole.kernel));
  });

  test('goes on from images made on the way', () => {
    const guest = { root: GUESTS, argv: [`/bin/${name}`], ram: 32, ...options };
    const base = baseline(guest);
    expect(base.outcome.stdout).toBe(expected(name));
    const calls = boundaries(base);
    // Some after calls, where tasks sleep and signals wait, and some in between.
    const after = Array.from({ length: 10 }, (_, i) => calls[Math.floor(((i + 0.5) * calls.length) / 10)]!);
    const between = Array.from({ length: 4 }, (_, i) => Math.floor(((i + 0.5) * base.outcome.icount) / 4));
    chained(
      guest,
      base,
      [...new Set([...after, ...between])].sort((a, b) => a - b),
    );
  });
});
