/** Filesystems: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { Dentry } from './dentry.ts';
import { DirFile } from './dir-file.ts';
import { Directory } from './directory.ts';
import { Fs } from './fs.ts';
import { Inode } from './inode.ts';
import { MntNs, Mount } from './mount.ts';
import { Regular } from './regular.ts';
import { Special } from './special.ts';
import { SuperBlock } from './superblock.ts';
import { Symlink } from './symlink.ts';

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
];

export const fsCalls: readonly Syscall[] = [];
