/** Periodic expirations. */

export interface Periodic {
  expires: number | null;
  interval: number;
}

/** Moves a timer that is due at `now` to its next expiration; returns how many were missed beyond the first. */
export function advance(timer: Periodic, now: number): number {
  if (timer.expires === null) return 0;
  if (timer.interval === 0) {
    timer.expires = null;
    return 0;
  }
  const periods = Math.floor((now - timer.expires) / timer.interval) + 1;
  timer.expires += periods * timer.interval;
  return periods - 1;
}

/**
 * A first expiration before power-on, which ns in 53 bits may not reach: moved to the last of its expirations that is not
 * after power-on, with how many came before that.
 */
export function fromPast(expires: number, interval: number): { readonly expires: number; readonly missed: number } {
  if (expires >= 0) return { expires, missed: 0 };
  if (interval === 0) return { expires: 0, missed: 0 };
  const missed = Math.min(Number.MAX_SAFE_INTEGER, Math.floor(-expires / interval));
  return { expires: 0 - (-expires % interval), missed };
}
