/** Runs a batch and says what is wrong with how the kernel took it, if anything. */
import { Machine } from '../../src/api/node.ts';
import { spreadCounts } from '../scenarios/modes.ts';
import { type Batch, budgetOf, guestOf } from './batch.ts';
import { HANDLER_AT } from './layout.ts';

export interface Report {
  /** System calls that the workers made. */
  readonly made: number;
  /** Null when all was well. */
  readonly failure: string | null;
}

/** Told of each answered call, for statistics. */
export type Watch = (name: string, result: number | null) => void;

/** Images of a run that goes through them. */
const IMAGES = 4;

interface End {
  readonly made: number;
  readonly hash: string;
  readonly icount: number;
}

function counted(machine: Machine, count: (by: number) => void, watch?: Watch): void {
  const { kernel } = machine;
  const { observer } = kernel;
  kernel.observer = {
    ...observer,
    syscall: (task, row, nr, args, result, shown) => {
      // Calls of the list alone: they are made in the handler's page.
      if (task.regs.eip >>> 12 === HANDLER_AT >>> 12) count(1);
      watch?.(row?.name ?? `${nr}`, result);
      observer.syscall?.(task, row, nr, args, result, shown);
    },
  };
}

/** The end that shows what all did: audited, hashed, gone. */
function finish(machine: Machine, made: number): End {
  machine.audit();
  const end = { made, hash: machine.hash(), icount: machine.icount };
  machine.dispose();
  return end;
}

function plainly(batch: Batch, watch?: Watch): End {
  let made = 0;
  const machine = Machine.boot(guestOf(batch));
  counted(
    machine,
    (by) => {
      made += by;
    },
    watch,
  );
  const budget = budgetOf(batch);
  // Half-way too: what the workers hold is gone when process 1 has ended.
  for (const until of [budget / 8, budget / 3, budget]) {
    const end = machine.run(Math.floor(until));
    machine.audit();
    if (end !== 'limit') break;
  }
  return finish(machine, made);
}

/** The same through images at counts spread over the run, each restored and compared. */
function throughImages(batch: Batch, end: number): End {
  let machine = Machine.boot(guestOf(batch));
  for (const icount of spreadCounts(end, IMAGES, end)) {
    machine.run(icount);
    const before = machine.hash();
    const { image } = machine.checkpoint();
    const restored = Machine.restore(image, { root: machine.base });
    if (restored.hash() !== before) throw new Error(`the restored state differs at ${icount}`);
    machine.dispose();
    machine = restored;
  }
  machine.run(budgetOf(batch));
  return finish(machine, 0);
}

/** Whatever the kernel throws is a finding. */
export function runBatch(batch: Batch, watch?: Watch): Report {
  let made = 0;
  try {
    const plain = plainly(batch, watch);
    made = plain.made;
    if (batch.images) {
      const again = throughImages(batch, plain.icount);
      if (again.icount !== plain.icount)
        throw new Error(`through images it ends at ${again.icount}, not at ${plain.icount}`);
      if (again.hash !== plain.hash) throw new Error('through images it ends in another state');
    }
    return { made, failure: null };
  } catch (error) {
    return { made, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
