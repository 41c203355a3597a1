/** Runs programs in the test machine: the other side of agent.c. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../lock.ts';
import { ensureMachine, isUp, SHARE } from './machine.ts';

/** One program to run; byte strings. */
export interface Job {
  /** Copies the root directory to where it is told, devices and mount points included. */
  readonly copyRoot: (into: string) => void;
  /** Equal for equal roots, and good as a file name. */
  readonly rootId: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string;
  readonly asInit: boolean;
  /** A layer over the root instead of a copy of it. */
  readonly layered: boolean;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const POLL_MS = 4;
/** What a busy host may need beside the program's own time. */
const GRACE_MS = 60_000;
let jobs = 0;

const list = (items: readonly string[]): string => [String(items.length), ...items].map((item) => `${item}\0`).join('');

function jobText({ rootId, asInit, layered, cwd, timeoutMs, argv, env }: Job): string {
  const kind = `${asInit ? 'init' : 'plain'}${layered ? ' layer' : ''}`;
  const head = [rootId, kind, cwd, String(timeoutMs)].map((item) => `${item}\0`).join('');
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return `${head}${list(argv)}${list(variables)}`;
}

function provideRoot({ rootId, copyRoot }: Job): void {
  const root = join(SHARE, 'roots', rootId);
  if (existsSync(root)) return;
  const part = `${root}.${process.pid}`;
  mkdirSync(part);
  copyRoot(part);
  // Another process may have been first; a directory does not replace one that has files.
  try {
    renameSync(part, root);
  } catch {
    rmSync(part, { recursive: true, force: true });
  }
}

function send(job: Job, name: string): void {
  ensureMachine();
  provideRoot(job);
  const file = (suffix: string): string => join(SHARE, 'jobs', `${name}${suffix}`);
  writeFileSync(file('.in'), job.stdin, 'latin1');
  writeFileSync(file('.new'), jobText(job));
  renameSync(file('.new'), file('.job'));
}

/** Waits for an answer; null when the machine has gone meanwhile, or does not answer. */
function receive(name: string, waitMs: number): Answer | null {
  const end = Date.now() + waitMs;
  const file = (suffix: string): string => join(SHARE, 'jobs', `${name}${suffix}`);
  while (!existsSync(file('.done'))) {
    if (!isUp() || Date.now() > end) return null;
    pause(POLL_MS);
  }
  const read = (suffix: string): string => readFileSync(file(suffix), 'latin1');
  const verdict = read('.done');
  const answer = { stdout: read('.out'), stderr: read('.err'), code: Number(verdict) };
  for (const suffix of ['.done', '.out', '.err', '.in']) rmSync(file(suffix), { force: true });
  if (Number.isNaN(answer.code)) throw new Error(`in the test machine: ${verdict}; ${answer.stdout.slice(-200)}`);
  return answer;
}

/** Runs a job to its end. Throws when it takes longer than it may. */
export function runInMachine(job: Job): Answer {
  for (let attempt = 0; attempt < 2; attempt++) {
    const name = `${process.pid}-${jobs++}`;
    send(job, name);
    const answer = receive(name, job.timeoutMs + GRACE_MS);
    if (answer !== null) return answer;
  }
  throw new Error('the test machine did not answer twice: a program was to run in it');
}
