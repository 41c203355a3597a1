/** Runs a machine with the host's descriptors as its console, until it ends, is dumped, or its user leaves. */
import { HostError, type Machine } from '../api/node.ts';
import { CliError } from './errors.ts';
import { readStdin } from './stdin.ts';
import { Terminal } from './terminal.ts';
import { writeAll } from './write.ts';

export interface SessionOptions {
  /** The guest has a terminal: the host's, in raw mode, if it is one. */
  readonly tty: boolean;
  /** Stop when this many instructions have run; undefined for never. */
  readonly until?: number;
  /** Ctrl-] d dumps and leaves; undefined when there is nowhere to dump to. */
  readonly dump?: () => void;
}

/** `left`: the user has left the guest, which is dumped or lost. */
export type SessionEnd = 'limit' | 'exited' | 'left';

/** Instructions between two looks at the keyboard, about 1/30 s. */
const KEYBOARD_SLICE = 5_000_000;

/** Writes the machine's output to the host's stdout and stderr as it comes. */
export function connectOutput(machine: Machine): void {
  machine.events.on('output', (stream, bytes) => writeAll(stream === 2 ? 2 : 1, bytes));
}

/** Runs until init has ended (`exited`) or the count is reached (`limit`). Input is fed as the guest asks for it. */
export async function runSession(machine: Machine, options: SessionOptions): Promise<SessionEnd> {
  if (options.tty && process.stdin.isTTY) return runOnTerminal(machine, options);
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

const HELP = 'Ctrl-] q leaves, Ctrl-] d dumps to the image directory and leaves, Ctrl-] Ctrl-] types one';

function tell(text: string): void {
  process.stderr.write(`\r\ncr86: ${text}\r\n`);
}

/** With a keyboard the time of each key counts: the machine runs in slices and is given what was typed between them. */
async function runOnTerminal(machine: Machine, options: SessionOptions): Promise<SessionEnd> {
  const { until = Number.MAX_SAFE_INTEGER, dump } = options;
  let wish = '';
  const terminal = new Terminal((key) => {
    if (key === '?') tell(HELP);
    else if (key === 'd' && dump === undefined) tell('nowhere to dump to (-D IMG)');
    else if (key === 'q' || key === 'd') wish = key;
    else return false;
    return true;
  });
  resize(machine, process.stdout.rows, process.stdout.columns);
  try {
    let prefer: 'input' | 'timer' = 'input';
    for (;;) {
      const end = machine.run(Math.min(until, machine.icount + KEYBOARD_SLICE), { prefer });
      if (end === 'exited' || (end === 'limit' && machine.icount >= until)) return end;
      // A guest that waits for a key until a timer fires is given that time for real.
      const typed = await terminal.wait(end === 'idle' ? milliseconds(machine.nextTimer) : 0);
      prefer = typed ? 'input' : 'timer';
      for (const keys of terminal.take()) machine.feed(keys);
      const size = terminal.takeSize();
      if (size !== null) resize(machine, size.rows, size.cols);
      if (wish === 'q') return leave(terminal, 'left by Ctrl-] q');
      if (wish === 'd' && dumped(dump!)) return leave(terminal, 'dumped and left by Ctrl-] d');
      wish = '';
      if (terminal.ended) throw new HostError('EIO', 'terminal', 'hung up');
    }
  } finally {
    terminal.close();
  }
}

function resize(machine: Machine, rows: number | undefined, cols: number | undefined): void {
  if (rows !== undefined && cols !== undefined && rows > 0 && cols > 0) machine.resize(rows, cols);
}

function leave(terminal: Terminal, how: string): SessionEnd {
  terminal.close();
  tell(how);
  return 'left';
}

/** Whether the dump succeeded; the guest lives on when it did not. */
function dumped(dump: () => void): boolean {
  try {
    dump();
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tell(error.message);
    return false;
  }
}

function milliseconds(nanoseconds: number | null): number | null {
  return nanoseconds === null ? null : Math.ceil(nanoseconds / 1e6);
}
