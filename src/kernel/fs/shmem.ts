/** Shared anonymous memory: mmap(2) with MAP_SHARED | MAP_ANONYMOUS, or of /dev/zero. Linux mm/shmem.c, shmem_zero_setup. */

import { ENOMEM } from '../errno.ts';
import { RegularFile } from '../fd/regular-file.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { str } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { MAX_FILE_SIZE, O_RDWR, S_IFREG } from './flags.ts';
import { makeInode } from './make.ts';
import { Regular } from './regular.ts';

/** An open file that no directory names; its inode's page cache is the memory. */
export class SharedMemory extends derived(RegularFile, 'shmem', 1, {
  name: str('as /proc/PID/maps shows it'),
}) {
  override get label(): string {
    return `/${this.name} (deleted)`;
  }
}

/** A file (refs 0) of `length` zero bytes for a shared mapping, or -ENOMEM. */
export function sharedMemory(kernel: Kernel, name: string, length: number): SharedMemory | number {
  const { nsproxy } = kernel.container;
  assert(nsproxy !== null, 'a container without namespaces');
  if (length > MAX_FILE_SIZE) return -ENOMEM;
  const inode = makeInode(nsproxy.mnt.pipeSb, S_IFREG | 0o777, { uid: 0, gid: 0 });
  assert(inode instanceof Regular, 'S_IFREG makes a regular file');
  inode.nlink = 0;
  inode.size = length;
  return new SharedMemory({ flags: O_RDWR, inode, name });
}
