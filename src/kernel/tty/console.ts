/** The container's console: where output goes and input comes from, with a running digest of all that came out. */
import { sha256 } from '@noble/hashes/sha2.js';
import { POLLHUP, POLLIN, POLLRDNORM } from '../fd/poll.ts';
import type { Kernel, OutputStream } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, bytes, count, fixedBytes, list, optRef, struct, type Values } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Waitable } from '../task/wait.ts';
import { receiveInput } from './input.ts';
import type { Tty } from './tty.ts';

/** Output is digested in blocks of this size, however it was cut into writes. */
const BLOCK = 4096;
const STREAMS = 3;

const outputFields = {
  digest: fixedBytes(32)('SHA-256 chain over full blocks: each over the digest before and 4096 bytes', {
    initial: new Uint8Array(32),
  }),
  tail: bytes('output after the last full block', { initial: new Uint8Array(0) }),
  length: count('bytes in all', { initial: 0 }),
};
type Output = Values<typeof outputFields>;

export class Console extends derived(Waitable, 'console', 1, {
  tty: optRef<Tty>('tty', 'the terminal; null when the machine has three streams instead'),
  input: bytes('fed to the stdin stream and not read yet', { initial: new Uint8Array(0) }),
  inputEnded: bool('nothing more will be fed', { initial: false }),
  outputs: list(struct(outputFields, 'a stream'), 'terminal, stdout, stderr'),
}) {
  static create(tty: Tty | null): Console {
    const empty = (): Output => ({ digest: new Uint8Array(32), tail: new Uint8Array(0), length: 0 });
    return new Console({ tty, outputs: Array.from({ length: STREAMS }, empty) });
  }

  /** Sends bytes to the host and into the stream's digest. */
  output(k: Kernel, stream: OutputStream, data: Uint8Array): void {
    if (data.length === 0) return;
    const output = this.outputs[stream];
    assert(output !== undefined, 'no such output stream');
    k.host.output(stream, data);
    absorb(output, data);
  }

  override check(): void {
    assert(this.outputs.length === STREAMS, 'the console has three output streams');
    for (const { tail, length } of this.outputs)
      assert(tail.length === length % BLOCK, 'a digest tail of wrong length');
  }
}

function absorb(output: Output, data: Uint8Array): void {
  output.length += data.length;
  let rest = new Uint8Array(output.tail.length + data.length);
  rest.set(output.tail);
  rest.set(data, output.tail.length);
  while (rest.length >= BLOCK) {
    const block = new Uint8Array(32 + BLOCK);
    block.set(output.digest);
    block.set(rest.subarray(0, BLOCK), 32);
    output.digest = sha256(block);
    rest = rest.subarray(BLOCK);
  }
  output.tail = rest.slice();
}

/** The console of a booted machine. */
export function consoleOf(k: Kernel): Console {
  const { console } = k.container;
  assert(console instanceof Console, 'a container without a console');
  return console;
}

/** Gives the machine input: keys of the terminal, or bytes of the stdin stream. */
export function feedInput(k: Kernel, data: Uint8Array): void {
  const console = consoleOf(k);
  assert(!console.inputEnded, 'input after its end');
  if (console.tty !== null) {
    receiveInput(k, console.tty, data);
    return;
  }
  const joined = new Uint8Array(console.input.length + data.length);
  joined.set(console.input);
  joined.set(data, console.input.length);
  console.input = joined;
  console.wake(POLLIN | POLLRDNORM);
}

/** Whether a task sleeps until input comes, and some may come. */
export function inputWanted(k: Kernel): boolean {
  const console = consoleOf(k);
  if (console.inputEnded) return false;
  return (console.tty ?? console).waiters.some((task) => task.state === 'sleeping');
}

/** No more input will come: readers get end of file after what is left. */
export function endInput(k: Kernel): void {
  const console = consoleOf(k);
  console.inputEnded = true;
  console.wake(POLLIN | POLLRDNORM | POLLHUP);
  if (console.tty === null) return;
  console.tty.ended = true;
  console.tty.wake(POLLIN | POLLRDNORM);
}
