/** Open files and descriptors: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { DeviceFile } from './devices.ts';
import { File, PathFile } from './file.ts';
import { Pipe, PipeFile } from './pipe.ts';
import { RegularFile } from './regular-file.ts';
import { FdTable } from './table.ts';

export const fdKinds: readonly KindClass[] = [File, PathFile, RegularFile, DeviceFile, Pipe, PipeFile, FdTable];

export const fdCalls: readonly Syscall[] = [];
