/** Open files and descriptors: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { DeviceFile } from './devices.ts';
import { descriptorCalls } from './fd-calls.ts';
import { File, PathFile } from './file.ts';
import { ioCalls } from './io-calls.ts';
import { lockCalls } from './lock-calls.ts';
import { Pipe, PipeFile } from './pipe.ts';
import { RegularFile } from './regular-file.ts';
import { FdTable } from './table.ts';

export const fdKinds: readonly KindClass[] = [File, PathFile, RegularFile, DeviceFile, Pipe, PipeFile, FdTable];

export const fdCalls: readonly Syscall[] = [...ioCalls, ...descriptorCalls, ...lockCalls];
