/** Seals of files in memory: fcntl(2), F_ADD_SEALS. Linux mm/memfd.c. */
import { EBUSY, EINVAL, EPERM } from '../errno.ts';
import { Regular } from '../fs/regular.ts';
import { F_ALL_SEALS, F_SEAL_SEAL, F_SEAL_WRITE } from '../fs/seal.ts';
import { ShmemFile } from '../fs/shmem.ts';
import { addressSpaces } from '../fs/unmap.ts';
import type { Kernel } from '../kernel.ts';
import { VM_SHARED } from '../mm/vma.ts';
import type { Result } from '../syscall/define.ts';
import type { File } from './file.ts';

/** The file's inode if it can have seals at all. */
function sealable(file: File): Regular | null {
  const { inode } = file;
  const memory = file instanceof ShmemFile || inode?.superblock.fsType === 'tmpfs';
  return memory && inode instanceof Regular ? inode : null;
}

export function getSeals(file: File): Result {
  return sealable(file)?.seals ?? -EINVAL;
}

/** Whether somebody could write through a shared mapping: of a file that was opened for it. */
function hasWritableMapping(k: Kernel, inode: Regular): boolean {
  for (const mm of addressSpaces(k)) {
    for (const { flags, file } of mm.vmas) {
      if (flags & VM_SHARED && file?.writable && file.mappable() === inode) return true;
    }
  }
  return false;
}

export function addSeals(k: Kernel, file: File, seals: number): Result {
  if (!file.writable) return -EPERM;
  if ((seals & ~F_ALL_SEALS) !== 0) return -EINVAL;
  const inode = sealable(file);
  if (inode === null) return -EINVAL;
  if (inode.seals & F_SEAL_SEAL) return -EPERM;
  if (seals & F_SEAL_WRITE && !(inode.seals & F_SEAL_WRITE) && hasWritableMapping(k, inode)) return -EBUSY;
  inode.seals |= seals;
  return 0;
}
