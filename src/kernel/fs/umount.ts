/** umount(2), pivot_root(2). Linux fs/namespace.c. */
import { EAGAIN, EBUSY, EINVAL, ENOENT, ENOTDIR, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { AT_FDCWD } from './flags.ts';
import { MNT_RDONLY } from './mount-flags.ts';
import { mayMount } from './mount-ops.ts';
import { isReachable, treeOf } from './mount-tree.ts';
import { type Path, samePath } from './path.ts';
import { isBusy, umountTree } from './propagate.ts';
import { lookupAt } from './walk.ts';

export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const MNT_EXPIRE = 4;
export const UMOUNT_NOFOLLOW = 8;
const KNOWN = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;

export function umount(k: Kernel, t: Task, at: string, flags: number): Result {
  if ((flags & ~KNOWN) !== 0) return -EINVAL;
  const place = lookupAt(k, t, AT_FDCWD, at, (flags & UMOUNT_NOFOLLOW) === 0, { keepExpiry: true });
  if (typeof place === 'number') return place;
  const { mount, dentry } = place;
  const { mnt } = t.nsproxy;
  if (!mayMount(t)) return -EPERM;
  if (dentry !== mount.root || !mnt.has(mount) || mount.locked) return -EINVAL;
  if (flags & MNT_FORCE && !t.cred.capable(CAP.SYS_ADMIN)) return -EPERM;
  if (flags & MNT_EXPIRE) {
    if (mount === t.fs.root.mount || (flags & (MNT_FORCE | MNT_DETACH)) !== 0) return -EINVAL;
    if (mount.refs > 1) return -EBUSY;
    if (!mount.expiring) {
      mount.expiring = true;
      return -EAGAIN;
    }
  }
  if (mount === t.fs.root.mount && (flags & MNT_DETACH) === 0) return closeRoot(t, place);
  if ((flags & MNT_DETACH) === 0 && isBusy(k, mount)) return -EBUSY;
  if (mount === mnt.root) return -EINVAL;
  umountTree(k, mnt, mount);
  return 0;
}

/** The task's own root is made read-only instead. */
function closeRoot(t: Task, { mount }: Path): Result {
  if (!t.cred.nsCapable(mount.sb.userNs, CAP.SYS_ADMIN)) return -EPERM;
  mount.sb.readOnly = true;
  return 0;
}

/** pivot_root(2): another mount becomes `/`, and the old one stands at a place below it. */
export function pivotRoot(k: Kernel, t: Task, newPath: string, oldPath: string): Result {
  if (!mayMount(t)) return -EPERM;
  const fresh = lookupAt(k, t, AT_FDCWD, newPath, true);
  if (typeof fresh === 'number') return fresh;
  if (!fresh.dentry.target.isDir) return -ENOTDIR;
  const old = lookupAt(k, t, AT_FDCWD, oldPath, true);
  if (typeof old === 'number') return old;
  if (!old.dentry.target.isDir) return -ENOTDIR;
  const { root } = t.fs;
  const denied = mayPivot(t, root, fresh, old);
  if (denied < 0) return denied;
  const [top, parent, mountpoint] = [root.mount, root.mount.parent!, root.mount.mountpoint!];
  top.refs++;
  fresh.mount.refs++;
  if (top.locked) {
    fresh.mount.locked = true;
    top.locked = false;
  }
  fresh.mount.detach();
  // The old root first: what it stood on is needed for the new one.
  const covered = old.mount;
  parent.refs++;
  mountpoint.refs++;
  top.attach(covered, old.dentry);
  fresh.mount.attach(parent, mountpoint);
  parent.refs--;
  mountpoint.refs--;
  fresh.mount.expiring = false;
  switchRoots(k, t, root, { mount: fresh.mount, dentry: fresh.mount.root });
  top.refs--;
  fresh.mount.refs--;
  return 0;
}

function mayPivot(t: Task, root: Path, fresh: Path, old: Path): Result {
  const { mnt } = t.nsproxy;
  const [rootMount, newMount] = [root.mount, fresh.mount];
  if (old.mount.shared || newMount.parent?.shared || rootMount.parent?.shared) return -EINVAL;
  if (!mnt.has(rootMount) || !mnt.has(newMount)) return -EINVAL;
  if (newMount.locked) return -EINVAL;
  if (!fresh.dentry.hashed && fresh.dentry !== newMount.root) return -ENOENT;
  if (newMount === rootMount || old.mount === rootMount) return -EBUSY;
  if (root.dentry !== rootMount.root || rootMount.parent === null) return -EINVAL;
  if (fresh.dentry !== newMount.root || newMount.parent === null) return -EINVAL;
  if (!isReachable(old, fresh) || !isReachable(fresh, root)) return -EINVAL;
  return 0;
}

/** Every task of the container whose root or working directory was the old root gets the new one (Linux chroot_fs_refs). */
function switchRoots(k: Kernel, t: Task, from: Path, to: Path): void {
  const all = new Set(k.container.tasks.filter((task) => task.alive).map((task) => task.fs));
  all.add(t.fs);
  for (const fs of all) {
    if (samePath(fs.root, from)) fs.setRoot(to);
    if (samePath(fs.cwd, from)) fs.setCwd(to);
  }
}

/** Whether any mount of a tree is read-only. */
export function anyReadOnly(top: Path): boolean {
  return treeOf(top.mount).some((mount) => (mount.flags & MNT_RDONLY) !== 0);
}
