/** A guest program's run as data, and a machine that is driven through it: what every mode of a scenario shares. */
import { type BootOptions, Machine, type MemoryImage } from '../../src/api/node.ts';

/** What is run: everything that a run depends on. */
export interface Guest extends BootOptions {
  /** Fed when all tasks wait for input, then the input ends: as `cr86 run` does with a pipe. A byte string. */
  readonly stdin?: string;
}

/** What can be seen of a run from outside, and the hash of what it left. Byte strings. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly icount: number;
  readonly state: string;
}

/** What has come out and gone in; outlives the machine. */
interface Console {
  readonly stdout: string;
  readonly stderr: string;
  readonly fed: boolean;
}

/** A machine with its output so far and its input still to come. */
export class Session {
  readonly machine: Machine;
  readonly #guest: Guest;
  #console: Console;

  private constructor(guest: Guest, machine: Machine, console: Console) {
    this.#guest = guest;
    this.machine = machine;
    this.#console = console;
    machine.events.on('output', (stream, bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      const { stdout, stderr } = this.#console;
      this.#console = { ...this.#console, ...(stream === 2 ? { stderr: stderr + text } : { stdout: stdout + text }) };
    });
  }

  static boot(guest: Guest): Session {
    return new Session(guest, Machine.boot(guest), { stdout: '', stderr: '', fed: false });
  }

  /** A session of its own that goes on from an image of this one. */
  restored(image: MemoryImage): Session {
    return new Session(this.#guest, Machine.restore(image, { root: this.machine.base }), this.#console);
  }

  /** Runs to the instruction count, or the end; false when init has ended before. */
  runTo(icount: number): boolean {
    for (;;) {
      const end = this.machine.run(icount, { prefer: 'input' });
      if (end !== 'idle') return end === 'limit';
      this.#feed();
    }
  }

  #feed(): void {
    if (this.machine.inputEnded)
      throw new Error(`deadlock at ${this.machine.icount}: all sleep and the input has ended`);
    const { stdin = '' } = this.#guest;
    if (!this.#console.fed && stdin !== '') this.machine.feed(Buffer.from(stdin, 'latin1'));
    else this.machine.endInput();
    this.#console = { ...this.#console, fed: true };
  }

  /** Runs to the end, audits what is left, and switches the machine off. */
  finish(): Outcome {
    this.runTo(Number.MAX_SAFE_INTEGER);
    const { machine } = this;
    machine.audit();
    const { stdout, stderr } = this.#console;
    const outcome = { stdout, stderr, code: machine.exitStatus!.shell, icount: machine.icount, state: machine.hash() };
    machine.dispose();
    return outcome;
  }
}
