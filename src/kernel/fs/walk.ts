/** From a path to a place: path_resolution(7), Linux fs/namei.c link_path_walk. */
import { EBADF, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Dentry } from './dentry.ts';
import { AT_FDCWD, MAY_EXEC, NAME_MAX } from './flags.ts';
import { down, type Mount } from './mount.ts';
import { type Path, samePath } from './path.ts';
import { fileSubject, permission, type Subject } from './permission.ts';

/** Links followed in one resolution (Linux MAXSYMLINKS). */
const MAX_SYMLINKS = 40;

/** Where a path leads: an existing place, or a name that its directory does not have. */
export interface Found {
  /** The directory of the last component; the place itself when the path ends in `/`-only, `.` or `..`. */
  readonly parent: Path;
  /** Last component: a name, or `.`, `..` or `/`, which no entry can be made or removed by. */
  readonly name: string;
  /** The entry; null when there is none. Mount points are crossed, and a last link followed unless told otherwise. */
  readonly path: Path | null;
  /** A slash stands after the last component: only a directory will do. */
  readonly trailing: boolean;
}

export interface WalkOptions {
  /** Follow a symbolic link at the end. */
  readonly follow: boolean;
  /** The caller wants the entry itself and its directory (unlink, rename, mkdir): a last link is not followed even before a slash, and a file before one is left to the caller. */
  readonly parent?: boolean;
  /** open(2) with O_CREAT: a slash after the last name is -EISDIR, whatever stands there. */
  readonly create?: boolean;
  /** Looking is no use: a mount that is to expire stays so. */
  readonly keepExpiry?: boolean;
  /** Whose rights count; default those of file access. */
  readonly subject?: Subject;
}

/** The directory where relative paths of a *at call start, or -EBADF, -ENOTDIR. */
export function startAt(t: Task, dirfd: number, path: string): Path | Result {
  if (path.startsWith('/')) return t.fs.root;
  if (dirfd === AT_FDCWD) return t.fs.cwd;
  const file = t.files.file(dirfd);
  if (file === null) return -EBADF;
  const start = file.path;
  return start?.dentry.inode?.isDir ? start : -ENOTDIR;
}

/** One resolution under way. */
class Walk {
  readonly k: Kernel;
  readonly t: Task;
  readonly options: WalkOptions;
  readonly subject: Subject;
  at: Path;
  rest: string;
  links = 0;

  constructor(k: Kernel, t: Task, start: Path, path: string, options: WalkOptions) {
    this.k = k;
    this.t = t;
    this.options = options;
    this.subject = options.subject ?? fileSubject(t);
    this.at = start;
    this.rest = path;
  }

  run(): Found | Result {
    for (;;) {
      const from = skipSlashes(this.rest);
      if (from === this.rest.length) return { parent: this.at, name: '/', path: this.at, trailing: from > 0 };
      const slash = this.rest.indexOf('/', from);
      const name = slash < 0 ? this.rest.slice(from) : this.rest.slice(from, slash);
      const after = slash < 0 ? '' : this.rest.slice(slash);
      const result = this.step(name, after);
      if (result !== null) return result;
    }
  }

  /** Handles one component; null to go on with `rest`. */
  private step(name: string, after: string): Found | Result | null {
    const trailing = after !== '';
    const last = skipSlashes(after) === after.length;
    const dir = this.at.dentry.target;
    if (!dir.isDir) return -ENOTDIR;
    const denied = permission(this.subject, dir, MAY_EXEC);
    if (denied < 0) return denied;
    if (name === '.' || name === '..') {
      if (name === '..') this.at = parentOf(this.t, this.at);
      this.rest = after;
      return last ? { parent: this.at, name, path: this.at, trailing } : null;
    }
    if (name.length > NAME_MAX) return -ENAMETOOLONG;
    if (last && trailing && this.options.create) return -EISDIR;
    const child = dir.lookup(this.at.dentry, name);
    if (typeof child === 'number') return child;
    if (child === null) return last ? { parent: this.at, name, path: null, trailing } : -ENOENT;
    return this.enter(child, name, after, last, trailing);
  }

  private enter(child: Dentry, name: string, after: string, last: boolean, trailing: boolean): Found | Result | null {
    const parent = this.at;
    const path = down({ mount: parent.mount, dentry: child });
    if (path.dentry.target.isLink && (!last || this.followsLast(trailing))) return this.followLink(path, after, last);
    if (last) {
      if (trailing && !this.options.parent && !path.dentry.target.isDir) return -ENOTDIR;
      return { parent, name, path, trailing };
    }
    this.at = path;
    this.rest = after;
    return null;
  }

  private followsLast(trailing: boolean): boolean {
    return this.options.follow || (trailing && !this.options.parent);
  }

  private followLink(link: Path, after: string, last: boolean): Found | Result | null {
    if (++this.links > MAX_SYMLINKS) return -ELOOP;
    const inode = link.dentry.target;
    const magic = inode.follow(this.k, this.t);
    if (typeof magic === 'number') return magic;
    if (magic !== null) {
      if (last) {
        if (after !== '' && !magic.dentry.target.isDir) return -ENOTDIR;
        return { parent: this.at, name: link.dentry.name, path: magic, trailing: after !== '' };
      }
      this.at = magic;
      this.rest = after;
      return null;
    }
    const target = inode.readlink(this.k, this.t);
    if (typeof target === 'number') return target;
    if (target === '') return -ENOENT;
    if (target.startsWith('/')) this.at = this.t.fs.root;
    this.rest = target + after;
    return null;
  }
}

function skipSlashes(path: string): number {
  let at = 0;
  while (path[at] === '/') at++;
  return at;
}

/** `..`: up through mounts, never above the task's root. */
export function parentOf(t: Task, path: Path): Path {
  let at = path;
  if (samePath(at, t.fs.root)) return at;
  while (at.dentry === at.mount.root) {
    const { parent, mountpoint }: Mount = at.mount;
    if (parent === null || mountpoint === null) return at;
    at = { mount: parent, dentry: mountpoint };
    if (samePath(at, t.fs.root)) return down(at);
  }
  return down({ mount: at.mount, dentry: at.dentry.parent ?? at.dentry });
}

/** Resolves a path; a negated errno when it leads nowhere. An empty path is -ENOENT. */
export function walk(k: Kernel, t: Task, dirfd: number, path: string, options: WalkOptions): Found | Result {
  if (path === '') return -ENOENT;
  const start = startAt(t, dirfd, path);
  if (typeof start === 'number') return start;
  const found = new Walk(k, t, start, path, options).run();
  if (typeof found !== 'number' && found.path?.mount.expiring && !options.keepExpiry) found.path.mount.expiring = false;
  return found;
}

/** The existing place at a path, or a negated errno. */
export function lookupAt(
  k: Kernel,
  t: Task,
  dirfd: number,
  path: string,
  follow: boolean,
  options: Partial<WalkOptions> = {},
): Path | Result {
  const found = walk(k, t, dirfd, path, { ...options, follow });
  if (typeof found === 'number') return found;
  return found.path ?? -ENOENT;
}
