/** Filesystems: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { attrCalls } from './attr-calls.ts';
import { Dentry } from './dentry.ts';
import { DirFile } from './dir-file.ts';
import { Directory } from './directory.ts';
import { Fs } from './fs.ts';
import { Inode } from './inode.ts';
import { MntNs, Mount } from './mount.ts';
import { mountCalls } from './mount-calls.ts';
import { moveCalls } from './move-calls.ts';
import { nameCalls } from './name-calls.ts';
import { Regular } from './regular.ts';
import { ShmemFile } from './shmem.ts';
import { Special } from './special.ts';
import { statCalls } from './stat-calls.ts';
import { SuperBlock } from './superblock.ts';
import { Symlink } from './symlink.ts';
import { xattrCalls } from './xattr-calls.ts';

export const fsKinds: readonly KindClass[] = [
  SuperBlock,
  Inode,
  Regular,
  Directory,
  Symlink,
  Special,
  Dentry,
  Mount,
  MntNs,
  Fs,
  DirFile,
  ShmemFile,
];

export const fsCalls: readonly Syscall[] = [
  ...nameCalls,
  ...statCalls,
  ...attrCalls,
  ...moveCalls,
  ...xattrCalls,
  ...mountCalls,
];
