/** Starts a worker process and watches it: a batch that hangs or kills its host is a finding too. */
import { fork } from 'node:child_process';
import type { Message, Order } from './worker.ts';

/** A batch takes a second or two of a processor; one that takes this long on a busy host holds it. */
const PATIENCE_MS = 600_000;
/** Bytes that a process may take: machines of 16 MiB and what Node needs. */
const MOST_MEMORY = 1_200_000_000;
const HEAP = '--max-old-space-size=600';

export interface Finding {
  readonly batch: number;
  readonly what: string;
}

export interface Result {
  readonly made: number;
  /** The number of the batch that comes next. */
  readonly next: number;
  readonly finding: Finding | null;
  readonly tally: Message['tally'];
}

/** Runs the order in a process of its own. `told` hears of every batch that went well. */
export function watched(order: Order, told: (message: Message) => void = () => {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = fork(new URL('./worker.ts', import.meta.url), {
      execArgv: ['--import', 'tsx', HEAP],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let batch = order.first;
    let made = 0;
    let finding: Finding | null = null;
    let tally: Message['tally'] | null = null;
    let said = '';
    const found = (what: string): void => {
      finding ??= { batch, what };
      child.kill('SIGKILL');
    };
    let timer = setTimeout(() => found('it takes too long'), PATIENCE_MS);
    child.stderr?.on('data', (text) => {
      said = `${said}${text}`.slice(-2000);
    });
    child.on('message', (message: Message) => {
      clearTimeout(timer);
      if (message.begins === null) {
        tally = message.tally;
        return;
      }
      timer = setTimeout(() => found('it takes too long'), PATIENCE_MS);
      batch = message.begins;
      made += message.made;
      if (message.failure !== null) finding = { batch, what: message.failure };
      else if (message.heap > MOST_MEMORY) found(`the process has grown to ${message.heap} bytes`);
      else told(message);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (tally === null && finding === null)
        finding = { batch, what: `the process has ended with ${signal ?? code}: ${said}` };
      resolve({ made, next: batch + 1, finding, tally: tally ?? {} });
    });
    child.send(order);
  });
}
