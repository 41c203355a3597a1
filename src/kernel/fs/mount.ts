/** Mounts and the namespace that lists them (struct mount, mnt_namespace). mount_namespaces(7). */
import { assert } from '../kobject/errors.ts';
import { list, optRef, ref, str, u32 } from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import type { Dentry } from './dentry.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './superblock.ts';

export class Mount extends kobject('mount', 1, {
  id: u32('mount ID of /proc/PID/mountinfo'),
  sb: ref<SuperBlock>('superblock', 'the mounted filesystem'),
  root: ref<Dentry>('dentry', 'which part of it'),
  parent: optRef<Mount>('mount', 'the mount that it stands on; null for the root'),
  mountpoint: optRef<Dentry>('dentry', 'where in the parent it stands'),
  flags: u32('MS_* bits of mount(2)', { initial: 0, show: 'hex' }),
  source: str('first field of /proc/mounts'),
}) {
  override check(): void {
    assert(this.root.inode !== null, 'a mount of nothing');
    assert(this.mountpoint === null || this.mountpoint.inode !== null, 'a mount on nothing');
    assert((this.parent === null) === (this.mountpoint === null), 'a mount stands on an entry of its parent');
  }
}

export class MntNs extends kobject('mntns', 1, {
  mounts: list(ref<Mount>('mount', 'a mount'), 'all mounts, the root first, in the order they were made'),
  anonymous: ref<Mount>('mount', 'mount of pipes and other files without a name; stands nowhere'),
  nextDev: u32('device number of the next filesystem'),
  nextMountId: u32('ID of the next mount', { initial: 1 }),
}) {
  get root(): Mount {
    const root = this.mounts[0];
    assert(root !== undefined, 'a mount namespace without a root');
    return root;
  }

  /** The topmost mount at a place: a path across mount points. */
  down(path: Path): Path {
    let { mount, dentry } = path;
    for (let found = this.at(mount, dentry); found !== null; found = this.at(mount, dentry)) {
      mount = found;
      dentry = found.root;
    }
    return { mount, dentry };
  }

  /** The mount that stands directly at a place, or null; the last one made wins. */
  at(mount: Mount, dentry: Dentry): Mount | null {
    for (let i = this.mounts.length - 1; i > 0; i--) {
      const candidate = this.mounts[i]!;
      if (candidate.mountpoint === dentry && candidate.parent === mount) return candidate;
    }
    return null;
  }

  /** Whether something is mounted on the entry, wherever it is seen. */
  isMountpoint(dentry: Dentry): boolean {
    return this.mounts.some((m) => m.mountpoint === dentry);
  }

  add(mount: Mount): void {
    this.mounts.push(get(mount));
  }

  remove(mount: Mount): void {
    const at = this.mounts.indexOf(mount);
    assert(at > 0, 'not a mount of this namespace');
    this.mounts.splice(at, 1);
    put(mount);
  }

  override check(): void {
    assert(this.mounts.length > 0, 'a mount namespace without a root');
    for (const [i, m] of this.mounts.entries()) {
      assert((m.parent === null) === (i === 0), 'the first mount, and only it, is the root');
      assert(m.parent === null || this.mounts.indexOf(m.parent) < i, 'a mount stands on an older one');
    }
  }
}
