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
