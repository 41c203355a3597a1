/** Virtual time: a pure function of the instructions run and of the idle time jumped over, so that equal runs see equal clocks. */

/** Where the clock's state lives: fields of a kernel object, so that an image holds them. */
export interface ClockState {
  /** Virtual nanoseconds for each instruction; 10 makes a 100 MIPS machine. */
  nsPerInstruction: number;
  /** Nanoseconds jumped over while every task slept. */
  idleNs: number;
  /** Seconds since the Epoch at virtual time 0. */
  bootTime: number;
}

export class Clock {
  readonly #counter: { readonly icount: number };
  readonly #state: ClockState;

  constructor(counter: { readonly icount: number }, state: ClockState) {
    this.#counter = counter;
    this.#state = state;
  }

  /** Nanoseconds since power-on (CLOCK_MONOTONIC), an exact integer for the first 104 days. */
  now(): number {
    return this.#counter.icount * this.#state.nsPerInstruction + this.#state.idleNs;
  }

  /** Nanoseconds since the Epoch (CLOCK_REALTIME). Past 2^53, hence bigint. */
  realtime(): bigint {
    return BigInt(this.#state.bootTime) * 1_000_000_000n + BigInt(this.now());
  }

  /** The instruction count at which virtual time `ns` is reached, if no idle time passes until then. */
  icountAt(ns: number): number {
    return Math.ceil((ns - this.#state.idleNs) / this.#state.nsPerInstruction);
  }

  /** Jumps over idle time until `ns`; does nothing when that has passed. */
  skipTo(ns: number): void {
    const now = this.now();
    if (ns > now) this.#state.idleNs += ns - now;
  }
}
