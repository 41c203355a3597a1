/** Copies of mounts and of whole trees: bind mounts and new mount namespaces. Linux fs/namespace.c clone_mnt, copy_tree. */
import { EINVAL, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import type { UserNs } from '../ns/user-ns.ts';
import type { Result } from '../syscall/define.ts';
import type { Dentry } from './dentry.ts';
import type { Fs } from './fs.ts';
import { MntNs, Mount } from './mount.ts';
import { MNT_LOCKABLE } from './mount-flags.ts';
import { childrenBelow } from './mount-tree.ts';
import type { Path } from './path.ts';

/** How a copy takes part in propagation. */
export interface CopyHow {
  /** Unbindable mounts are copied too. */
  readonly unbindable?: boolean;
  /** Copies of shared mounts become slaves of theirs: for a less privileged namespace. */
  readonly slaves?: boolean;
  /** Entries of nsfs that are mount namespaces are copied too. */
  readonly mntNsFiles?: boolean;
  /** Mounts of a copy and what it is a copy of, to be filled. */
  readonly pairs?: Map<Mount, Mount>;
}

export function isMntNsFile(dentry: Dentry): boolean {
  const inode = dentry.inode;
  return inode?.kind === 'nsinode' && dentry.name.startsWith('mnt:');
}

/** A copy of one mount that stands nowhere yet (refs 0). */
export function cloneMount(k: Kernel, old: Mount, root: Dentry, how: CopyHow): Mount {
  const enslave = how.slaves === true && old.shared;
  const mount = new Mount({
    id: k.container.nextMountId++,
    sb: old.sb,
    root,
    parent: null,
    mountpoint: null,
    flags: old.flags,
    source: old.source,
    group: how.slaves ? 0 : old.group,
    master: enslave ? old.group : old.master,
    unbindable: old.unbindable,
    lockedFlags: old.lockedFlags,
    locked: old.locked,
  });
  how.pairs?.set(old, mount);
  return mount;
}

/** Copies what is mounted at and below a place. The root of the copy comes first; all are held (refs 1, and those of children). */
export function copyTree(k: Kernel, from: Path, how: CopyHow): Mount[] | Result {
  if (!how.unbindable && from.mount.unbindable) return -EINVAL;
  if (!how.mntNsFiles && isMntNsFile(from.dentry)) return -EINVAL;
  const copies = [get(cloneMount(k, from.mount, from.dentry, how))];
  for (const child of childrenBelow(from)) {
    const error = copyBelow(k, child, copies[0]!, how, copies);
    if (error < 0) {
      releaseCopies(copies);
      return error;
    }
  }
  return copies;
}

function copyBelow(k: Kernel, old: Mount, parent: Mount, how: CopyHow, copies: Mount[]): Result {
  if (!how.unbindable && old.unbindable) return old.locked ? -EPERM : 0;
  if (!how.mntNsFiles && isMntNsFile(old.root)) return 0;
  const copy = get(cloneMount(k, old, old.root, how));
  copies.push(copy);
  copy.attach(parent, old.mountpoint!);
  for (const child of old.children) {
    const error = copyBelow(k, child, copy, how, copies);
    if (error < 0) return error;
  }
  return 0;
}

/** Gives up copies that were not mounted. */
export function releaseCopies(copies: readonly Mount[]): void {
  for (const copy of [...copies].reverse()) {
    copy.detach();
    put(copy);
  }
}

/** What stays as it is in a namespace with fewer rights (Linux lock_mnt_tree). */
export function lockMounts(mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    mount.lockedFlags |= mount.flags & MNT_LOCKABLE;
    mount.locked = true;
  }
}

/** A new mount namespace with copies of all mounts (refs 0); directories of `fs` move to the copies. Linux copy_mnt_ns. */
export function copyMounts(k: Kernel, old: MntNs, owner: UserNs, fs: Fs): MntNs {
  const lesser = old.owner !== owner;
  const pairs = new Map<Mount, Mount>();
  const { anonymous, nsfs } = old;
  const ns = new MntNs({ ino: k.container.nextNsIno++, owner, anonymous, nsfs });
  const how = { unbindable: true, mntNsFiles: false, slaves: lesser, pairs };
  const copies = copyTree(k, { mount: old.root, dentry: old.root.root }, how);
  // Nothing that could be refused: a root is never a namespace file.
  if (typeof copies === 'number') throw new TypeError('the mounts of a namespace cannot be copied');
  ns.mounts.push(...copies);
  if (lesser) lockMounts(copies);
  ns.announce(k);
  const moved = ({ mount, dentry }: Path): Path | null => {
    const copy = pairs.get(mount);
    return copy === undefined ? null : { mount: copy, dentry };
  };
  const [root, cwd] = [moved(fs.root), moved(fs.cwd)];
  if (root !== null) fs.setRoot(root);
  if (cwd !== null) fs.setCwd(cwd);
  return ns;
}
