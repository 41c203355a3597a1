/** The console, its terminal and its streams: object kinds. */
import type { KindClass } from '../kobject/kobject.ts';
import { Console } from './console.ts';
import { StreamFile, StreamInode } from './stream.ts';
import { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

export const ttyKinds: readonly KindClass[] = [Console, Tty, TtyFile, StreamInode, StreamFile];
