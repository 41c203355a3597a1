/** Programs of the host that the making of root directories needs. */
import { spawnSync } from 'node:child_process';
import { CliError } from '../errors.ts';

export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it wrote to stderr; empty where that was passed on. */
  readonly stderr: string;
}

export interface HostOptions {
  readonly cwd?: string;
  /** stdout and stderr go to this process' stderr, as progress. */
  readonly shown?: boolean;
  /** A descriptor for its stdout. */
  readonly into?: number;
}

const OUTPUT_BYTES = 64 << 20;

/** Runs a program to its end. Throws CliError ENOAPT when the host has no such program. */
export function host(argv: readonly string[], { cwd = '/', shown = false, into }: HostOptions = {}): Ran {
  const result = spawnSync(argv[0] as string, argv.slice(1), {
    cwd,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES,
    stdio: ['ignore', into ?? (shown ? 2 : 'pipe'), 'pipe'],
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.error !== undefined) {
    const absent = (result.error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!absent) throw result.error;
    throw new CliError(argv[0] as string, 'needed for Debian packages, and not on this host', 'apt, dpkg', 'ENOAPT');
  }
  return { ok: result.status === 0, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/** The last thing a program complained about, without apt's letter. */
export function complaint({ stderr, stdout }: Ran): string {
  const lines = `${stdout}\n${stderr}`.split('\n');
  const errors = lines.filter((line) => /^[EW]: /.test(line));
  const last = errors.at(0) ?? lines.filter((line) => line.trim() !== '').at(-1) ?? 'no reason given';
  return last.replace(/^[EW]: /, '').trim();
}
