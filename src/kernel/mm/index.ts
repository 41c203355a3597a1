/** Memory: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { Mm } from './mm.ts';
import { mapCalls } from './mmap.ts';

export const mmKinds: readonly KindClass[] = [Mm];

export const mmCalls: readonly Syscall[] = mapCalls;
