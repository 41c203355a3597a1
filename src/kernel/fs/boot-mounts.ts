/** Places of the root filesystem that a machine starts with mounted once more, read-only. */
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { Directory } from './directory.ts';
import { down, type MntNs } from './mount.ts';
import { cloneMount } from './mount-copy.ts';
import { MNT_NOATIME, MNT_RDONLY } from './mount-flags.ts';
import type { Path } from './path.ts';

/** Binds the directories on themselves, read-only; outer ones before those that they hold. Each path exists. */
export function bindReadOnly(k: Kernel, mnt: MntNs, root: Path, paths: readonly string[]): void {
  for (const path of [...paths].sort()) {
    const at = directoryAt(root, path);
    const mount = cloneMount(k, at.mount, at.dentry, {});
    mount.flags = MNT_RDONLY | MNT_NOATIME;
    mnt.add(mount);
    mount.attach(at.mount, at.dentry);
  }
}

function directoryAt(root: Path, path: string): Path {
  let at = root;
  for (const name of path.split('/').slice(1)) {
    const { mount, dentry } = at;
    const directory = dentry.target;
    const found = directory instanceof Directory ? directory.lookup(dentry, name) : null;
    assert(found !== null, `${path} is not in the root filesystem`);
    at = down({ mount, dentry: found });
  }
  return at;
}
