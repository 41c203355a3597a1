/** Places of the root filesystem that a machine starts with mounted once more, read-only. */
import { assert } from '../kobject/errors.ts';
import { Directory } from './directory.ts';
import { type MntNs, Mount } from './mount.ts';
import { MNT_NOATIME, MNT_RDONLY } from './mount-flags.ts';
import type { Path } from './path.ts';

/** Binds the directories on themselves, read-only; outer ones before those that they hold. Each path exists. */
export function bindReadOnly(mnt: MntNs, root: Path, paths: readonly string[]): void {
  for (const path of [...paths].sort()) {
    const at = directoryAt(mnt, root, path);
    const { id, flags } = { id: mnt.nextMountId++, flags: MNT_RDONLY | MNT_NOATIME };
    const { sb, source } = at.mount;
    mnt.add(new Mount({ id, sb, root: at.dentry, parent: at.mount, mountpoint: at.dentry, flags, source }));
  }
}

function directoryAt(mnt: MntNs, root: Path, path: string): Path {
  let at = root;
  for (const name of path.split('/').slice(1)) {
    const { mount, dentry } = at;
    const directory = dentry.target;
    const found = directory instanceof Directory ? directory.lookup(dentry, name) : null;
    assert(found !== null, `${path} is not in the root filesystem`);
    at = mnt.down({ mount, dentry: found });
  }
  return at;
}
