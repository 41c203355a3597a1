/** From a place to its path: getcwd(2), links of /proc. Linux fs/d_path.c. */
import type { File } from '../fd/file.ts';
import type { Task } from '../task/task.ts';
import type { Mount } from './mount.ts';
import { type Path, samePath } from './path.ts';

interface Name {
  readonly text: string;
  /** The walk up ended at the root that was given. */
  readonly reachable: boolean;
  readonly deleted: boolean;
}

function nameOf(root: Path, path: Path): Name {
  const parts: string[] = [];
  let at = path;
  const deleted = !isHashed(path);
  while (!samePath(at, root)) {
    if (at.dentry === at.mount.root) {
      const { parent, mountpoint } = at.mount;
      if (parent === null || mountpoint === null) return { text: join(parts), reachable: false, deleted };
      at = { mount: parent, dentry: mountpoint };
      continue;
    }
    if (at.dentry.parent === null) return { text: join(parts), reachable: false, deleted };
    parts.unshift(at.dentry.name);
    at = { mount: at.mount, dentry: at.dentry.parent };
  }
  return { text: join(parts), reachable: true, deleted };
}

function isHashed({ mount, dentry }: Path): boolean {
  return dentry === mount.root || dentry.hashed;
}

function join(parts: readonly string[]): string {
  return `/${parts.join('/')}`;
}

/** The path as /proc shows it: from the task's root, ` (deleted)` after it when the name is gone. */
export function pathname(t: Task, path: Path): string {
  const name = nameOf(t.fs.root, path);
  return name.deleted ? `${name.text} (deleted)` : name.text;
}

/** The path of a mounted place as seen from a root; null when it does not lie below that. */
export function pathnameFrom(root: Path, path: Path): string | null {
  const { text, reachable } = nameOf(root, path);
  return reachable ? text : null;
}

/** Which part of its filesystem a mount shows, as /proc/PID/mountinfo has it. */
export function relativeName({ root }: Mount): string {
  if (root.inode?.kind === 'nsinode') return root.name;
  const parts: string[] = [];
  let at = root;
  for (; at.parent !== null; at = at.parent) parts.unshift(at.name);
  return root.hashed ? join(parts) : `${join(parts)}//deleted`;
}

/** As pathname, for any open file. */
export function fileName(t: Task, file: File): string {
  return file.label ?? (file.path === null ? '' : pathname(t, file.path));
}

/** getcwd(2): null when the directory has been removed. */
export function workingDirectory(t: Task): string | null {
  const name = nameOf(t.fs.root, t.fs.cwd);
  if (name.deleted) return null;
  return name.reachable ? name.text : `(unreachable)${name.text}`;
}
