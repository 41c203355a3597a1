/** What all namespaces have: a number, and the user namespace whose capabilities count for what is in them. namespaces(7). */
import { count, optRef } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import type { UserNs } from './user-ns.ts';

/** Numbers of the first namespaces, Linux include/linux/proc_ns.h. */
export const FIRST_INO = {
  ipc: 0xefff_ffff,
  uts: 0xefff_fffe,
  user: 0xefff_fffd,
  pid: 0xefff_fffc,
  cgroup: 0xefff_fffb,
  time: 0xefff_fffa,
  mnt: 0xf000_0000,
  net: 0xf000_0001,
} as const;
/** Those made later count from here. */
export const NEXT_INO = 0xf000_0010;

export class Namespace extends kobject('namespace', 1, {
  ino: count('inode number of its entry in /proc/PID/ns', { initial: 0 }),
  owner: optRef<UserNs>(
    'userns',
    'the user namespace that it belongs to; of a user namespace its parent; null for the first',
  ),
}) {}
