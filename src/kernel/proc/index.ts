/** The proc filesystem: object kinds. */
import type { KindClass } from '../kobject/kobject.ts';
import { ProcDirFile, ProcTextFile } from './files.ts';
import { ProcInode } from './inode.ts';

export const procKinds: readonly KindClass[] = [ProcInode, ProcTextFile, ProcDirFile];
