/** Trees of mounts: walking, and where a task's root stands in them. */
import type { Task } from '../task/task.ts';
import { down, type MntNs, type Mount } from './mount.ts';
import { type Path, samePath } from './path.ts';

/** A mount and all that stand on it, each after the one below it. */
export function treeOf(mount: Mount): Mount[] {
  return [mount, ...mount.children.flatMap(treeOf)];
}

/** The mounts that stand on entries at or below a place, not on other parts of the mount. */
export function childrenBelow({ mount, dentry }: Path): Mount[] {
  return mount.children.filter((child) => dentry.isAncestorOf(child.mountpoint!));
}

/** What `/` is in a namespace. */
export function namespaceRoot(ns: MntNs): Path {
  return down({ mount: ns.root, dentry: ns.root.root });
}

/** Whether the task's root directory is another than its namespace's (Linux current_chrooted). */
export function isChrooted(t: Task): boolean {
  return !samePath(t.fs.root, namespaceRoot(t.nsproxy.mnt));
}

/** Whether a place can be reached from another by going down (Linux is_path_reachable). */
export function isReachable(path: Path, from: Path): boolean {
  let { mount, dentry } = path;
  while (mount !== from.mount && mount.parent !== null && mount.mountpoint !== null) {
    dentry = mount.mountpoint;
    mount = mount.parent;
  }
  return mount === from.mount && from.dentry.isAncestorOf(dentry);
}
