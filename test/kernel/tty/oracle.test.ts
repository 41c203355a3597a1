/** A program that goes through all modes of a terminal, typed at on a pseudo-terminal of a real kernel and on ours. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Machine, MemoryBase } from '../../../src/api/index.ts';
import { compile, hasCompiler } from '../../native/compiler.ts';
import { nativeSupport, runNative } from '../../native/native.ts';
import { need } from '../../native/need.ts';

const sources = join(dirname(fileURLToPath(import.meta.url)), 'oracle');

/** What is typed, in the order of the program's questions; where a question needs several chunks they stand together. */
const KEYS: readonly string[] = [
  // canonical
  'hello world\n',
  'helxx\x7f\x7flo\n',
  'garbage\x15good\n',
  'one two  \x17three\n',
  'part\x04',
  '\x04',
  'abcdefgh\n',
  'four\x04',
  '\x04',
  '\x16\x03x\x16\x7f\n',
  'abc\x12def\n',
  '\x01\x02\x1b[A\n',
  'a\tb\t\x7f\x7f\x7fc\n',
  'cr\r',
  'first\nsecond\n',
  '\x01\x02a\x7f\x7f\x7fb\n',
  '\x7f\x15\x17x\n',
  'a\xc3\xa9\x7fb\xe2\x82\xac\x7fc\n',
  'a\xc3\xa9\x7f\x7fb\n',
  `${'L'.repeat(5000)}\n`,
  // variants
  'secret\n',
  'hidden\n',
  'abc\x7f\x7fd\n',
  'abc\x15d\n',
  '\x01a\x7f\x7fb\n',
  'one two\x17x\x16y\n',
  'a\rb\n',
  'a\nb\r',
  '\xe1\xe2c\n',
  'ABC def\n',
  'a\x03b\x1ac\n',
  'a!b%c\n',
  'ab#c@d\x7fe\x04f\n',
  // raw
  '\x03\x1a\x04\r\n',
  'ab',
  'c',
  'de',
  '',
  'polled',
  'xy',
  // switches
  'line\npartial',
  'gone\nmore',
  'kept\n',
  'gone too\n',
  'fresh\n',
  // signals
  'abc\x03',
  'def\n',
  'abc\x03',
  'def\n',
  '\x1c',
  'x\x1a',
  'abc\x03def\n',
  // output
  '\x13x\n',
  '\x11',
  'a\x13b\x11c\n',
  'a\x13bc\n',
  // background
  'from behind\n',
  'mine\n',
];

const programOf = (root: string): Uint8Array => new Uint8Array(readFileSync(join(root, 'bin/lines')));

/** @param restoring the machine goes through an image before and after each chunk is typed */
function emulated(program: Uint8Array, restoring: boolean): { text: string; code: number; hash: string } {
  const root = new MemoryBase({ '/bin/lines': { content: program, mode: 0o755 } });
  let text = '';
  const listen = (fresh: Machine): Machine => {
    fresh.events.on('output', (_stream, bytes) => {
      text += Buffer.from(bytes).toString('latin1');
    });
    return fresh;
  };
  let machine = listen(Machine.boot({ root, argv: ['/bin/lines'], tty: true }));
  const pass = (): void => {
    if (!restoring) return;
    const hash = machine.hash();
    const { image } = machine.checkpoint();
    machine.dispose();
    machine = listen(Machine.restore(image, { root }));
    expect(machine.hash()).toBe(hash);
  };
  const keys = [...KEYS];
  let asked = 0;
  for (;;) {
    // The next chunk is typed when all sleep, or at once where the program says so: as the driver does on the host.
    const end = machine.run(() => text.indexOf('!>', asked) >= 0);
    if (end === 'exited') break;
    if (end === 'met') asked = text.indexOf('!>', asked) + 2;
    const chunk = keys.shift();
    pass();
    if (chunk !== undefined) machine.feed(Buffer.from(chunk, 'latin1'));
    else if (end === 'idle') throw new Error(`all keys typed, and the program waits:\n${text.slice(-300)}`);
    pass();
  }
  machine.audit();
  return { text, code: machine.exitStatus!.shell, hash: machine.hash() };
}

it('a terminal reads, echoes, edits and signals as a pseudo-terminal of a real kernel', (context) => {
  need(context, hasCompiler());
  need(context, nativeSupport());
  const root = compile(sources, ['driver', 'lines']);
  try {
    const keys = KEYS.map((chunk) => Buffer.from(chunk, 'latin1').toString('hex'));
    const native = runNative(root, ['/bin/driver', '/bin/lines', ...keys]);
    const ours = emulated(programOf(root), false);
    expect(ours.text.split('\n')).toEqual(native.stdout.split('\n'));
    expect(ours.code).toBe(native.code);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

it('a terminal is the same after an image, whatever was typed and not read', (context) => {
  need(context, hasCompiler());
  const root = compile(sources, ['driver', 'lines']);
  try {
    const program = programOf(root);
    expect(emulated(program, true)).toEqual(emulated(program, false));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
