/** Runs a machine with the host's descriptors as its console, until it ends, is dumped, or its user leaves. */
import { HostError, type Machine } from '../api/node.ts';
import { CliError } from './errors.ts';
import { readStdin, Terminal } from './stdin.ts';
import { writeAll } from './write.ts';

export interface SessionOptions {
  /** The guest has a terminal: the host's, in raw mode, if it is one. */
  readonly tty: boolean;
  /** Stop when this many instructions have run; undefined for never. */
  readonly until?: number;
}

/** Instructions between two looks at the keyboard, about 1/30 s. */
const KEYBOARD_SLICE = 5_000_000;

/** Writes the machine's output to the host's stdout and stderr as it comes. */
export function connectOutput(machine: Machine): void {
  machine.events.on('output', (stream, bytes) => writeAll(stream === 2 ? 2 : 1, bytes));
}

/** Runs until init has ended (`exited`) or the count is reached (`limit`). Input is fed as the guest asks for it. */
export async function runSession(machine: Machine, options: SessionOptions): Promise<'limit' | 'exited'> {
  if (options.tty && process.stdin.isTTY) return runOnTerminal(machine, options.until);
  for (;;) {
    const end = machine.run(options.until, { prefer: 'input' });
    if (end === 'exited' || end === 'limit') return end;
    // All tasks wait for input: only now is the host's stdin read, so a piped run does not depend on its timing.
    const chunk = machine.inputEnded ? new Uint8Array(0) : readStdin();
    if (chunk.length > 0) machine.feed(chunk);
    else if (!machine.inputEnded) machine.endInput();
    else throw stuck();
  }
}

function stuck(): CliError {
  return new CliError(
    'container',
    'every task sleeps for ever: no timer is set and the input has ended',
    '',
    'EDEADLK',
  );
}

/** With a keyboard the time of each key counts: the machine runs in slices and is given what was typed between them. */
async function runOnTerminal(machine: Machine, until = Number.MAX_SAFE_INTEGER): Promise<'limit' | 'exited'> {
  const terminal = new Terminal(() => {
    terminal.close();
    process.stderr.write('\r\ncr86: left by Ctrl-] q\r\n');
    process.exit(0);
  });
  try {
    let prefer: 'input' | 'timer' = 'input';
    for (;;) {
      const end = machine.run(Math.min(until, machine.icount + KEYBOARD_SLICE), { prefer });
      if (end === 'exited' || (end === 'limit' && machine.icount >= until)) return end;
      // A guest that waits for a key until a timer fires is given that time for real.
      const typed = await terminal.wait(end === 'idle' ? milliseconds(machine.nextTimer) : 0);
      prefer = typed ? 'input' : 'timer';
      for (const keys of terminal.take()) machine.feed(keys);
      if (terminal.ended) throw new HostError('EIO', 'terminal', 'hung up');
    }
  } finally {
    terminal.close();
  }
}

function milliseconds(nanoseconds: number | null): number | null {
  return nanoseconds === null ? null : Math.ceil(nanoseconds / 1e6);
}
