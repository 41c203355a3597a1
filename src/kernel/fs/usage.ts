/** What filesystems hold in memory: for statfs(2) and /proc/meminfo. Counted from the objects, so that equal states give equal answers. */
import type { SuperBlock } from './superblock.ts';

const SECTORS_PER_BLOCK = 8;

/** 4 KiB blocks of all files of a filesystem that have names. */
export function usedBlocks(sb: SuperBlock): number {
  const stack = [sb.root];
  let blocks = 0;
  for (let dentry = stack.pop(); dentry !== undefined && dentry !== null; dentry = stack.pop()) {
    blocks += (dentry.inode?.blocks ?? 0) / SECTORS_PER_BLOCK;
    stack.push(...dentry.children.values());
  }
  return blocks;
}
