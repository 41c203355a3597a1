/** mount(2), umount(2), pivot_root(2): the calls. */
import { EFAULT, ENOENT } from '../errno.ts';
import { flagSet, hex32, path, ptr } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { AT_FDCWD } from './flags.ts';
import * as F from './mount-flags.ts';
import { mountAt } from './mount-ops.ts';
import { MNT_DETACH, MNT_EXPIRE, MNT_FORCE, pivotRoot, UMOUNT_NOFOLLOW, umount } from './umount.ts';
import { lookupAt } from './walk.ts';

/** An optional string argument: null for a null pointer, -EFAULT. */
function text(t: Task, address: number): string | null | Result {
  if (address === 0) return null;
  const decoded = path.decode(address, t);
  return 'errno' in decoded ? decoded.errno : decoded.value;
}

const UMOUNT_FLAGS = flagSet({ MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW });

/** Old callers mark their flags. */
function withoutMagic(flags: number): number {
  return (flags & F.MS_MGC_MSK) >>> 0 === F.MS_MGC_VAL ? flags & ~F.MS_MGC_MSK : flags;
}

export const mountCalls = [
  syscall(21, 'mount', { source: ptr, target: ptr, type: ptr, flags: hex32, data: ptr }, (k, t, a) => {
    // Copied in this order, whatever the flags make of them.
    const [type, source, data] = [text(t, a.type), text(t, a.source), text(t, a.data)];
    if (typeof source === 'number' || typeof type === 'number' || typeof data === 'number') return -EFAULT;
    const target = path.decode(a.target, t);
    if ('errno' in target) return target.errno;
    if (target.value === '') return -ENOENT;
    const place = lookupAt(k, t, AT_FDCWD, target.value, true);
    if (typeof place === 'number') return place;
    return mountAt(k, t, place, { source, type, flags: withoutMagic(a.flags), data: data ?? '' });
  }),
  syscall(22, 'umount', { target: path }, (k, t, a) => umount(k, t, a.target, 0)),
  syscall(52, 'umount2', { target: path, flags: UMOUNT_FLAGS }, (k, t, a) => umount(k, t, a.target, a.flags)),
  syscall(217, 'pivot_root', { new_root: path, put_old: path }, (k, t, a) => pivotRoot(k, t, a.new_root, a.put_old)),
];
