/** Mounts and the namespace that lists them (struct mount, mnt_namespace). mount_namespaces(7). */

import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, list, optRef, ref, str, transient, u32 } from '../kobject/fields.ts';
import { derived, get, kobject, put } from '../kobject/kobject.ts';
import { Namespace } from '../ns/namespace.ts';
import { leave } from '../ordered.ts';
import type { Dentry } from './dentry.ts';
import { MNT_RDONLY } from './mount-flags.ts';
import type { Path } from './path.ts';
import type { SuperBlock } from './superblock.ts';

export class Mount extends kobject('mount', 1, {
  id: u32('mount ID of /proc/PID/mountinfo'),
  sb: ref<SuperBlock>('superblock', 'the mounted filesystem'),
  root: ref<Dentry>('dentry', 'which part of it'),
  parent: optRef<Mount>('mount', 'the mount that it stands on; null for a root and for one that was taken away'),
  mountpoint: optRef<Dentry>('dentry', 'where in the parent it stands'),
  flags: u32('MS_* bits of mount(2)', { initial: 0, show: 'hex' }),
  source: str('first field of /proc/mounts'),
  group: u32('peer group: mounts that get what is mounted below one another; 0 for none', { initial: 0 }),
  master: u32('peer group whose mounts it gets without giving any back; 0 for none', { initial: 0 }),
  unbindable: bool('MS_UNBINDABLE', { initial: false }),
  locked: bool('came from a more privileged namespace: it cannot be taken off or moved by itself', { initial: false }),
  lockedFlags: u32('MS_* bits that a less privileged namespace cannot change', { initial: 0, show: 'hex' }),
  expiring: bool('MNT_EXPIRE was asked for and nobody has used it since', { initial: false }),
  children: transient<Mount[]>('they enter themselves, in the order of their IDs', () => []),
}) {
  get readOnly(): boolean {
    return (this.flags & MNT_RDONLY) !== 0 || this.sb.readOnly;
  }

  get shared(): boolean {
    return this.group !== 0;
  }

  /** Puts it on an entry of another mount. */
  attach(parent: Mount, mountpoint: Dentry): void {
    get(parent);
    get(mountpoint);
    this.detach();
    this.parent = parent;
    this.mountpoint = mountpoint;
    this.enter();
  }

  /** Takes it off where it stands. */
  detach(): void {
    const { parent, mountpoint } = this;
    if (parent === null || mountpoint === null) return;
    leave<Mount>(parent.children, this);
    this.parent = this.mountpoint = null;
    put(parent);
    put(mountpoint);
  }

  /** The mount that stands on an entry of this one, or null. */
  at(dentry: Dentry): Mount | null {
    return this.children.find((child) => child.mountpoint === dentry) ?? null;
  }

  private enter(): void {
    const siblings = this.parent?.children;
    if (siblings === undefined) return;
    const at = siblings.findIndex((other) => other.id > this.id);
    siblings.splice(at < 0 ? siblings.length : at, 0, this);
  }

  override afterLoad(_kernel: Kernel): void {
    this.enter();
  }

  override check(): void {
    assert(this.root.inode !== null, 'a mount of nothing');
    assert(this.mountpoint === null || this.mountpoint.inode !== null, 'a mount on nothing');
    assert((this.parent === null) === (this.mountpoint === null), 'a mount stands on an entry of its parent');
    const { parent, mountpoint } = this;
    assert(parent === null || parent.root.isAncestorOf(mountpoint!), 'a mount stands outside of its parent');
    assert(!this.unbindable || (this.group === 0 && this.master === 0), 'an unbindable mount that takes part');
    assert(this.group === 0 || this.group !== this.master, 'a mount that is slave of itself');
  }
}

export class MntNs extends derived(Namespace, 'mntns', 1, {
  mounts: list(ref<Mount>('mount', 'a mount'), 'all mounts, the root first, a mount after the one that it stands on'),
  anonymous: ref<Mount>('mount', 'mount of pipes and other files without a name; stands nowhere'),
  nsfs: ref<Mount>('mount', 'mount of namespaces as files; stands nowhere'),
}) {
  /** The bottom of all, which every other mount stands on. */
  get root(): Mount {
    const root = this.mounts[0];
    assert(root !== undefined, 'a mount namespace without a root');
    return root;
  }

  has(mount: Mount): boolean {
    return this.mounts.includes(mount);
  }

  /** Whether something is mounted on the entry, wherever it is seen. */
  isMountpoint(dentry: Dentry): boolean {
    return this.mounts.some((m) => m.mountpoint === dentry);
  }

  add(mount: Mount): void {
    this.mounts.push(get(mount));
  }

  /** Takes a mount off and out of the list. */
  remove(mount: Mount): void {
    const at = this.mounts.indexOf(mount);
    assert(at > 0, 'not a mount of this namespace');
    this.mounts.splice(at, 1);
    mount.detach();
    put(mount);
  }

  /** Makes it known to the container, whose namespaces hand mounts on to each other. */
  announce(kernel: Kernel): void {
    const { mountNamespaces } = kernel.container;
    const at = mountNamespaces.findIndex((other) => other.ino > this.ino);
    mountNamespaces.splice(at < 0 ? mountNamespaces.length : at, 0, this);
  }

  override afterLoad(kernel: Kernel): void {
    this.announce(kernel);
  }

  override released(): void {
    const { mountNamespaces } = this.root.sb.k.container;
    leave<MntNs>(mountNamespaces, this);
    // From the leaves down, so that nothing stands on what has gone.
    for (const mount of [...this.mounts].reverse()) {
      leaveGroups(mountNamespaces, mount);
      mount.detach();
    }
  }

  override check(): void {
    assert(this.mounts.length > 0, 'a mount namespace without a root');
    const places = new Map(this.mounts.map((m, i) => [m, i]));
    assert(places.size === this.mounts.length, 'a mount stands twice');
    for (const [i, m] of this.mounts.entries()) {
      assert((m.parent === null) === (i === 0), 'the first mount, and only it, is the root');
      assert(m.parent === null || places.has(m.parent), 'a mount stands on one of another namespace');
      const twins = m.parent?.children.filter((other) => other.mountpoint === m.mountpoint) ?? [];
      assert(twins.length <= 1, 'two mounts stand at one place');
    }
    this.checkCircles();
  }

  private checkCircles(): void {
    for (const m of this.mounts) {
      let steps = 0;
      for (let at = m.parent; at !== null; at = at.parent) {
        assert(++steps <= this.mounts.length, 'mounts stand on each other');
      }
    }
  }
}

/**
 * Makes a mount private: its slaves, when it was the last of its group, become slaves of its own master (Linux
 * do_make_slave).
 */
export function leaveGroups(namespaces: readonly MntNs[], mount: Mount): void {
  const { group, master } = mount;
  mount.group = mount.master = 0;
  if (group === 0) return;
  const all = namespaces.flatMap((ns) => ns.mounts);
  if (all.some((other) => other !== mount && other.group === group)) return;
  for (const other of all) if (other.master === group) other.master = master;
}

/** The topmost mount at a place: a path across mount points. */
export function down(path: Path): Path {
  let { mount, dentry } = path;
  for (let found = mount.at(dentry); found !== null; found = mount.at(dentry)) {
    mount = found;
    dentry = found.root;
  }
  return { mount, dentry };
}
