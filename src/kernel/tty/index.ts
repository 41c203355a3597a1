/** The console, terminals, pseudo-terminals and streams: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { Console } from './console.ts';
import { DevptsRoot, PtsNode } from './devpts.ts';
import { hangupCalls } from './hangup.ts';
import { StreamFile, StreamInode } from './stream.ts';
import { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

export const ttyKinds: readonly KindClass[] = [Console, Tty, TtyFile, StreamInode, StreamFile, DevptsRoot, PtsNode];

export const ttyCalls: readonly Syscall[] = hangupCalls;
