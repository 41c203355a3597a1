/** The proc filesystem: object kinds. */
import type { KindClass } from '../kobject/kobject.ts';
import { ProcBinaryFile } from './binary-file.ts';
import { ProcDirFile, ProcTextFile } from './files.ts';
import { ProcInode } from './inode.ts';
import { ProcSuper } from './super.ts';

export const procKinds: readonly KindClass[] = [ProcSuper, ProcInode, ProcTextFile, ProcBinaryFile, ProcDirFile];
