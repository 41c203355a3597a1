/** `--strace`: what the guest asks of its kernel, on stderr, in the form of strace -f. */
import type { Machine } from '../api/node.ts';
import { signalName } from '../kernel/signal/numbers.ts';
import { writeAll } from './write.ts';

/** Prints a line for each finished call, each signal and each task's end. */
export function traceSyscalls(machine: Machine): void {
  let several = false;
  const print = (tid: number, line: string): void => {
    const prefix = several ? `[pid ${String(tid).padStart(5)}] ` : '';
    writeAll(2, new TextEncoder().encode(`${prefix}${line}\n`));
  };
  machine.events.on('taskStart', () => {
    several = true;
  });
  machine.events.on('syscall', (event) => {
    if (!event.blocked) print(event.tid, event.describe());
  });
  machine.events.on('signal', ({ tid, signal }) => print(tid, `--- ${signalName(signal)} ---`));
  machine.events.on('taskEnd', ({ tid }) => print(tid, '+++ exited +++'));
}
