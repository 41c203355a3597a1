/** How a container ended. */

/** Wait statuses, wait(2): the low seven bits are a signal's number, or 0 for a normal exit with the code above. */
const SIGNAL_MASK = 0x7f;
const CORE_DUMPED = 0x80;

export interface ExitStatus {
  /** What exit(2) of init was given; null when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended init; null after a normal exit. */
  readonly signal: number | null;
  /** As a shell reports it: the code, or 128 + the signal. */
  readonly shell: number;
  readonly coreDumped: boolean;
}

/** Reads a wait status. */
export function exitStatusOf(status: number): ExitStatus {
  const signal = status & SIGNAL_MASK;
  const code = (status >>> 8) & 0xff;
  return signal === 0
    ? { code, signal: null, shell: code, coreDumped: false }
    : { code: null, signal, shell: 128 + signal, coreDumped: (status & CORE_DUMPED) !== 0 };
}
