/** setns(2): into the namespace of a descriptor, or of a process. Linux kernel/nsproxy.c. */
import { EBADF, EINVAL, EPERM, ESRCH, EUSERS } from '../errno.ts';
import { PidFd } from '../fd/pidfd.ts';
import { MntNs } from '../fs/mount.ts';
import { namespaceRoot } from '../fs/mount-tree.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { threadsOf } from '../signal/send.ts';
import { fd } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import { CAP, type Cred } from '../task/cred.ts';
import { Nsproxy, type NsSlots } from '../task/nsproxy.ts';
import { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { enterUserNs, switchNsproxy } from './create.ts';
import { CLONE_NEWNS, CLONE_NEWUSER, NS_ENTRIES, NS_FLAGS, typeOf } from './kinds-of-ns.ts';
import type { Namespace } from './namespace.ts';
import { NsFile } from './ns-file.ts';
import { TimeNs } from './time-ns.ts';
import { unshareFlags } from './unshare.ts';
import { UserNs } from './user-ns.ts';

/** What a call has come to before it takes effect as a whole. */
interface NsSet {
  cred: Cred;
  slots: NsSlots;
  /** A mount namespace is among them. */
  mnt: MntNs | null;
}

/** In which order those of a process are entered. */
const ORDER = ['user', 'mnt', 'uts', 'ipc', 'pid', 'cgroup', 'net', 'time'] as const;

function alone(k: Kernel, t: Task): boolean {
  return threadsOf(t.signal, k.container.tasks).filter((each) => each.alive).length === 1;
}

type Installer = (k: Kernel, t: Task, set: NsSet, ns: Namespace) => Result;

function mayEnter(t: Task, set: NsSet, ns: Namespace): boolean {
  const { owner } = ns;
  const { cred } = t;
  return owner !== null && cred.nsCapable(owner, CAP.SYS_ADMIN) && cred.nsCapable(set.cred.userNs, CAP.SYS_ADMIN);
}

function simple(slot: 'uts' | 'ipc' | 'net' | 'cgroup'): Installer {
  return (_k, t, set, ns) => {
    if (slot === 'cgroup' && ns === t.nsproxy.cgroup) return 0;
    if (!mayEnter(t, set, ns)) return -EPERM;
    set.slots = { ...set.slots, [slot]: ns };
    return 0;
  };
}

const INSTALLERS: Readonly<Record<string, Installer>> = {
  utsns: simple('uts'),
  ipcns: simple('ipc'),
  netns: simple('net'),
  cgroupns: simple('cgroup'),
  userns: (k, t, set, ns) => {
    if (!(ns instanceof UserNs) || ns === t.cred.userNs || !alone(k, t) || t.fs.refs > 1) return -EINVAL;
    if (!t.cred.nsCapable(ns, CAP.SYS_ADMIN)) return -EPERM;
    set.cred = enterUserNs(t.cred, ns);
    return 0;
  },
  mntns: (_k, t, set, ns) => {
    const roots = t.cred.nsCapable(set.cred.userNs, CAP.SYS_CHROOT);
    if (!(ns instanceof MntNs) || !mayEnter(t, set, ns) || !roots) return -EPERM;
    if (t.fs.refs > 1) return -EINVAL;
    set.mnt = ns;
    set.slots = { ...set.slots, mnt: ns };
    return 0;
  },
  pidns: (_k, t, set, ns) => {
    if (!(ns instanceof PidNs) || !mayEnter(t, set, ns)) return -EPERM;
    if (!t.pid.ns.contains(ns)) return -EINVAL;
    set.slots = { ...set.slots, pid: ns };
    return 0;
  },
  timens: (k, t, set, ns) => {
    if (!alone(k, t)) return -EUSERS;
    if (!(ns instanceof TimeNs) || !mayEnter(t, set, ns)) return -EPERM;
    set.slots = { ...set.slots, time: ns, timeForChildren: ns };
    return 0;
  },
};

function installNs(k: Kernel, t: Task, set: NsSet, ns: Namespace): Result {
  return INSTALLERS[ns.kind]?.(k, t, set, ns) ?? -EINVAL;
}

/** The namespaces of a process that `flags` name, as its pidfd is used. */
function ofProcess(t: Task, target: Task | null, flags: number): Namespace[] | Result {
  if (target === null || !target.alive) return -ESRCH;
  if (!ptraceMayAccess(t, target, 'real')) return -EPERM;
  const all = ORDER.map((name) => NS_ENTRIES[name]!(target));
  return all.filter((ns) => ns !== null && (typeOf(ns).flag & flags) !== 0) as Namespace[];
}

function setns(k: Kernel, t: Task, fdNumber: number, asked: number): Result {
  const file = t.files.file(fdNumber);
  if (file === null) return -EBADF;
  let wanted: Namespace[] | Result;
  if (file instanceof NsFile) {
    if (asked !== 0 && asked !== typeOf(file.ns).flag) return -EINVAL;
    wanted = [file.ns];
  } else if (file instanceof PidFd) {
    if (asked === 0 || (asked & ~NS_FLAGS) !== 0) return -EINVAL;
    wanted = ofProcess(t, file.process(k), asked);
  } else return -EINVAL;
  if (typeof wanted === 'number') return wanted;
  const { uts, ipc, mnt, pid, net, time, timeForChildren, cgroup } = t.nsproxy;
  const set: NsSet = { cred: t.cred, slots: { uts, ipc, mnt, pid, net, time, timeForChildren, cgroup }, mnt: null };
  for (const ns of wanted) {
    const error = installNs(k, t, set, ns);
    if (error < 0) {
      if (set.cred.refs === 0) put(get(set.cred));
      return error;
    }
  }
  commit(t, set, wanted);
  return 0;
}

function commit(t: Task, { cred, slots, mnt }: NsSet, entered: readonly Namespace[]): void {
  if (cred !== t.cred) t.setCred(cred);
  const flags = entered.reduce((all, ns) => all | typeOf(ns).flag, 0);
  if ((flags & ~CLONE_NEWUSER) !== 0) switchNsproxy(t, new Nsproxy(slots));
  if (slots.time !== slots.timeForChildren || entered.some((ns) => ns === slots.time)) slots.time.frozen = true;
  if ((flags & CLONE_NEWNS) === 0 || mnt === null) return;
  const root = namespaceRoot(mnt);
  t.fs.setRoot(root);
  t.fs.setCwd(root);
}

export const setnsCalls: readonly Syscall[] = [
  syscall(346, 'setns', { fd, nstype: unshareFlags }, (k, t, a) => setns(k, t, a.fd, a.nstype)),
];
