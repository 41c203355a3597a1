/** Giving page cache back when RAM is exhausted: pages that the base layer still has and nobody maps. */
import type { Kernel } from '../kernel.ts';

/** Drops every such page of root filesystems; returns how many there were. */
export function reclaimPages(k: Kernel): number {
  const bases = k.container.mountNamespaces.flatMap((ns) => ns.mounts.map((m) => m.sb));
  const stack = [...new Set(bases)].filter((sb) => sb.fsType === 'overlay').map((sb) => sb.root);
  let freed = 0;
  for (let dentry = stack.pop(); dentry !== undefined && dentry !== null; dentry = stack.pop()) {
    freed += dentry.inode?.dropClean() ?? 0;
    stack.push(...dentry.children.values());
  }
  return freed;
}
