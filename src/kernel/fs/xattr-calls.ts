/** Extended attributes, xattr(7): no filesystem here stores any. The errors are those of Linux's tmpfs. */
import { EBADF, ENODATA, EOPNOTSUPP } from '../errno.ts';
import { openOf } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { fd, hex32, path, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { AT_FDCWD } from './flags.ts';
import { lookupAt } from './walk.ts';

/** Namespaces that could hold an attribute, and hold none; all others are not known. */
const KNOWN: readonly string[] = ['security.', 'trusted.'];

function missing(name: string): Result {
  return KNOWN.some((prefix) => name.startsWith(prefix)) ? -ENODATA : -EOPNOTSUPP;
}

/** The errno of a path that cannot be reached, or 0. */
function reach(k: Kernel, t: Task, name: string, follow: boolean): Result {
  const found = lookupAt(k, t, AT_FDCWD, name, follow);
  return typeof found === 'number' ? found : 0;
}

function open(t: Task, fd: number): Result {
  return openOf(t, fd) === null ? -EBADF : 0;
}

/** The result of a call on something that was reached. */
function then(reached: Result, result: Result): Result {
  return reached < 0 ? reached : result;
}

const get = { name: path, value: ptr, size: u32 };
const set = { ...get, flags: hex32 };

export const xattrCalls = [
  syscall(226, 'setxattr', { path, ...set }, (k, t, a) => then(reach(k, t, a.path, true), -EOPNOTSUPP)),
  syscall(227, 'lsetxattr', { path, ...set }, (k, t, a) => then(reach(k, t, a.path, false), -EOPNOTSUPP)),
  syscall(228, 'fsetxattr', { fd, ...set }, (_k, t, a) => then(open(t, a.fd), -EOPNOTSUPP)),
  syscall(229, 'getxattr', { path, ...get }, (k, t, a) => then(reach(k, t, a.path, true), missing(a.name))),
  syscall(230, 'lgetxattr', { path, ...get }, (k, t, a) => then(reach(k, t, a.path, false), missing(a.name))),
  syscall(231, 'fgetxattr', { fd, ...get }, (_k, t, a) => then(open(t, a.fd), missing(a.name))),
  syscall(232, 'listxattr', { path, list: ptr, size: u32 }, (k, t, a) => reach(k, t, a.path, true)),
  syscall(233, 'llistxattr', { path, list: ptr, size: u32 }, (k, t, a) => reach(k, t, a.path, false)),
  syscall(234, 'flistxattr', { fd, list: ptr, size: u32 }, (_k, t, a) => open(t, a.fd)),
  syscall(235, 'removexattr', { path, name: path }, (k, t, a) => then(reach(k, t, a.path, true), missing(a.name))),
  syscall(236, 'lremovexattr', { path, name: path }, (k, t, a) => then(reach(k, t, a.path, false), missing(a.name))),
  syscall(237, 'fremovexattr', { fd, name: path }, (_k, t, a) => then(open(t, a.fd), missing(a.name))),
];
