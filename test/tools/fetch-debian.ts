/**
 * Fetches Debian packages into .cache/debian: tsx test/tools/fetch-debian.ts NAME... (`kernel`: the current i386 kernel).
 * Exits with 1 when one is missing.
 */
import { fetchDebian, fetchKernel } from '../native/debian.ts';
import { isMissing } from '../native/need.ts';

for (const name of process.argv.slice(2)) {
  const found = name === 'kernel' ? fetchKernel() : fetchDebian(name);
  if (isMissing(found)) {
    process.stderr.write(`${name}: needs ${found.missing}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`${name}: ${found}\n`);
  }
}
