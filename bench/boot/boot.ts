/**
 * How long it takes until a user can go on: from a fresh process, and once the code is warm, to a shell's prompt and to the
 * end of a program. Debian's programs come from `cr86 rootfs debian`, where the host has apt.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Machine } from '../../src/api/node.ts';
import type { Cell } from '../runner/table.ts';

interface Case {
  readonly name: string;
  /** Debian packages of the root; none for the embedded guests. */
  readonly packages: readonly string[];
  readonly argv: readonly string[];
  /** What is on its terminal when it is there; without one, its end counts. */
  readonly prompt?: string;
}

const CASES: readonly Case[] = [
  { name: 'hello, static', packages: [], argv: ['/bin/hello'] },
  { name: 'busybox sh, prompt', packages: ['busybox-static'], argv: ['/bin/busybox', 'sh'], prompt: '# ' },
  { name: 'bash -c true, dynamic', packages: ['bash'], argv: ['/bin/bash', '-c', 'true'] },
];

const ROUNDS = 7;
const top = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const command = join(top, 'dist/cr86.js');

export const BOOT_HEADINGS = [
  'program',
  'instructions',
  'process ms',
  'of that node ms',
  'first boot ms',
  'warm boot ms',
];

/** The directory with those packages, made once; null when the host cannot. */
function rootWith(packages: readonly string[]): string | null {
  const root = join(top, '.cache/bench', packages.join('+'));
  if (existsSync(root)) return root;
  const made = spawnSync(process.execPath, [command, 'rootfs', 'debian', ...packages, '-o', root], {
    stdio: 'inherit',
  });
  return made.status === 0 ? root : null;
}

const median = (values: readonly number[]): number =>
  Number([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!.toFixed(0));

/** Milliseconds until the process has said `prompt`, or ended. */
function processTime(args: readonly string[], prompt: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    const done = (): void => {
      resolve(performance.now() - start);
      child.kill('SIGKILL');
    };
    child.stdout.on('data', (bytes) => {
      said += bytes;
      if (prompt !== undefined && said.includes(prompt)) done();
    });
    child.on('error', reject);
    child.on('close', (code) => (prompt === undefined && code === 0 ? done() : reject(new Error(`it said ${said}`))));
  });
}

async function medianProcess(args: readonly string[], prompt?: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await processTime(args, prompt));
  return median(times);
}

/** Milliseconds and instructions of one boot in this process. */
function bootTime({ argv, prompt }: Case, root: string | undefined): { ms: number; icount: number } {
  const start = performance.now();
  const machine = Machine.boot({ argv, tty: prompt !== undefined, ...(root !== undefined && { root }) });
  let said = '';
  machine.events.on('output', (_stream, bytes) => {
    said += new TextDecoder().decode(bytes);
  });
  const end = machine.run();
  const ms = performance.now() - start;
  const right = prompt === undefined ? end === 'exited' && machine.exitStatus?.shell === 0 : said.includes(prompt);
  if (!right) throw new Error(`${argv.join(' ')} came to ${end} and said ${said}`);
  const { icount } = machine;
  machine.dispose();
  return { ms, icount };
}

/** A row for each program; one whose root cannot be had says so. */
export async function bootRows(): Promise<Cell[][]> {
  const node = await medianProcess(['-e', '0']);
  const rows: Cell[][] = [];
  for (const item of CASES) {
    const root = item.packages.length === 0 ? undefined : rootWith(item.packages);
    if (root === null) {
      rows.push([`${item.name}: needs apt with Debian's i386 packages`, 0, 0, node, 0, 0]);
      continue;
    }
    const first = bootTime(item, root);
    const warm = median(Array.from({ length: ROUNDS }, () => bootTime(item, root).ms));
    const options = [...(root === undefined ? [] : ['--root', root]), item.prompt === undefined ? '--no-tty' : '--tty'];
    const whole = await medianProcess([command, 'run', ...options, '--', ...item.argv], item.prompt);
    rows.push([item.name, first.icount, whole, node, Math.round(first.ms), warm]);
  }
  return rows;
}
