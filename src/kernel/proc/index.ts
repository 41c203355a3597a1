/** The proc filesystem: object kinds, and how an instance is made. */
import { Dentry } from '../fs/dentry.ts';
import { SuperBlock } from '../fs/superblock.ts';
import type { Kernel } from '../kernel.ts';
import type { KindClass } from '../kobject/kobject.ts';
import { get } from '../kobject/kobject.ts';
import { ProcDirFile, ProcTextFile } from './files.ts';
import { makeProcRoot, ProcInode } from './inode.ts';

const PROC_SUPER_MAGIC = 0x9fa0;

export const procKinds: readonly KindClass[] = [ProcInode, ProcTextFile, ProcDirFile];

/** A proc filesystem (refs 0) for a mount. */
export function makeProc(kernel: Kernel, dev: number): SuperBlock {
  const sb = SuperBlock.create(kernel, { fsType: 'proc', dev, magic: PROC_SUPER_MAGIC });
  sb.root = get(new Dentry({ name: '', inode: makeProcRoot(sb) }));
  return sb;
}
