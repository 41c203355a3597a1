/** The programs of oracle/, built once in each process, as guests. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryBase } from '../../../src/api/index.ts';
import { compile, hasCompiler } from '../../native/compiler.ts';
import { TEST_ENV } from '../../native/native.ts';
import { isMissing, type Missing } from '../../native/need.ts';
import type { Guest } from '../../scenarios/session.ts';

export const PROGRAMS = ['names', 'perms', 'io', 'waits', 'events'] as const;
export type Program = (typeof PROGRAMS)[number];

const sources = join(dirname(fileURLToPath(import.meta.url)), 'oracle');
let built: string | undefined;

process.on('exit', () => {
  if (built !== undefined) rmSync(built, { recursive: true, force: true });
});

/** The root directory that has all of them in /bin, or what is missing. */
export function programsRoot(): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  built ??= compile(sources, PROGRAMS);
  return built;
}

/** One of them, alone in its root. */
export function programGuest(name: Program): Guest | Missing {
  const built = programsRoot();
  if (isMissing(built)) return built;
  const path = `/bin/${name}`;
  const content = new Uint8Array(readFileSync(join(built, path)));
  return { root: new MemoryBase({ [path]: { content, mode: 0o755 } }), argv: [path], env: TEST_ENV };
}
