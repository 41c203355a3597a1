/** Calls that no part of the kernel has: what their callers get, and why programs live with it. */
import { ENOSPC, ENOSYS, EPERM } from '../errno.ts';
import { type Syscall, unsupported } from './define.ts';

interface Group {
  readonly errno: number;
  readonly why: string;
  /** `number name`, one each. */
  readonly calls: readonly string[];
}

const GROUPS: readonly Group[] = [
  {
    errno: ENOSYS,
    why: 'ENOSYS on Linux too: never implemented, or removed',
    calls: [
      ...['17 break', '31 stty', '32 gtty', '35 ftime', '44 prof', '53 lock', '56 mpx', '58 ulimit', '98 profil'],
      ...['112 idle', '127 create_module', '130 get_kernel_syms', '134 bdflush', '137 afs_syscall', '167 query_module'],
      ...['169 nfsservctl', '188 getpmsg', '189 putpmsg', '273 vserver'],
    ],
  },
  {
    errno: EPERM,
    why: "the machine is not the container's to change",
    calls: ['87 swapon', '115 swapoff', '405 clock_adjtime64'],
  },
  {
    errno: ENOSYS,
    why: 'one memory node: as a kernel without NUMA',
    calls: [
      ...['274 mbind', '275 get_mempolicy', '276 set_mempolicy', '294 migrate_pages', '317 move_pages'],
      '450 set_mempolicy_home_node',
    ],
  },
  { errno: ENOSPC, why: 'the processor has no protection keys', calls: ['381 pkey_alloc'] },
  {
    errno: ENOSYS,
    why: 'the processor has no protection keys',
    calls: ['380 pkey_mprotect', '382 pkey_free'],
  },
  {
    errno: ENOSYS,
    why: 'newer than the programs that need it; C libraries fall back',
    calls: [
      ...['135 sysfs', '385 io_pgetevents', '416 io_pgetevents_time64', '431 fsconfig', '432 fsmount', '433 fspick'],
      ...['440 process_madvise', '442 mount_setattr', '443 quotactl_fd', '445 landlock_add_rule'],
      ...['446 landlock_restrict_self', '447 memfd_secret', '448 process_mrelease'],
    ],
  },
];

/** Rows for what the other lists leave out: a call that some part has is left to it. */
export function absentCalls(taken: (nr: number) => boolean): Syscall[] {
  const rows: Syscall[] = [];
  for (const { errno, why, calls } of GROUPS) {
    for (const call of calls) {
      const [nr, name] = call.split(' ') as [string, string];
      if (!taken(Number(nr))) rows.push(unsupported(Number(nr), name, errno, why));
    }
  }
  return rows;
}
