import { describe, expect, test } from 'vitest';
import { PAGE_SIZE } from '../../src/cpu/ram.ts';
import { audit } from '../../src/kernel/audit.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { get } from '../../src/kernel/kobject/kobject.ts';
import { HEAP, handMade, holderOf } from './machine.ts';

describe('the audit', () => {
  const finds: readonly (readonly [string, (kernel: Kernel) => void, string])[] = [
    [
      'a reference too many',
      (k) => get(holderOf(k).mms[1]!),
      'container#0.pidNs.mms[1]: mm#3 has 2 references, found 1',
    ],
    [
      'a value out of its range',
      (k) => (k.container.sliceEnd = -1),
      'container#0.sliceEnd: expected count, found number -1',
    ],
    ['a fraction', (k) => (k.container.idleNs = 0.5), 'container#0.idleNs: expected count'],
    [
      'a field that no table has',
      (k) => Object.assign(k.container, { cache: 1 }),
      'container#0.cache is not in the field table',
    ],
    [
      'a reference to an object of another kind',
      (k) => holderOf(k).mms.push(get(holderOf(k).sbs[0]!) as never),
      'holder#1.mms[2]: a superblock, not a mm',
    ],
    ['a frame that nobody uses', (k) => k.frames.alloc(), 'frames are in use, found'],
    [
      'a frame counted once too often',
      (k) => k.frames.get(holderOf(k).inodes[1]!.pageFrame(2)),
      'has 2 references, found 1',
    ],
    [
      'a private page that two may write',
      (k) => holderOf(k).mms[0]!.tables.setFlags(HEAP / PAGE_SIZE, 2, 0),
      'is private, writable and shared',
    ],
    ['an invariant that does not hold', (k) => (k.container.nsPerInstruction = 0), 'time stands still'],
  ];
  test('finds nothing wrong with a sound machine', () => {
    audit(handMade());
  });
  test.each(finds)('finds %s', (_what, damage, message) => {
    const kernel = handMade();
    damage(kernel);
    expect(() => audit(kernel)).toThrow(message);
  });
});
