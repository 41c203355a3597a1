/** The types of namespaces: their names in /proc/PID/ns, their CLONE_NEW* flags, who has them. */
import type { Task } from '../task/task.ts';
import type { Namespace } from './namespace.ts';

export interface NsType {
  readonly name: string;
  readonly kind: string;
  readonly flag: number;
}

// include/uapi/linux/sched.h
export const CLONE_NEWTIME = 0x80;
export const CLONE_NEWNS = 0x2_0000;
export const CLONE_NEWCGROUP = 0x200_0000;
export const CLONE_NEWUTS = 0x400_0000;
export const CLONE_NEWIPC = 0x800_0000;
export const CLONE_NEWUSER = 0x1000_0000;
export const CLONE_NEWPID = 0x2000_0000;
export const CLONE_NEWNET = 0x4000_0000;

const TYPES: readonly NsType[] = [
  { name: 'cgroup', kind: 'cgroupns', flag: CLONE_NEWCGROUP },
  { name: 'ipc', kind: 'ipcns', flag: CLONE_NEWIPC },
  { name: 'mnt', kind: 'mntns', flag: CLONE_NEWNS },
  { name: 'net', kind: 'netns', flag: CLONE_NEWNET },
  { name: 'pid', kind: 'pidns', flag: CLONE_NEWPID },
  { name: 'time', kind: 'timens', flag: CLONE_NEWTIME },
  { name: 'user', kind: 'userns', flag: CLONE_NEWUSER },
  { name: 'uts', kind: 'utsns', flag: CLONE_NEWUTS },
];

/** The flags that ask for a namespace other than a user namespace. */
export const NSPROXY_FLAGS = TYPES.filter(({ name }) => name !== 'user').reduce((all, { flag }) => all | flag, 0);
export const NS_FLAGS = NSPROXY_FLAGS | CLONE_NEWUSER;

export function typeOf(ns: Namespace): NsType {
  const type = TYPES.find(({ kind }) => ns.kind === kind);
  if (type === undefined) throw new TypeError(`${ns.kind} is no namespace`);
  return type;
}

/** As links of /proc/PID/ns read: `uts:[4026531838]`. */
export function nsLabel(ns: Namespace): string {
  return `${typeOf(ns).name}:[${ns.ino}]`;
}

/** The entries of /proc/PID/ns: which namespace of a living task each is; null for none. */
export const NS_ENTRIES: Readonly<Record<string, (task: Task) => Namespace | null>> = {
  cgroup: (task) => task.nsproxy.cgroup,
  ipc: (task) => task.nsproxy.ipc,
  mnt: (task) => task.nsproxy.mnt,
  net: (task) => task.nsproxy.net,
  pid: (task) => task.pid.ns,
  pid_for_children: ({ nsproxy: { pid } }) => (pid.reaper === null ? null : pid),
  time: (task) => task.nsproxy.time,
  time_for_children: (task) => task.nsproxy.timeForChildren,
  user: (task) => task.cred.userNs,
  uts: (task) => task.nsproxy.uts,
};
