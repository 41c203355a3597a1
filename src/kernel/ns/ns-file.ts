/** nsfs: what /proc/PID/ns leads to, which can be opened and bind-mounted. Linux fs/nsfs.c, ioctl_ns(2). */
import { EFAULT, EINVAL, ENOTTY, EPERM } from '../errno.ts';
import { type File, fileKind } from '../fd/file.ts';
import { install } from '../fd/table.ts';
import { Dentry } from '../fs/dentry.ts';
import { O_ACCMODE, O_RDONLY, S_IFREG } from '../fs/flags.ts';
import { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import { now, timesOf } from '../fs/timestamp.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { ref } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { nsLabel, typeOf } from './kinds-of-ns.ts';
import type { Namespace } from './namespace.ts';
import { UserNs } from './user-ns.ts';

// include/uapi/linux/nsfs.h
const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;

export class NsInode extends derived(Inode, 'nsinode', 1, {
  ns: ref<Namespace>('namespace', 'which'),
}) {
  /** Immutable: nobody may open it for writing. */
  override open(_k: Kernel, _t: Task, { mount, dentry }: Path, flags: number): File | number {
    if ((flags & O_ACCMODE) !== O_RDONLY) return -EPERM;
    return new NsFile({ flags, mount, dentry, inode: this });
  }

  override check(): void {
    super.check();
    assert(this.isRegular && this.ino === this.ns.ino, 'an entry of nsfs that is not its namespace');
  }
}

/** Where a namespace is in nsfs; the entry lasts until the end of the call unless somebody keeps it. */
export function nsPath(k: Kernel, ns: Namespace): Path {
  const mount = k.container.nsproxy?.mnt.nsfs;
  assert(mount !== undefined, 'no nsfs');
  const time = now(k);
  const inode = new NsInode({
    sb: mount.sb,
    ino: ns.ino,
    mode: S_IFREG | 0o444,
    uid: 0,
    gid: 0,
    nlink: 1,
    ...timesOf(time),
    ns,
  });
  return { mount, dentry: k.holdForCall(new Dentry({ name: nsLabel(ns), parent: null, inode })) };
}

export class NsFile extends fileKind('nsfile', 1, {}) {
  get ns(): Namespace {
    assert(this.inode instanceof NsInode, 'an open namespace that is none');
    return this.inode.ns;
  }

  override check(): void {
    super.check();
    assert(this.inode instanceof NsInode, 'an open namespace that is none');
  }

  override get label(): string | null {
    return this.mount?.parent === null ? nsLabel(this.ns) : null;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    const { ns } = this;
    switch (cmd >>> 0) {
      case NS_GET_USERNS:
        return openRelated(k, t, ownerSeenBy(t, ns));
      case NS_GET_PARENT:
        return openRelated(k, t, parentSeenBy(t, ns));
      case NS_GET_NSTYPE:
        return typeOf(ns).flag;
      case NS_GET_OWNER_UID:
        if (!(ns instanceof UserNs)) return -EINVAL;
        return t.mm?.put32(arg, t.cred.userNs.shownUid(ns.uid)) ? 0 : -EFAULT;
      default:
        return -ENOTTY;
    }
  }
}

function openRelated(k: Kernel, t: Task, ns: Namespace | Result): Result {
  if (typeof ns === 'number') return ns;
  const path = nsPath(k, ns);
  return install(t, path.dentry.target.open(k, t, path, O_RDONLY) as File, true);
}

/** The user namespace that owns it, unless that is above the task's own. */
function ownerSeenBy(t: Task, ns: Namespace): UserNs | Result {
  const { owner } = ns;
  return owner !== null && t.cred.userNs.contains(owner) ? owner : -EPERM;
}

function parentSeenBy(t: Task, ns: Namespace): Namespace | Result {
  if (ns instanceof UserNs) return ownerSeenBy(t, ns);
  if (!(ns instanceof PidNs)) return -EINVAL;
  return ns.parent !== null && t.pid.ns.contains(ns.parent) ? ns.parent : -EPERM;
}
