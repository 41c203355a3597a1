/** Builds native.c and runs request records through it: on any processor that executes 64-bit code. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPLY_SIZE, REQUEST_SIZE } from './record.ts';

export class Native {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sse-'));
  private readonly binary = join(this.directory, 'native');

  constructor() {
    execFileSync('gcc', ['-O2', '-o', this.binary, new URL('native.c', import.meta.url).pathname]);
  }

  run(requests: Buffer): Buffer {
    const { stdout, status, error } = spawnSync(this.binary, { input: requests, maxBuffer: 2 ** 30 });
    if (error !== undefined) throw error;
    const count = requests.length / REQUEST_SIZE;
    if (status !== 0 || stdout.length !== count * REPLY_SIZE) throw new Error(`native run ended with ${status}`);
    return stdout;
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** The processor's name as Linux shows it, with family, model and stepping. */
export function processorName(): string {
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '?';
  return `${field('model name')} (family ${field('cpu family')}, model ${field('model')}, stepping ${field('stepping')})`;
}
