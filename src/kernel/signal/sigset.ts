/** Sets of signals 1..64 as two words, bit n - 1 for signal n. Linux include/uapi/asm-generic/signal.h. */
import { struct, u32, type Values } from '../kobject/fields.ts';

const sigsetFields = {
  lo: u32('signals 1..32', { initial: 0, show: 'hex' }),
  hi: u32('signals 33..64', { initial: 0, show: 'hex' }),
};
export type Sigset = Values<typeof sigsetFields>;

export function sigsetField(doc: string) {
  return struct(sigsetFields, doc);
}

export const FULL_SET: Sigset = Object.freeze({ lo: 0xffff_ffff, hi: 0xffff_ffff });

export function emptySet(): Sigset {
  return { lo: 0, hi: 0 };
}

export function setOf(...signals: readonly number[]): Sigset {
  const set = emptySet();
  for (const sig of signals) addSignal(set, sig);
  return set;
}

export function hasSignal(set: Sigset, sig: number): boolean {
  return (((sig <= 32 ? set.lo : set.hi) >>> ((sig - 1) & 31)) & 1) === 1;
}

export function addSignal(set: Sigset, sig: number): void {
  const bit = 1 << ((sig - 1) & 31);
  if (sig <= 32) set.lo = (set.lo | bit) >>> 0;
  else set.hi = (set.hi | bit) >>> 0;
}

export function removeSignal(set: Sigset, sig: number): void {
  const bit = 1 << ((sig - 1) & 31);
  if (sig <= 32) set.lo = (set.lo & ~bit) >>> 0;
  else set.hi = (set.hi & ~bit) >>> 0;
}

export function unionOf(a: Sigset, b: Sigset): Sigset {
  return { lo: (a.lo | b.lo) >>> 0, hi: (a.hi | b.hi) >>> 0 };
}

export function without(a: Sigset, b: Sigset): Sigset {
  return { lo: (a.lo & ~b.lo) >>> 0, hi: (a.hi & ~b.hi) >>> 0 };
}

export function intersection(a: Sigset, b: Sigset): Sigset {
  return { lo: (a.lo & b.lo) >>> 0, hi: (a.hi & b.hi) >>> 0 };
}

export function isEmpty(set: Sigset): boolean {
  return (set.lo | set.hi) === 0;
}
