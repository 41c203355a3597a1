/** The host's C compiler, for test programs that are not committed: static i386 programs in a root directory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Missing } from './need.ts';

const FLAGS = ['-m32', '-march=i686', '-static', '-O1', '-w'];

let compiler: true | Missing | undefined;

/** Whether there is one, or what is missing. */
export function hasCompiler(): true | Missing {
  if (compiler !== undefined) return compiler;
  const probe = spawnSync('gcc', [...FLAGS, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void){return 0;}' });
  compiler = probe.status === 0 || { missing: 'gcc that builds static i386 programs (gcc-multilib)' };
  return compiler;
}

/** A new root directory with /bin/NAME made of `sources`/NAME.c for each name. The caller removes it. */
export function compile(sources: string, names: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'cr86-programs-'));
  mkdirSync(join(root, 'bin'));
  for (const name of names) execFileSync('gcc', [...FLAGS, '-o', join(root, 'bin', name), join(sources, `${name}.c`)]);
  return root;
}
