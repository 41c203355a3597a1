/** What observers of a machine are told. Events are sent while the guest runs; listeners must not change the machine. */
import EventEmitter from 'events/events.js';
import type Typed from 'typed-emitter';
import type { Statistics } from '../ckpt/statistics.ts';
import type { OutputStream } from '../kernel/kernel.ts';

export interface SyscallEvent {
  readonly icount: number;
  /** Thread number in the container's pid namespace, and the thread's name. */
  readonly tid: number;
  readonly comm: string;
  readonly nr: number;
  /** `syscall_NR` for a number that has no row. */
  readonly name: string;
  /** ebx ecx edx esi edi ebp as uint32. */
  readonly args: readonly number[];
  /** What the caller gets, negated errnos for errors; null when there is nothing to get (asleep, exited, new program). */
  readonly result: number | null;
  /** The call has put the task to sleep and is entered again when it wakes: another event will tell how it ended. */
  readonly blocked: boolean;
  /** The call as strace prints it, `write(1, "hello\n", 6) = 6`. To be asked for during the event only. */
  describe(): string;
  /** Its beginning, as far as it is known while the call sleeps: `read(0, `. */
  begin(): string;
}

export interface TaskEvent {
  readonly icount: number;
  readonly tid: number;
  readonly tgid: number;
  readonly comm: string;
}

// A type alias: typed-emitter wants an index signature, which interfaces lack.
export type MachineEvents = {
  /** A call was answered, or put its task to sleep (and is told again when it is entered again). */
  syscall: (event: SyscallEvent) => void;
  /** Bytes left the machine: stream 0 is the console tty, 1 and 2 are stdout and stderr of a machine without one. */
  output: (stream: OutputStream, bytes: Uint8Array) => void;
  taskStart: (event: TaskEvent) => void;
  /** `describe` gives strace's line, `+++ exited with 0 +++`. */
  taskEnd: (event: TaskEvent & { describe(): string }) => void;
  /** A signal is about to be acted upon. */
  signal: (event: TaskEvent & { readonly signal: number; describe(): string }) => void;
  /** A checkpoint was taken and committed. */
  checkpoint: (event: { readonly icount: number; readonly statistics: Statistics }) => void;
  /** Init has ended: exactly once, with the status as wait(2) gives it. */
  exit: (event: { readonly icount: number; readonly status: number }) => void;
};

export type MachineEmitter = Typed.default<MachineEvents>;

export function machineEmitter(): MachineEmitter {
  return new EventEmitter() as MachineEmitter;
}
