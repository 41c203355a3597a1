/** Giving page cache back when RAM is exhausted: pages that the base layer still has and nobody maps. */
import type { Kernel } from '../kernel.ts';

/** Drops every such page of the root filesystem; returns how many there were. */
export function reclaimPages(k: Kernel): number {
  const stack = [k.container.nsproxy?.mnt.root.root];
  let freed = 0;
  for (let dentry = stack.pop(); dentry !== undefined; dentry = stack.pop()) {
    freed += dentry.inode?.dropClean() ?? 0;
    stack.push(...dentry.children.values());
  }
  return freed;
}
