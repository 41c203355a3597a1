import { describe, expect, test } from 'vitest';
import { audit } from '../../../src/kernel/audit.ts';
import { callTable } from '../../../src/kernel/syscall/table.ts';
import { bootTiny, call, DATA, DATA_SIZE, ENTRY, EXIT } from '../tiny.ts';

/** A small generator: xorshift32. */
function generator(seed: number): (n: number) => number {
  let x = seed | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

/** Calls that end the program or sleep for ever, so that nothing would come after them. */
const TERMINAL = new Set(['exit', 'exit_group', 'pause', 'sigsuspend', 'rt_sigsuspend', 'execve', 'execveat']);
const ODD = [0, 1, 2, 3, 4, 7, 8, 0x10, 0x7f, 0x80, 0xfff, 0x1000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fffe];
const PLACES = [
  DATA,
  DATA + 1,
  DATA + 64,
  DATA + DATA_SIZE - 2,
  ENTRY,
  0xbfff_f000,
  0xbfff_d000,
  0xc000_0000,
  0x10,
  0xffff_fff0,
];

function argument(below: (n: number) => number): number {
  const kind = below(10);
  if (kind < 3) return ODD[below(ODD.length)]!;
  if (kind < 7) return PLACES[below(PLACES.length)]!;
  if (kind < 9) return below(70);
  return (below(0x10000) << 16) | below(0x10000);
}

function program(seed: number, calls: number): number[] {
  const below = generator(seed * 2654435761);
  const rows = callTable().filter((row) => row?.body != null && !TERMINAL.has(row.name));
  const code: number[] = [];
  for (let i = 0; i < calls; i++) {
    const row = rows[below(rows.length)]!;
    // A little content for the structures that calls read.
    code.push(0xc7, 0x05, ...bytes(DATA + 4 * below(64)), ...bytes(argument(below)));
    code.push(...call(row.nr, ...Array.from({ length: 6 }, () => argument(below))));
  }
  return [...code, ...EXIT];
}

function bytes(n: number): number[] {
  return [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];
}

describe('hostile arguments', () => {
  test.each(Array.from({ length: 40 }, (_, i) => i + 1))(
    'program %i of random calls leaves the kernel sound',
    (seed) => {
      const kernel = bootTiny(program(seed, 300), { uid: seed % 3 === 0 ? 1000 : 0 });
      for (let i = 0; i < 12; i++) {
        const result = kernel.run(kernel.cpu.icount + 2000);
        audit(kernel);
        if (result !== 'limit') break;
      }
      expect(kernel.container.tasks.length).toBeGreaterThan(0);
    },
  );
});
