/** New namespaces: what unshare(2) and clone(2) with CLONE_NEW* make. Linux kernel/nsproxy.c create_new_namespaces. */
import { EINVAL, ENOSPC, EPERM } from '../errno.ts';
import type { Fs } from '../fs/fs.ts';
import { copyMounts } from '../fs/mount-copy.ts';
import { isChrooted } from '../fs/mount-tree.ts';
import { IpcNs } from '../ipc/namespace.ts';
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import { NetNs } from '../net/netns.ts';
import type { Result } from '../syscall/define.ts';
import { ALL_CAPABILITIES, CAP, type Cred } from '../task/cred.ts';
import { Nsproxy, type NsSlots, UtsNs } from '../task/nsproxy.ts';
import { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { CgroupNs } from './cgroup-ns.ts';
import { NO_ID } from './id-map.ts';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUTS,
} from './kinds-of-ns.ts';
import { TimeNs } from './time-ns.ts';
import { MAX_LEVEL, UserNs } from './user-ns.ts';

/** Pid namespaces below the first (Linux MAX_PID_NS_LEVEL). */
const MAX_PID_LEVEL = 32;

export function nextIno(k: Kernel): number {
  return k.container.nextNsIno++;
}

/** Credentials in a new user namespace below that of `cred` (refs 0): all capabilities in it, none outside. */
export function newUserNs(k: Kernel, t: Task, cred: Cred): Cred | Result {
  const { userNs } = cred;
  if (userNs.level >= MAX_LEVEL) return -ENOSPC;
  if (isChrooted(t)) return -EPERM;
  if (userNs.uidOf(cred.euid) === NO_ID || userNs.gidOf(cred.egid) === NO_ID) return -EPERM;
  const ns = new UserNs({
    ino: nextIno(k),
    owner: userNs,
    level: userNs.level + 1,
    uid: cred.euid,
    gid: cred.egid,
    setgroups: userNs.setgroups,
    parentSetfcap: cred.ownCapable(CAP.SETFCAP),
  });
  return enterUserNs(cred, ns);
}

/** A copy of credentials that is in another user namespace (refs 0); Linux set_cred_user_ns. */
export function enterUserNs(cred: Cred, ns: UserNs): Cred {
  return cred.copy({
    userNs: ns,
    securebits: 0,
    capInheritable: 0n,
    capPermitted: ALL_CAPABILITIES,
    capEffective: ALL_CAPABILITIES,
    capAmbient: 0n,
    capBounding: ALL_CAPABILITIES,
  });
}

/**
 * Namespaces for a task or its child (refs 0): new ones where `flags` say so, which belong to `owner`. `fs` gets its
 * directories moved into a new mount namespace. The caller has checked capabilities.
 */
export function newNsproxy(k: Kernel, t: Task, flags: number, owner: UserNs, fs: Fs): Nsproxy | Result {
  const old = t.nsproxy;
  const wants = (flag: number): boolean => (flags & flag) !== 0;
  const pid = wants(CLONE_NEWPID) ? newPidNs(k, t, owner) : old.pid;
  if (typeof pid === 'number') return pid;
  const head = (): { ino: number; owner: UserNs } => ({ ino: nextIno(k), owner });
  const { nodename, domainname } = old.uts;
  const slots: NsSlots = {
    mnt: wants(CLONE_NEWNS) ? copyMounts(k, old.mnt, owner, fs) : old.mnt,
    uts: wants(CLONE_NEWUTS) ? new UtsNs({ ...head(), nodename, domainname }) : old.uts,
    ipc: wants(CLONE_NEWIPC) ? new IpcNs(head()) : old.ipc,
    pid,
    cgroup: wants(CLONE_NEWCGROUP) ? new CgroupNs(head()) : old.cgroup,
    net: wants(CLONE_NEWNET) ? NetNs.create(k, head(), old.net.sockfs) : old.net,
    time: old.time,
    timeForChildren: wants(CLONE_NEWTIME) ? newTimeNs(head(), old.timeForChildren) : old.timeForChildren,
  };
  return new Nsproxy(slots);
}

function newTimeNs(head: { ino: number; owner: UserNs }, from: TimeNs): TimeNs {
  return new TimeNs({ ...head, monotonic: { ...from.monotonic }, boottime: { ...from.boottime } });
}

function newPidNs(k: Kernel, t: Task, owner: UserNs): PidNs | Result {
  const parent = t.nsproxy.pid;
  if (t.pid.ns !== parent || parent.owner === null || !parent.owner.contains(owner)) return -EINVAL;
  if (parent.level >= MAX_PID_LEVEL) return -ENOSPC;
  return new PidNs({ ino: nextIno(k), owner, parent, level: parent.level + 1 });
}

/** Gives a task other namespaces. */
export function switchNsproxy(t: Task, next: Nsproxy): void {
  const old = t.nsproxy;
  next.refs++;
  t.nsproxy = next;
  put(old);
}
