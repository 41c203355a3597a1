/**
 * The library under Node: everything of ./index.ts, with directories for roots and images. `import { Machine } from 'cr86'`
 * means this file under Node and ./index.ts elsewhere.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hrtime } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { BaseLayer } from '../kernel/fs/base.ts';
import { HostDirectory } from './node-base.ts';
import { DirectorySink, DirectorySource } from './node-image-dir.ts';
import { HostError, providePlatform } from './platform.ts';

export * from './index.ts';
export { HostDirectory, type HostDirectoryOptions } from './node-base.ts';
export { DirectorySink, DirectorySource } from './node-image-dir.ts';

/** Where images say that their base is the package's own guests. */
export const EMBEDDED = 'embedded';
/** 2024-01-01 00:00 UTC: the embedded files are this old on every host. */
const EMBEDDED_TIME = 1_704_067_200n * 1_000_000_000n;

let embedded: BaseLayer | null = null;

function embeddedRoot(): BaseLayer {
  embedded ??= findEmbedded(); // one for all machines of the process: digests are computed once
  return embedded;
}

/** The guests that come with the package: images/root of the nearest directory above that has it. */
function findEmbedded(): BaseLayer {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const root = join(directory, 'images', 'root');
    if (existsSync(root)) {
      return new HostDirectory(root, { origin: EMBEDDED, fixed: { mtimeNs: EMBEDDED_TIME }, hidden: ['.keep'] });
    }
    if (dirname(directory) === directory) throw new HostError('ENOENT', EMBEDDED, 'the package lacks images/root');
  }
}

providePlatform({
  openRoot: (directory) =>
    directory === undefined || directory === EMBEDDED ? embeddedRoot() : new HostDirectory(directory),
  openImage: (directory) => new DirectorySource(directory),
  createImage: (directory) => new DirectorySink(directory),
  microseconds: () => Number(hrtime.bigint() / 1000n),
});
