/** mount(2), umount(2): memory filesystems, /proc, /sys and bind mounts. Linux fs/namespace.c. */
import { EBUSY, EFAULT, EINVAL, ENODEV, ENOENT, ENOSYS, ENOTDIR, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { flagSet, hex32, path, ptr } from '../syscall/args.ts';
import { type Result, syscall, unsupported } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { mountOn, procfs, sysfs, tmpfs } from './boot.ts';
import { AT_FDCWD } from './flags.ts';
import { type MntNs, Mount } from './mount.ts';
import { MNT_KEPT, MS_BIND, MS_MGC_MSK, MS_MGC_VAL, MS_MOVE, MS_REC, MS_REMOUNT } from './mount-flags.ts';
import type { Path } from './path.ts';
import { CAP_SYS_ADMIN } from './permission.ts';
import type { SuperBlock } from './superblock.ts';
import { lookupAt } from './walk.ts';

/** Changes of propagation, which a single namespace has no use for. */
const MS_PROPAGATION = 0x1e_0000;

type Maker = (k: Kernel, mnt: MntNs, data: string) => SuperBlock | Result;

const TYPES: Readonly<Record<string, Maker>> = {
  tmpfs: (k, mnt, data) => memoryFilesystem(k, mnt, data, 0o1777),
  ramfs: (k, mnt, data) => memoryFilesystem(k, mnt, data, 0o755),
  proc: procfs,
  sysfs,
};

/** Options of tmpfs(5): how each value is read. Sizes are not enforced, since RAM is the limit. */
const TMPFS_OPTIONS: Readonly<Record<string, RegExp>> = {
  mode: /^[0-7]{1,4}$/,
  uid: /^\d{1,9}$/,
  gid: /^\d{1,9}$/,
  size: /^\d+[kmgKMG%]?$/,
  nr_blocks: /^\d+[kmgKMG]?$/,
  nr_inodes: /^\d+[kmgKMG]?$/,
};

function memoryFilesystem(k: Kernel, mnt: MntNs, data: string, defaultMode: number): SuperBlock | Result {
  const values = new Map<string, string>();
  for (const option of data.split(',').filter((each) => each !== '')) {
    const [name = '', value = ''] = option.split('=', 2);
    if (TMPFS_OPTIONS[name]?.test(value) !== true) return -EINVAL;
    values.set(name, value);
  }
  const sb = tmpfs(k, mnt, 'tmpfs', Number.parseInt(values.get('mode') ?? defaultMode.toString(8), 8));
  const inode = sb.root?.inode;
  if (inode) {
    inode.uid = Number(values.get('uid') ?? 0);
    inode.gid = Number(values.get('gid') ?? 0);
  }
  return sb;
}

/** An optional string argument: null for a null pointer, -EFAULT. */
function text(t: Task, address: number): string | null | Result {
  if (address === 0) return null;
  const decoded = path.decode(address, t);
  return 'errno' in decoded ? decoded.errno : decoded.value;
}

interface MountRequest {
  readonly source: string | null;
  readonly at: string;
  readonly type: string | null;
  readonly flags: number;
  readonly data: string;
}

function mount(k: Kernel, t: Task, { source, at, type, flags: rawFlags, data }: MountRequest): Result {
  const flags = (rawFlags & MS_MGC_MSK) >>> 0 === MS_MGC_VAL ? rawFlags & ~MS_MGC_MSK : rawFlags;
  const place = lookupAt(k, t, AT_FDCWD, at, true);
  if (typeof place === 'number') return place;
  if (!t.cred.capable(CAP_SYS_ADMIN)) return -EPERM;
  if (flags & MS_REMOUNT) return remount(place, flags);
  if (flags & MS_PROPAGATION) return 0;
  if (flags & MS_MOVE) return -EINVAL;
  if (flags & MS_BIND) return bind(k, t, source, place, flags);
  if (type === null) return -EINVAL;
  const create = TYPES[type];
  if (create === undefined) return -ENODEV;
  if (!place.dentry.target.isDir) return -ENOTDIR;
  const { mnt } = t.nsproxy;
  const sb = create(k, mnt, data);
  if (typeof sb === 'number') return sb;
  mountOn(mnt, place, sb, source ?? 'none', flags & MNT_KEPT);
  return 0;
}

function remount({ mount: target, dentry }: Path, flags: number): Result {
  if (dentry !== target.root) return -EINVAL;
  target.flags = flags & MNT_KEPT;
  return 0;
}

function bind(k: Kernel, t: Task, source: string | null, at: Path, flags: number): Result {
  if (source === null) return -EINVAL;
  const from = lookupAt(k, t, AT_FDCWD, source, true);
  if (typeof from === 'number') return from;
  if (from.dentry.target.isDir !== at.dentry.target.isDir) return -ENOTDIR;
  const { mnt } = t.nsproxy;
  // MS_REC would take along what is mounted below; a plain bind shows the one filesystem.
  if (flags & MS_REC && mnt.mounts.some((m) => m.parent === from.mount)) return -EINVAL;
  mnt.add(
    new Mount({
      id: mnt.nextMountId++,
      sb: from.mount.sb,
      root: from.dentry,
      parent: at.mount,
      mountpoint: at.dentry,
      flags: from.mount.flags,
      source: from.mount.source,
    }),
  );
  return 0;
}

const MNT_FORCE = 1;
const MNT_DETACH = 2;
const MNT_EXPIRE = 4;
const UMOUNT_NOFOLLOW = 8;
const UMOUNT_KNOWN = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;

function umount(k: Kernel, t: Task, at: string, flags: number): Result {
  if ((flags & ~UMOUNT_KNOWN) !== 0) return -EINVAL;
  const place = lookupAt(k, t, AT_FDCWD, at, (flags & UMOUNT_NOFOLLOW) === 0);
  if (typeof place === 'number') return place;
  const { mount: target, dentry } = place;
  if (dentry !== target.root) return -EINVAL;
  if (!t.cred.capable(CAP_SYS_ADMIN)) return -EPERM;
  const { mnt } = t.nsproxy;
  if (target === mnt.root) return -EINVAL;
  // Beside the namespace's own, every reference is a user: open files, directories of tasks, mounts on top.
  if (target.refs > 1 && (flags & MNT_DETACH) === 0) return -EBUSY;
  if (mnt.mounts.some((m) => m.parent === target)) return -EBUSY;
  mnt.remove(target);
  return 0;
}

const UMOUNT_FLAGS = flagSet({ MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW });

export const mountCalls = [
  syscall(21, 'mount', { source: ptr, target: path, type: ptr, flags: hex32, data: ptr }, (k, t, a) => {
    const [source, type, data] = [text(t, a.source), text(t, a.type), text(t, a.data)];
    if (typeof source === 'number' || typeof type === 'number' || typeof data === 'number') return -EFAULT;
    if (a.target === '') return -ENOENT;
    return mount(k, t, { source, at: a.target, type, flags: a.flags, data: data ?? '' });
  }),
  syscall(22, 'umount', { target: path }, (k, t, a) => umount(k, t, a.target, 0)),
  syscall(52, 'umount2', { target: path, flags: UMOUNT_FLAGS }, (k, t, a) => umount(k, t, a.target, a.flags)),
  unsupported(217, 'pivot_root', EINVAL, 'the root of a container stays where it is'),
  unsupported(428, 'open_tree', ENOSYS, 'callers fall back to mount(2)'),
  unsupported(429, 'move_mount', ENOSYS, 'callers fall back to mount(2)'),
  unsupported(430, 'fsopen', ENOSYS, 'callers fall back to mount(2)'),
];
