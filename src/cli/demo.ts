/**
 * `npm start`: the main thing, seen. A two-process program is run to its end; run again, dumped half-way and killed; looked
 * at; and restored in another host process. What comes out must be the same to the byte, the instruction and the bit.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GUEST = ['/bin/pipes'];
const here = fileURLToPath(import.meta.url);
const MAIN = join(dirname(here), `main${extname(here)}`);
const WIDTH = 74;

const isTerminal = process.stdout.isTTY === true;
const paint = (code: number, text: string): string => (isTerminal ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = (text: string): string => paint(1, text);
const dim = (text: string): string => paint(2, text);
const green = (text: string): string => paint(32, text);
const red = (text: string): string => paint(31, text);

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** One line that is written over while something is going on; nothing when the output is no terminal. */
function progress(text: string): void {
  if (isTerminal) process.stdout.write(`\r\x1b[K${dim(text.slice(0, WIDTH))}`);
}

interface Ran {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly seconds: number;
}

/** Runs `cr86 ARGS` in a host process of its own. */
function cr86(...args: string[]): Promise<Ran> {
  const start = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    progress(`      ${stdout.split('\n').length - 1} lines; the last: ${stdout.trimEnd().split('\n').at(-1) ?? ''}`);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      progress('');
      if (isTerminal) process.stdout.write('\r');
      resolve({ pid: child.pid!, stdout, stderr, code: code ?? -1, seconds: (performance.now() - start) / 1000 });
    });
  });
}

/** The two figures of the line that --print-hash prints. */
function figures(ran: Ran): { icount: number; state: string } {
  const match = /^icount=(\d+) state=([0-9a-f]{64})$/m.exec(ran.stderr);
  if (match === null) throw new Error(`cr86 said: ${ran.stderr.trim() || 'nothing'} (exit code ${ran.code})`);
  return { icount: Number(match[1]), state: match[2]! };
}

function step(number: number, title: string): void {
  say(`${bold(`[${number}/5]`)} ${title}`);
}

function tail(text: string, lines: number): void {
  const all = text.trimEnd().split('\n');
  if (all.length > lines) say(dim(`      ... ${all.length - lines} lines`));
  for (const line of all.slice(-lines)) say(`      ${line}`);
}

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

const thousands = (n: number): string => n.toLocaleString('en-US');

function told(ran: Ran, icount: number): string {
  return dim(`      host process ${ran.pid}, ${thousands(icount)} guest instructions, ${ran.seconds.toFixed(1)} s`);
}

/** Prints a row for each thing that must be equal; true when all are. */
function prove(rows: readonly (readonly [what: string, plain: string | number, restored: string | number])[]): boolean {
  let equal = true;
  for (const [what, plain, restored] of rows) {
    const same = plain === restored;
    equal &&= same;
    const shown =
      typeof plain === 'number'
        ? thousands(plain)
        : plain.length === 64
          ? `${plain.slice(0, 32)}...`
          : `${plain.length} bytes`;
    say(`      ${what.padEnd(14)} ${shown.padEnd(38)} ${same ? green('equal') : red(`DIFFERENT: ${restored}`)}`);
  }
  return equal;
}

async function demonstrate(image: string): Promise<boolean> {
  say(`${bold('cr86')}: an i386 Linux program, dumped in the middle and restored in another process`);
  say();
  step(1, `run ${GUEST.join(' ')}: two processes, joined by a pipe, to the end`);
  const plain = await cr86('run', '--print-hash', '--', ...GUEST);
  const whole = figures(plain);
  tail(plain.stdout, 4);
  say(told(plain, whole.icount));

  const half = Math.floor(whole.icount / 2);
  step(2, `run it again, and dump it after ${thousands(half)} instructions; the dump kills it`);
  const first = await cr86('run', '--print-hash', '--dump-at', String(half), '-D', image, '--', ...GUEST);
  const dumped = figures(first);
  tail(first.stdout, 4);
  say(told(first, dumped.icount));

  step(3, `what is in the image (${thousands(bytesIn(image))} bytes)`);
  tail((await cr86('inspect', image)).stdout, 100);

  step(4, 'restore it in another host process, which runs the second half');
  const second = await cr86('restore', '-D', image, '--print-hash');
  const end = figures(second);
  tail(second.stdout, 4);
  say(told(second, end.icount));

  step(5, 'both halves together, against the run that was never interrupted');
  return prove([
    ['output', plain.stdout, first.stdout + second.stdout],
    ['exit code', plain.code, second.code],
    ['instructions', whole.icount, end.icount],
    ['state hash', whole.state, end.state],
  ]);
}

const directory = mkdtempSync(join(tmpdir(), 'cr86-demo-'));
try {
  const equal = await demonstrate(join(directory, 'image'));
  say();
  say(equal ? green('The interruption left no trace.') : red('The interruption can be seen: this is a bug.'));
  process.exitCode = equal ? 0 : 1;
} catch (error) {
  say(red(`The demonstration failed: ${error instanceof Error ? error.message : error}`));
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
