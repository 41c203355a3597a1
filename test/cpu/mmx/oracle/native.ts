/** Builds native.c and runs records through it, on an x86-64 host. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Native {
  private readonly directory = mkdtempSync(join(tmpdir(), 'mmx-'));
  private readonly binary = join(this.directory, 'native');

  constructor() {
    const source = new URL('native.c', import.meta.url).pathname;
    execFileSync('gcc', ['-O2', '-Wall', '-no-pie', '-static', '-o', this.binary, source]);
  }

  /** Runs records, returns them as they were left. */
  run(records: Buffer): Buffer {
    const { stdout, stderr, status, error } = spawnSync(this.binary, { input: records, maxBuffer: 2 ** 30 });
    if (error !== undefined) throw error;
    if (status !== 0 || stdout.length !== records.length) {
      throw new Error(`native run ended with ${status}: ${stderr.toString()}`);
    }
    return stdout;
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }
}
