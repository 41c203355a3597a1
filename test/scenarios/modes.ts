/**
 * The modes that a scenario is put through. Each compares with the uninterrupted run and throws a Difference that says at
 * which instruction count what differs.
 */
import { type Guest, type Outcome, Session } from './session.ts';

/** The uninterrupted run. */
export interface Baseline {
  readonly outcome: Outcome;
  /** Instruction counts at which system calls were made, ascending, each once. */
  readonly syscalls: readonly number[];
  /** Names of the calls that were made. */
  readonly names: ReadonlySet<string>;
}

/** The counts after whose system call the machine still runs. */
export function boundaries(base: Baseline): number[] {
  return base.syscalls.filter((icount) => icount < base.outcome.icount);
}

export class Difference extends Error {}

export function baseline(guest: Guest): Baseline {
  const session = Session.boot(guest);
  const syscalls = new Set<number>();
  const names = new Set<string>();
  session.machine.events.on('syscall', ({ icount, name }) => {
    syscalls.add(icount);
    names.add(name);
  });
  const outcome = session.finish();
  return { outcome, syscalls: [...syscalls].sort((a, b) => a - b), names };
}

/** Throws unless the two runs are equal in everything; `where` names the mode and the place. */
export function compare(found: Outcome, expected: Outcome, where: string): void {
  for (const key of ['stdout', 'stderr', 'code', 'icount', 'state'] as const) {
    if (found[key] === expected[key]) continue;
    throw new Difference(`${where}: ${key} is ${show(found[key])} instead of ${show(expected[key])}`);
  }
}

function show(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 150)} ... ${text.slice(-150)}` : text;
}

/** Dumps the session into memory and restores it; the restored machine must hash as the old one did, which is switched off. */
function throughAnImage(session: Session, where: string): Session {
  const before = session.machine.hash();
  const { image } = session.machine.checkpoint();
  const restored = session.restored(image);
  session.machine.dispose();
  if (restored.machine.hash() !== before) throw new Difference(`${where}: the restored state differs`);
  return restored;
}

/** One machine after another: at each of the counts the run is dumped and goes on restored. */
export function chained(guest: Guest, base: Baseline, icounts: readonly number[]): void {
  let session = Session.boot(guest);
  for (const icount of icounts) {
    const where = `chained, at ${icount}`;
    if (!session.runTo(icount)) throw new Difference(`${where}: the run has ended at ${session.machine.icount}`);
    session = throughAnImage(session, where);
  }
  compare(session.finish(), base.outcome, `chained through ${icounts.length} images`);
}

/** Many restores of one run: at each of the counts it is dumped and restored apart, and the restored one runs to its end. */
export function spread(
  guest: Guest,
  base: Baseline,
  icounts: readonly number[],
  told?: (icount: number) => void,
): void {
  const pilot = Session.boot(guest);
  for (const icount of icounts) {
    const where = `restored at ${icount}`;
    pilot.runTo(icount);
    const { image } = pilot.machine.checkpoint();
    const restored = pilot.restored(image);
    if (restored.machine.hash() !== pilot.machine.hash()) throw new Difference(`${where}: the restored state differs`);
    compare(restored.finish(), base.outcome, where);
    told?.(icount);
  }
  compare(pilot.finish(), base.outcome, `the run that was dumped ${icounts.length} times`);
}

/** `count` of the items, evenly spread, the first and the last among them. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / Math.max(1, count - 1))]!);
}

/** A small deterministic generator (mulberry32) of numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` instruction counts in [0, end], one in each of as many equal stretches, ascending, each once. */
export function spreadCounts(end: number, count: number, seed: number): number[] {
  const random = generator(seed);
  const counts = Array.from({ length: count }, (_, i) => Math.floor(((i + random()) * (end + 1)) / count));
  return [...new Set(counts)].sort((a, b) => a - b);
}
