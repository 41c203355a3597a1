/** Namespaces of a task, namespaces(7). A Nsproxy may be shared; it is copied before a change. */
import type { MntNs } from '../fs/mount.ts';
import type { IpcNs } from '../ipc/namespace.ts';
import { ref, str } from '../kobject/fields.ts';
import { derived, kobject } from '../kobject/kobject.ts';
import type { NetNs } from '../net/netns.ts';
import type { CgroupNs } from '../ns/cgroup-ns.ts';
import { Namespace } from '../ns/namespace.ts';
import type { TimeNs } from '../ns/time-ns.ts';
import type { PidNs } from './pid.ts';

/** Host and domain name, uts_namespaces(7). */
export class UtsNs extends derived(Namespace, 'utsns', 1, {
  nodename: str('hostname, at most 64 bytes'),
  domainname: str('NIS domain name', { initial: '(none)' }),
}) {}

export class Nsproxy extends kobject('nsproxy', 1, {
  uts: ref<UtsNs>('utsns', 'host name'),
  mnt: ref<MntNs>('mntns', 'mounts'),
  ipc: ref<IpcNs>('ipcns', 'System V objects and POSIX message queues'),
  pid: ref<PidNs>('pidns', 'the namespace of children to come'),
  net: ref<NetNs>('netns', 'network'),
  time: ref<TimeNs>('timens', 'clock offsets'),
  timeForChildren: ref<TimeNs>('timens', 'clock offsets of children to come'),
  cgroup: ref<CgroupNs>('cgroupns', 'what the root of cgroups is'),
}) {}

/** The fields, each a namespace. */
export type NsSlots = Pick<Nsproxy, 'uts' | 'ipc' | 'mnt' | 'pid' | 'net' | 'time' | 'timeForChildren' | 'cgroup'>;
