/**
 * The library under Node: everything of ./index.ts, with directories for roots and images. `import { Machine } from 'cr86'`
 * means this file under Node and ./index.ts elsewhere.
 */
import { hrtime } from 'node:process';
import type { BaseLayer } from '../kernel/fs/base.ts';
import { HostDirectory } from './node-base.ts';
import { DirectorySink, DirectorySource } from './node-image-dir.ts';
import { packageFile } from './node-package.ts';
import { providePlatform } from './platform.ts';

export * from './index.ts';
export { HostDirectory, type HostDirectoryOptions } from './node-base.ts';
export { compileForLongPrograms } from './node-compile.ts';
export { DirectorySink, DirectorySource } from './node-image-dir.ts';
export { packageVersion } from './node-package.ts';

/** Where images say that their base is the package's own guests. */
export const EMBEDDED = 'embedded';
/** 2024-01-01 00:00 UTC: the embedded files are this old on every host. */
const EMBEDDED_TIME = 1_704_067_200n * 1_000_000_000n;

let embedded: BaseLayer | null = null;

/** The guests that come with the package; one object for all machines of the process, so that digests are computed once. */
function embeddedRoot(): BaseLayer {
  const options = { origin: EMBEDDED, fixed: { mtimeNs: EMBEDDED_TIME }, hidden: ['.keep'] };
  embedded ??= new HostDirectory(packageFile('images', 'root'), options);
  return embedded;
}

providePlatform({
  openRoot: (directory) =>
    directory === undefined || directory === EMBEDDED ? embeddedRoot() : new HostDirectory(directory),
  openImage: (directory) => new DirectorySource(directory),
  createImage: (directory) => new DirectorySink(directory),
  microseconds: () => Number(hrtime.bigint() / 1000n),
});
