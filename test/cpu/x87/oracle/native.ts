/** Builds native.c for i386 and runs request records through it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPLY_SIZE, REQUEST_SIZE } from './record.ts';

export class Native {
  private readonly directory = mkdtempSync(join(tmpdir(), 'x87-'));
  private readonly binary = join(this.directory, 'native');

  constructor() {
    const source = new URL('native.c', import.meta.url).pathname;
    execFileSync('gcc', ['-m32', '-O2', '-static', '-o', this.binary, source]);
    if (!existsSync(this.binary) || statSync(this.binary).size === 0) throw new Error('native.c did not build');
  }

  /** Runs requests, returns as many replies. Throws when the processor cannot run i386 code. */
  run(requests: Buffer): Buffer {
    const count = requests.length / REQUEST_SIZE;
    const { stdout, stderr, status, error } = spawnSync(this.binary, { input: requests, maxBuffer: 2 ** 30 });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`native run ended with ${status}: ${stderr.toString()}`);
    if (stdout.length !== count * REPLY_SIZE) throw new Error(`${count} requests gave ${stdout.length} bytes`);
    return stdout;
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }
}
