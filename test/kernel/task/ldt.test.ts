/** Local descriptor tables in images. What programs can do with them: test/kernel/guests/src/segments.c. */
import { expect, test } from 'vitest';
import { Machine } from '../../../src/api/index.ts';
import { MemoryBase } from '../../../src/kernel/fs/memory-base.ts';
import { EXIT, tinyElf } from '../tiny.ts';

const root = new MemoryBase({ '/init': { mode: 0o755, content: tinyElf(EXIT) } });

/** Restores an image whose only task has this LDT. */
function throughAnImage(...ldt: number[]): Machine {
  const machine = Machine.boot({ argv: ['/init'], root, ram: 8 });
  machine.task(1).mm!.ldt = ldt;
  return Machine.restore(machine.checkpoint().image, { root });
}

test.each([
  ['no table', []],
  ['a data segment', [0x1000_ffff, 0x0040_f300]],
  ['an empty entry before a 16-bit code segment', [0, 0, 0x1000_ffff, 0x0000_fb00]],
  ['an absent segment', [0x1000_ffff, 0x0040_7300]],
  ['an absent conforming segment', [0x1000_ffff, 0x0040_7f00]],
])('%s comes back', (_what, ldt) => {
  expect(throughAnImage(...ldt).task(1).mm!.ldt).toEqual(ldt);
});

test.each([
  ['half a descriptor', [0], /whole descriptors/],
  ['more than 8192', new Array<number>(2 * 8193).fill(0), /8192/],
  ['a call gate', [0x0073_1000, 0x0000_ec00], /no code or data segment/],
  ['a kernel segment', [0x0000_ffff, 0x00cf_9300], /not of ring 3/],
  ['a 64-bit segment', [0x0000_ffff, 0x00af_fb00], /64-bit/],
  ['a segment that nobody has touched', [0x0000_ffff, 0x00cf_f200], /accessed/],
  ['a present conforming segment', [0x0000_ffff, 0x00cf_ff00], /conforming/],
])('%s is refused', (_what, ldt, message) => {
  expect(() => throughAnImage(...ldt)).toThrow(message);
  expect(() => throughAnImage(...ldt)).toThrow(/EINVARIANT/);
});
