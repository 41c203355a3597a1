/** Runs the command line in a host process of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILT = join(ROOT, 'dist/cr86.js');

/** Whether the build is newer than every source. */
function isBuilt(): boolean {
  if (!existsSync(BUILT)) return false;
  const built = statSync(BUILT).mtimeMs;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return sources.every((name) => !name.endsWith('.ts') || statSync(join(ROOT, 'src', name)).mtimeMs < built);
}

/** Node's arguments for `cr86`: the build where it is current, which starts at once, else the sources through tsx. */
export const CR86: readonly string[] = isBuilt() ? [BUILT] : ['--import', 'tsx', join(ROOT, 'src/cli/main.ts')];

export interface Ran {
  /** Byte strings. */
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** `cr86 ARGS` with a piped stdin. Throws when it has not ended after two minutes. */
export function cr86(args: readonly string[], stdin = ''): Ran {
  const result = spawnSync(process.execPath, [...CR86, ...args], {
    cwd: ROOT,
    input: Buffer.from(stdin, 'latin1'),
    encoding: 'latin1',
    timeout: 120_000,
    maxBuffer: 64 << 20,
  });
  if (result.error !== undefined) throw result.error;
  return { stdout: result.stdout, stderr: result.stderr, code: result.status ?? -1 };
}

/** The line that --print-hash prints. */
export function hashLine(ran: Ran): { icount: number; state: string } {
  const match = /^icount=(\d+) state=([0-9a-f]{64})$/m.exec(ran.stderr);
  if (match === null) throw new Error(`no hash line in: ${ran.stderr}`);
  return { icount: Number(match[1]), state: match[2]! };
}
