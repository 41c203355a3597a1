/** Programs of npm packages, for tests: static i386 ones, beside Debian's in a root directory. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complaint, host } from '../../src/cli/rootfs/host.ts';
import { debianRoot, type RootRecipe, underLock } from './debian.ts';
import { isMissing, type Missing } from './need.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache');

export interface NpmProgram {
  /** With a version: `@esbuild/linux-ia32@0.28.2`. */
  readonly package: string;
  /** SHA-512 of the package, base64. */
  readonly sha512: string;
  /** Path in the package; the program goes to /usr/bin. */
  readonly file: string;
}

/** Fetches a package with npm and unpacks it into a directory that is not there yet. */
function unpack({ package: name, sha512 }: NpmProgram, target: string): string | Missing {
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const packed = host(['npm', 'pack', name, '--silent'], { cwd: fresh });
  if (!packed.ok) return { missing: `${name} from npm: ${complaint(packed)}` };
  const archive = join(fresh, packed.stdout.trim());
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found !== sha512) return { missing: `${name} with the digest ${sha512}: npm gave one with ${found}` };
  const unpacked = host(['tar', '-xzf', archive, '-C', fresh]);
  if (!unpacked.ok) return { missing: `a readable ${name}: ${complaint(unpacked)}` };
  renameSync(fresh, target);
  return target;
}

function make(base: string, program: NpmProgram, output: string): string | Missing {
  const target = join(cache, 'npm', program.package.replaceAll('/', '-'));
  const unpacked = existsSync(target) ? target : unpack(program, target);
  if (isMissing(unpacked)) return unpacked;
  const fresh = `${output}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const copied = host(['cp', '-a', base, fresh]);
  if (!copied.ok) return { missing: `a copy of ${base}: ${complaint(copied)}` };
  copyFileSync(join(unpacked, 'package', program.file), join(fresh, 'usr/bin', basename(program.file)));
  renameSync(fresh, output);
  return output;
}

/**
 * The directory of a Debian root with an npm package's program in it, made at the first use, or what is missing for it.
 * Not to be written to. Safe in parallel.
 */
export function npmRoot(recipe: RootRecipe, program: NpmProgram): string | Missing {
  const base = debianRoot(recipe);
  if (isMissing(base)) return base;
  const key = createHash('sha256').update(JSON.stringify([program.package, program.sha512, program.file]));
  const output = `${base}-${key.digest('hex').slice(0, 8)}`;
  if (existsSync(output)) return output;
  return underLock(() => (existsSync(output) ? output : make(base, program, output)));
}
