/** What mount(2) does: new, bound, moved and changed mounts. Linux fs/namespace.c path_mount. */
import { EBUSY, EINVAL, ELOOP, ENODEV, ENOENT, ENOTDIR, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { NsInode } from '../ns/ns-file.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { mountOf } from './boot.ts';
import { AT_FDCWD } from './flags.ts';
import { leaveGroups, MntNs, type Mount } from './mount.ts';
import { cloneMount, copyTree, isMntNsFile, releaseCopies } from './mount-copy.ts';
import * as F from './mount-flags.ts';
import { childrenBelow, treeOf } from './mount-tree.ts';
import { fsTypeOf, parseOptions, setLimits } from './new-mount.ts';
import type { Path } from './path.ts';
import { commitTree, makeShared, propagateMount } from './propagate.ts';
import { openFiles } from './unmap.ts';
import { lookupAt } from './walk.ts';

export interface MountRequest {
  readonly source: string | null;
  readonly type: string | null;
  readonly flags: number;
  readonly data: string;
}

export function mayMount(t: Task): boolean {
  const { owner } = t.nsproxy.mnt;
  return owner !== null && t.cred.nsCapable(owner, CAP.SYS_ADMIN);
}

/** A mount's own flags of mount(2)'s; access times are relative unless told otherwise. */
function ownFlags(flags: number): number {
  let own = flags & F.MNT_KEPT;
  if ((flags & F.MNT_NOATIME) === 0) own |= F.MNT_RELATIME;
  if (flags & F.MS_STRICTATIME) own &= ~(F.MNT_NOATIME | F.MNT_RELATIME);
  if (own & F.MNT_NOATIME) own &= ~F.MNT_RELATIME;
  return own;
}

export function mountAt(k: Kernel, t: Task, place: Path, request: MountRequest): Result {
  const { source, type, flags, data } = request;
  if ((flags & F.MS_NOUSER) !== 0) return -EINVAL;
  if (!mayMount(t)) return -EPERM;
  if (flags & F.MS_REMOUNT) return remount(k, t, place, flags, data);
  if (flags & F.MS_BIND) return bind(k, t, source, place, (flags & F.MS_REC) !== 0);
  if (flags & F.MS_PROPAGATION) return changeType(k, place, flags);
  if (flags & F.MS_MOVE) return move(k, t, source, place);
  return newMount(k, t, place, { source, type, flags, data });
}

function newMount(k: Kernel, t: Task, place: Path, { source, type, flags, data }: MountRequest): Result {
  if (type === null) return -EINVAL;
  const fsType = fsTypeOf(type);
  if (fsType === undefined) return -ENODEV;
  const { cred } = t;
  if (!(fsType.anyUser ? cred.ownCapable(CAP.SYS_ADMIN) : cred.capable(CAP.SYS_ADMIN))) return -EPERM;
  const sb = fsType.make(k, t, data);
  if (typeof sb === 'number') return sb;
  get(sb);
  if (flags & F.MNT_RDONLY) sb.readOnly = true;
  const mount = mountOf(k, sb, source ?? 'none', ownFlags(flags));
  const result = addMount(k, t, mount, place);
  put(sb);
  return result;
}

/** Mounts a single new mount (refs 0). */
function addMount(k: Kernel, t: Task, mount: Mount, place: Path): Result {
  get(mount);
  const same = place.mount.sb === mount.sb && place.mount.root === place.dentry;
  const result = !t.nsproxy.mnt.has(place.mount) ? -EINVAL : same ? -EBUSY : graft(k, t, [mount], place);
  if (result < 0) put(mount);
  return result;
}

/** Mounts a tree, whose references pass to the namespace, at a place and where that propagates to. */
export function graft(k: Kernel, t: Task, tree: readonly Mount[], { mount: parent, dentry }: Path): Result {
  if (!dentry.hashed && dentry !== parent.root) return -ENOENT;
  const top = tree[0]!;
  if (top.root.target.isDir !== dentry.target.isDir) return -ENOTDIR;
  if (parent.shared) makeShared(k, tree);
  commitTree(t.nsproxy.mnt, tree, parent, dentry);
  if (parent.shared) propagateMount(k, top, parent, dentry);
  return 0;
}

function bind(k: Kernel, t: Task, source: string | null, place: Path, recursive: boolean): Result {
  if (source === null || source === '') return -EINVAL;
  const from = lookupAt(k, t, AT_FDCWD, source, true);
  if (typeof from === 'number') return from;
  if (loops(t, from) || !t.nsproxy.mnt.has(place.mount)) return -EINVAL;
  const tree = copyForBind(k, t, from, recursive);
  if (typeof tree === 'number') return tree;
  const result = graft(k, t, tree, place);
  if (result < 0) releaseCopies(tree);
  return result;
}

/** A mount namespace cannot be bound in itself or in an older one: nothing would ever free it. */
function loops(t: Task, { dentry }: Path): boolean {
  const inode = dentry.inode;
  return inode instanceof NsInode && inode.ns instanceof MntNs && t.nsproxy.mnt.ino >= inode.ns.ino;
}

/** Copies for a bind mount, held: one mount, or all below it. */
export function copyForBind(k: Kernel, t: Task, from: Path, recursive: boolean): Mount[] | Result {
  if (from.mount.unbindable) return -EINVAL;
  if (!t.nsproxy.mnt.has(from.mount) && !(from.dentry.inode instanceof NsInode)) return -EINVAL;
  if (!recursive && childrenBelow(from).some((child) => child.locked)) return -EINVAL;
  const copies = recursive
    ? copyTree(k, from, { mntNsFiles: true })
    : [get(cloneMount(k, from.mount, from.dentry, {}))];
  if (typeof copies === 'number') return copies;
  copies[0]!.locked = false;
  return copies;
}

function changeType(k: Kernel, { mount, dentry }: Path, flags: number): Result {
  if (dentry !== mount.root) return -EINVAL;
  const type = flags & ~(F.MS_REC | F.MS_SILENT);
  if ((type & ~F.MS_PROPAGATION) !== 0 || (type & (type - 1)) !== 0) return -EINVAL;
  setPropagation(k, flags & F.MS_REC ? treeOf(mount) : [mount], type);
  return 0;
}

export function setPropagation(k: Kernel, mounts: readonly Mount[], type: number): void {
  if (type === F.MS_SHARED) makeShared(k, mounts);
  else for (const each of mounts) changePropagation(k, each, type);
}

/** Linux change_mnt_propagation: a slave without peers to follow keeps its master. */
function changePropagation(k: Kernel, mount: Mount, type: number): void {
  const { mountNamespaces } = k.container;
  const { group, master } = mount;
  const peers = mountNamespaces.some((ns) => ns.mounts.some((other) => other !== mount && other.group === group));
  leaveGroups(mountNamespaces, mount);
  if (type === F.MS_SLAVE) {
    mount.master = group !== 0 && peers ? group : master;
    return;
  }
  mount.unbindable = type === F.MS_UNBINDABLE;
}

/** MS_MOVE. */
function move(k: Kernel, t: Task, source: string | null, place: Path): Result {
  if (source === null || source === '') return -EINVAL;
  const from = lookupAt(k, t, AT_FDCWD, source, true);
  return typeof from === 'number' ? from : moveMount(k, t, from, place);
}

export function moveMount(k: Kernel, t: Task, from: Path, place: Path): Result {
  const { mnt } = t.nsproxy;
  const { mount, dentry } = from;
  const parent = mount.parent;
  if (!mnt.has(place.mount) || !mnt.has(mount) || parent === null) return -EINVAL;
  if (mount.locked || dentry !== mount.root) return -EINVAL;
  if (place.dentry.target.isDir !== dentry.target.isDir || parent.shared) return -EINVAL;
  const tree = treeOf(mount);
  if (place.mount.shared && tree.some((each) => each.unbindable)) return -EINVAL;
  if (tree.some((each) => isMntNsFile(each.root))) return -ELOOP;
  for (let at: Mount | null = place.mount; at !== null; at = at.parent) if (at === mount) return -ELOOP;
  if (place.mount.shared) {
    makeShared(k, tree);
    propagateMount(k, mount, place.mount, place.dentry);
  }
  const before = place.mount.at(place.dentry);
  mount.attach(place.mount, place.dentry);
  if (before !== null) before.attach(mount, mount.root);
  return 0;
}

/** Whether somebody writes to a file of the mount, or of any mount of its filesystem. */
export function isWrittenTo(k: Kernel, wanted: (mount: Mount) => boolean): boolean {
  return openFiles(k).some(
    (file) => file.writable && file.mount !== null && file.inode?.isRegular && wanted(file.mount),
  );
}

function remount(k: Kernel, t: Task, { mount, dentry }: Path, flags: number, data: string): Result {
  if (dentry !== mount.root || !t.nsproxy.mnt.has(mount)) return -EINVAL;
  const keepsAtime = (flags & (F.MNT_ATIME | F.MS_STRICTATIME)) === 0;
  let own = ownFlags(flags);
  if (keepsAtime) own = (own & ~F.MNT_ATIME) | (mount.flags & F.MNT_ATIME);
  if ((mount.lockedFlags & ~own & F.MNT_LOCKABLE) !== 0) return -EPERM;
  if (flags & F.MS_BIND) return setOwnFlags(k, mount, own);
  const values = mount.sb.fsType === 'tmpfs' ? parseOptions(data) : new Map<string, string>();
  if (typeof values === 'number') return values;
  if (!t.cred.nsCapable(mount.sb.userNs, CAP.SYS_ADMIN)) return -EPERM;
  const readOnly = (flags & F.MNT_RDONLY) !== 0;
  if (readOnly && !mount.sb.readOnly && isWrittenTo(k, (other) => other.sb === mount.sb)) return -EBUSY;
  const refused = mount.sb.root?.inode?.remount(data) ?? 0;
  if (refused < 0) return refused;
  mount.sb.readOnly = readOnly;
  setLimits(k, mount.sb, values);
  mount.flags = own;
  return 0;
}

export function setOwnFlags(k: Kernel, mount: Mount, own: number): Result {
  const closes = (own & F.MNT_RDONLY) !== 0 && (mount.flags & F.MNT_RDONLY) === 0;
  if (closes && isWrittenTo(k, (other) => other === mount)) return -EBUSY;
  mount.flags = own;
  return 0;
}
