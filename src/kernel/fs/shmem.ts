/** Files without a name whose pages are memory: shared anonymous mappings, SysV segments, memfds. Linux mm/shmem.c. */
import { RegularFile } from '../fd/regular-file.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { str } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Dentry } from './dentry.ts';
import { O_LARGEFILE, O_RDWR, S_IFREG } from './flags.ts';
import { makeInode } from './make.ts';

export class ShmemFile extends derived(RegularFile, 'shmemfile', 1, {
  name: str('as /proc/PID/maps shows it'),
}) {
  override get label(): string {
    return `/${this.name} (deleted)`;
  }
}

/** A new file of `size` zero bytes (refs 0), shown as `/name (deleted)`. */
export function sharedMemory(kernel: Kernel, name: string, size: number): ShmemFile {
  const mount = kernel.container.nsproxy?.mnt.anonymous;
  assert(mount !== undefined, 'shared memory before the filesystems');
  const cred = kernel.container.current?.cred;
  const inode = makeInode(mount.sb, S_IFREG | 0o777, { uid: cred?.fsuid ?? 0, gid: cred?.fsgid ?? 0 });
  inode.size = size;
  inode.nlink = 0;
  const dentry = new Dentry({ name, parent: null, inode });
  return new ShmemFile({ flags: O_RDWR | O_LARGEFILE, mount, dentry, inode, name });
}
