/** Memory: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { adviceCalls } from './advice.ts';
import { Mm } from './mm.ts';
import { mapCalls } from './mmap.ts';
import { mremapCalls } from './mremap.ts';

export const mmKinds: readonly KindClass[] = [Mm];

export const mmCalls: readonly Syscall[] = [...mapCalls, ...mremapCalls, ...adviceCalls];
