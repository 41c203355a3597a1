/** How long the parts of a checkpoint take: state hash, dump, restore, over machines with more and more pages in use. */
import Benchmark from 'benchmark';
import { Machine } from '../../src/api/node.ts';
import type { Cell } from '../runner/table.ts';

interface Case {
  readonly name: string;
  readonly argv: readonly string[];
  /** Instructions to run before measuring. */
  readonly at: number;
}

const CASES: readonly Case[] = [
  { name: 'hello', argv: ['/bin/hello'], at: 500 },
  { name: 'pipes', argv: ['/bin/pipes'], at: 1_000_000 },
  { name: 'threads', argv: ['/bin/threads'], at: 1_000_000 },
  { name: 'brk-grow', argv: ['/bin/brk-grow'], at: 200_000 },
];

/** Milliseconds of one call, the mean of as many as benchmark.js finds it needs. */
function milliseconds(name: string, action: () => void): number {
  let mean = Number.NaN;
  new Benchmark(name, action, {
    maxTime: 1,
    onComplete(this: Benchmark) {
      mean = this.stats.mean * 1000;
    },
    onError(this: Benchmark & { error?: Error }) {
      throw this.error ?? new Error(`${name} failed`);
    },
  }).run();
  return Number(mean.toFixed(2));
}

export const CHECKPOINT_HEADINGS = ['guest', 'pages', 'image KiB', 'hash ms', 'dump ms', 'restore ms', 'dump MiB/s'];

/** A row for each case. */
export function checkpointRows(): Cell[][] {
  return CASES.map(({ name, argv, at }) => {
    const machine = Machine.boot({ argv });
    machine.run(at);
    const { image, statistics } = machine.checkpoint();
    const hash = milliseconds(`${name} hash`, () => machine.hash());
    const dump = milliseconds(`${name} dump`, () => machine.checkpoint());
    const restore = milliseconds(`${name} restore`, () => Machine.restore(image, { root: machine.base }).dispose());
    const kib = Math.round(statistics.image_bytes / 1024);
    return [name, statistics.pages_scanned, kib, hash, dump, restore, Math.round(kib / 1024 / (dump / 1000))];
  });
}
