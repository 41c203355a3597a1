/** The installed package: where its files lie, and which version it is. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostError } from './platform.ts';

/** A file of the package, looked for in the directories above this one: sources and build lie at different depths. Throws HostError ENOENT. */
export function packageFile(...names: readonly string[]): string {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const path = join(directory, ...names);
    if (existsSync(path)) return path;
    if (dirname(directory) === directory) throw new HostError('ENOENT', names.join('/'), 'is missing from the package');
  }
}

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }; // our own file
  return version;
}
