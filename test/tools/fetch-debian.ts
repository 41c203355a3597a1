/**
 * Fetches Debian packages into .cache/debian: tsx test/tools/fetch-debian.ts NAME... (`kernel`: the current i386 kernel;
 * `programs`: the root directories of test/programs and test/userland). Exits with 1 when one is missing.
 */
import { fetchDebian, fetchKernel } from '../native/debian.ts';
import { isMissing, type Missing } from '../native/need.ts';
import { OPENSSL, SCRIPTS } from '../programs/programs.ts';
import { SESSIONS } from '../userland/sessions.ts';

/** What a name stands for; directories, or what is missing. */
function fetchAll(name: string): (string | Missing)[] {
  if (name === 'kernel') return [fetchKernel()];
  if (name === 'programs') {
    const quick = SESSIONS.filter(({ long }) => !long);
    return [
      ...[...SCRIPTS, ...OPENSSL.slice(0, 1)].map(({ root }) => root()),
      ...quick.map(({ rootPath }) => rootPath()),
    ];
  }
  return [fetchDebian(name)];
}

for (const name of process.argv.slice(2)) {
  for (const found of fetchAll(name)) {
    if (isMissing(found)) {
      process.stderr.write(`${name}: needs ${found.missing}\n`);
      process.exitCode = 1;
    } else {
      process.stdout.write(`${name}: ${found}\n`);
    }
  }
}
