/** `--strace`: what the guest asks of its kernel, in the form of strace -f. */
import { closeSync, openSync } from 'node:fs';
import type { Machine, SyscallEvent } from '../api/node.ts';
import { ERRNO_NAMES } from '../kernel/errno.ts';
import { StraceSummary } from './strace-summary.ts';
import type { SyscallSet } from './syscall-set.ts';
import { writeAll } from './write.ts';

export interface StraceOptions {
  /** Which calls; all by default. */
  readonly filter?: SyscallSet;
  /** A file of the host for the lines; stderr by default. */
  readonly output?: string;
  /** A table at the end in place of the lines. */
  readonly summary?: boolean;
}

/** Interrupted calls that no program sees end with a `?`. */
const IDLE_TEXT = ' <unfinished ...>';

class Tracer {
  readonly #fd: number;
  readonly #filter: SyscallSet;
  #several = false;
  /** Calls that sleep: what was printed of them, '' while nothing was. */
  readonly #sleeping = new Map<number, { readonly begin: string; cut: boolean }>();

  constructor({ output, filter }: StraceOptions) {
    this.#fd = output === undefined ? 2 : openSync(output, 'w');
    this.#filter = filter ?? (() => true);
  }

  follow(): void {
    this.#several = true;
  }

  print(tid: number, line: string): void {
    this.#cut(tid);
    const prefix = this.#several ? `[pid ${String(tid).padStart(5)}] ` : '';
    writeAll(this.#fd, new TextEncoder().encode(`${prefix}${line}\n`));
  }

  /** The line of a call that sleeps is cut when another one comes between. */
  #cut(tid: number): void {
    for (const [other, call] of this.#sleeping) {
      if (other === tid || call.cut) continue;
      call.cut = true;
      const prefix = this.#several ? `[pid ${String(other).padStart(5)}] ` : '';
      writeAll(this.#fd, new TextEncoder().encode(`${prefix}${call.begin}${IDLE_TEXT}\n`));
    }
  }

  syscall(event: SyscallEvent): void {
    const { tid, name, blocked } = event;
    if (!this.#filter(name)) return;
    const before = this.#sleeping.get(tid);
    if (blocked) {
      if (before === undefined) this.#sleeping.set(tid, { begin: event.begin(), cut: false });
      return;
    }
    this.#sleeping.delete(tid);
    const line = event.describe();
    this.print(tid, before?.cut === true ? resumed(name, before.begin, line) : line);
  }

  ended(tid: number, line: string): void {
    const before = this.#sleeping.get(tid);
    this.#sleeping.delete(tid);
    if (before !== undefined && !before.cut) this.print(tid, `${before.begin}${IDLE_TEXT}`);
    this.print(tid, line);
  }

  close(): void {
    for (const [tid] of this.#sleeping) this.#cut(-tid);
    if (this.#fd !== 2) closeSync(this.#fd);
  }
}

/** The rest of a line that was cut: `<... read resumed>"x", 1) = 1`. */
function resumed(name: string, begin: string, line: string): string {
  const rest = line.startsWith(begin) ? line.slice(begin.length) : line.slice(line.indexOf('(') + 1);
  const [, args = rest, result = ''] = /^(.*?\))\s+(= .*)$/s.exec(rest) ?? [];
  return `${`<... ${name} resumed>${args}`.padEnd(39)} ${result}`;
}

/** Prints a line for each finished call, each signal and each task's end. Returns what to do when the run is over. */
export function traceSyscalls(machine: Machine, options: StraceOptions = {}): () => void {
  const tracer = new Tracer(options);
  const summary = new StraceSummary();
  const quiet = options.summary === true;
  machine.events.on('taskStart', () => tracer.follow());
  machine.events.on('syscall', (event) => {
    if (quiet) {
      if (!event.blocked && (options.filter?.(event.name) ?? true)) summary.count(event.name, errorOf(event.result));
    } else tracer.syscall(event);
  });
  if (!quiet) {
    machine.events.on('signal', ({ tid, describe }) => tracer.print(tid, describe()));
    machine.events.on('taskEnd', ({ tid, describe }) => tracer.ended(tid, describe()));
  }
  return () => {
    if (quiet) tracer.print(0, summary.table().trimEnd());
    tracer.close();
  };
}

function errorOf(result: number | null): boolean {
  return result !== null && result < 0 && ERRNO_NAMES[-result] !== undefined;
}
