/** A process of the fuzzer: runs the batches it is told to and reports each, so that the one that starts it can watch it. */
import { makeBatch, select } from './batch.ts';
import { runBatch } from './run.ts';

/** Batches from `first` on, until as many calls were made; with `only`, these calls of the first batch alone. */
export interface Order {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  readonly only: readonly number[] | null;
  /** Whether to count results by call. */
  readonly tally: boolean;
}

export interface Message {
  /** The batch that begins; null when all is done. */
  readonly begins: number | null;
  readonly made: number;
  readonly failure: string | null;
  readonly heap: number;
  /** By call: how often made, and how often without an error. */
  readonly tally: Readonly<Record<string, readonly [number, number]>>;
}

const tally: Record<string, [number, number]> = {};

function watch(name: string, result: number | null): void {
  tally[name] ??= [0, 0];
  const counts = tally[name];
  counts[0]++;
  if (result !== null && result >= 0) counts[1]++;
}

function tell(message: Partial<Message>): void {
  process.send?.({ begins: null, made: 0, failure: null, heap: process.memoryUsage().rss, tally: {}, ...message });
}

/** A turn of the event loop between batches lets messages out. */
function work({ seed, first, count, only, tally: counted }: Order, made: number): void {
  if (made >= count || (only !== null && made > 0)) {
    tell({ tally });
    process.disconnect();
    return;
  }
  tell({ begins: first });
  setImmediate(() => {
    const report = runBatch(select(makeBatch(seed, first), only), counted ? watch : undefined);
    tell({ begins: first, ...report });
    const next = only === null ? made + report.made : 1;
    setImmediate(() =>
      work({ seed, first: first + 1, count: report.failure === null ? count : 0, only, tally: counted }, next),
    );
  });
}

process.on('message', (order: Order) => work(order, 0));
