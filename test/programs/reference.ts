/** The same C source as a program of this host's own, on whose processor it then runs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Missing } from '../native/need.ts';
import { HERE } from './programs.ts';

const cache = join(HERE, '../../.cache/programs');

/** What test/programs/build.sh makes of src/NAME.c with musl for x86-64. */
export const muslForHost = (name: string): string => join(cache, `${name}-musl64`);

/** The path of src/NAME.c compiled for x86-64, or what is missing: other processors have other long doubles. */
export function compileForHost(name: string): string | Missing {
  if (process.arch !== 'x64') return { missing: 'an x86-64 processor, whose long double is the x87’s' };
  mkdirSync(cache, { recursive: true });
  const path = join(cache, `${name}-${process.pid}`);
  const built = spawnSync('gcc', ['-O1', '-w', '-o', path, join(HERE, 'src', `${name}.c`)]);
  return built.status === 0 ? path : { missing: 'gcc' };
}
