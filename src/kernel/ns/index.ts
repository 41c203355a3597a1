/** Namespaces: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { CgroupNs } from './cgroup-ns.ts';
import { Namespace } from './namespace.ts';
import { NsFile, NsInode } from './ns-file.ts';
import { setnsCalls } from './setns.ts';
import { TimeNs } from './time-ns.ts';
import { unshareCalls } from './unshare.ts';
import { UserNs } from './user-ns.ts';

export const nsKinds: readonly KindClass[] = [Namespace, UserNs, TimeNs, CgroupNs, NsInode, NsFile];

export const nsCalls: readonly Syscall[] = [...unshareCalls, ...setnsCalls];
