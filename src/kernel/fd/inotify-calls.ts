/** inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2). */
import { EBADF, EEXIST, EINVAL, EMFILE, ENOTDIR } from '../errno.ts';
import { AT_FDCWD, MAY_READ, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from '../fs/flags.ts';
import { mayAccess } from '../fs/permission.ts';
import { lookupAt } from '../fs/walk.ts';
import type { Kernel } from '../kernel.ts';
import { fd, flagSet, i32, path } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { IN_ALL_EVENTS, IN_EXCL_UNLINK, IN_ONESHOT, Inotify } from './inotify.ts';
import { install } from './table.ts';
import { openOf } from './user.ts';

const IN_ONLYDIR = 0x0100_0000;
const IN_DONT_FOLLOW = 0x0200_0000;
const IN_MASK_CREATE = 0x1000_0000;
const IN_MASK_ADD = 0x2000_0000;
/** Linux ALL_INOTIFY_BITS: what a mask must have one of. */
const KNOWN = IN_ALL_EVENTS | 0xf700_e000;
/** /proc/sys/fs/inotify/max_user_instances */
export const MAX_USER_INSTANCES = 128;

function init(k: Kernel, t: Task, flags: number): Result {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  const { inotifies } = k.container;
  const { euid } = t.cred;
  if (inotifies.filter(({ uid }) => uid === euid).length >= MAX_USER_INSTANCES) return -EMFILE;
  const file = new Inotify({ flags: O_RDONLY | (flags & O_NONBLOCK), uid: euid, container: k.container });
  inotifies.push(file);
  return install(t, file, (flags & O_CLOEXEC) !== 0);
}

function addWatch(k: Kernel, t: Task, descriptor: number, name: string, mask: number): Result {
  if ((mask & KNOWN) === 0) return -EINVAL;
  const file = openOf(t, descriptor);
  if (file === null) return -EBADF;
  if (mask & IN_MASK_ADD && mask & IN_MASK_CREATE) return -EINVAL;
  if (!(file instanceof Inotify)) return -EINVAL;
  const found = lookupAt(k, t, AT_FDCWD, name, (mask & IN_DONT_FOLLOW) === 0);
  if (typeof found === 'number') return found;
  const inode = found.dentry.target;
  if (mask & IN_ONLYDIR && !inode.isDir) return -ENOTDIR;
  const denied = mayAccess(t, inode, MAY_READ);
  if (denied < 0) return denied;
  const known = file.watchOn(inode);
  if (known !== 0) return change(file, known, mask);
  const events = mask & IN_ALL_EVENTS;
  return file.add({
    inode,
    mask: events,
    once: (mask & IN_ONESHOT) !== 0,
    linkedOnly: (mask & IN_EXCL_UNLINK) !== 0,
  });
}

/** The inode is watched already: its watch is replaced, or added to with IN_MASK_ADD. */
function change(file: Inotify, wd: number, mask: number): Result {
  if (mask & IN_MASK_CREATE) return -EEXIST;
  const watch = file.watches.get(wd)!;
  const adds = (mask & IN_MASK_ADD) !== 0;
  watch.mask = (adds ? watch.mask : 0) | (mask & IN_ALL_EVENTS);
  watch.once = (adds && watch.once) || (mask & IN_ONESHOT) !== 0;
  watch.linkedOnly = (adds && watch.linkedOnly) || (mask & IN_EXCL_UNLINK) !== 0;
  return wd;
}

function removeWatch(t: Task, descriptor: number, wd: number): Result {
  const file = openOf(t, descriptor);
  if (file === null) return -EBADF;
  return file instanceof Inotify && file.remove(wd) ? 0 : -EINVAL;
}

const INIT = flagSet({ IN_CLOEXEC: O_CLOEXEC, IN_NONBLOCK: O_NONBLOCK });
const MASK = flagSet({
  ...{ IN_ALL_EVENTS, IN_ACCESS: 1, IN_MODIFY: 2, IN_ATTRIB: 4, IN_CLOSE_WRITE: 8, IN_CLOSE_NOWRITE: 0x10 },
  ...{ IN_OPEN: 0x20, IN_MOVED_FROM: 0x40, IN_MOVED_TO: 0x80, IN_CREATE: 0x100, IN_DELETE: 0x200 },
  ...{ IN_DELETE_SELF: 0x400, IN_MOVE_SELF: 0x800, IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK, IN_MASK_CREATE },
  ...{ IN_MASK_ADD, IN_ONESHOT },
});

export const inotifyCalls = [
  syscall(291, 'inotify_init', {}, (k, t) => init(k, t, 0)),
  syscall(332, 'inotify_init1', { flags: INIT }, (k, t, a) => init(k, t, a.flags)),
  syscall(292, 'inotify_add_watch', { fd, pathname: path, mask: MASK }, (k, t, a) =>
    addWatch(k, t, a.fd, a.pathname, a.mask),
  ),
  syscall(293, 'inotify_rm_watch', { fd, wd: i32 }, (_k, t, a) => removeWatch(t, a.fd, a.wd)),
];
