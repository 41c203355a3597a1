/** The table of `strace -c`: how often each call was made and failed. Calls take no virtual time of their own: what they cost is 0. */

interface Row {
  calls: number;
  errors: number;
}

export class StraceSummary {
  readonly #rows = new Map<string, Row>();

  count(name: string, failed: boolean): void {
    const row = this.#rows.get(name) ?? { calls: 0, errors: 0 };
    row.calls++;
    if (failed) row.errors++;
    this.#rows.set(name, row);
  }

  /** As strace prints it, most calls first. */
  table(): string {
    const rows = [...this.#rows].sort(([a, x], [b, y]) => y.calls - x.calls || (a < b ? -1 : 1));
    const line = (share: string, seconds: string, each: string, calls: string, errors: string, name: string): string =>
      `${share.padStart(6)} ${seconds.padStart(11)} ${each.padStart(11)} ${calls.padStart(9)} ${errors.padStart(9)} ${name}\n`;
    const rule = `${['-'.repeat(6), '-'.repeat(11), '-'.repeat(11), '-'.repeat(9), '-'.repeat(9), '-'.repeat(16)].join(' ')}\n`;
    const text = (n: number): string => (n === 0 ? '' : String(n));
    const body = rows.map(([name, { calls, errors }]) =>
      line('0.00', '0.000000', '0', String(calls), text(errors), name),
    );
    const calls = rows.reduce((sum, [, row]) => sum + row.calls, 0);
    const errors = rows.reduce((sum, [, row]) => sum + row.errors, 0);
    const total = line('100.00', '0.000000', '0', String(calls), text(errors), 'total');
    return `${line('% time', 'seconds', 'usecs/call', 'calls', 'errors', 'syscall')}${rule}${body.join('')}${rule}${total}`;
  }
}
