/** /proc/PID/mounts and /proc/PID/mountinfo, proc_pid_mountinfo(5). */

import type { Mount } from '../fs/mount.ts';
import { pathname } from '../fs/pathname.ts';
import type { Task } from '../task/task.ts';

const MS_RDONLY = 1;
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [2, 'nosuid'],
  [4, 'nodev'],
  [8, 'noexec'],
];

function options(mount: Mount): string {
  const names = FLAG_NAMES.filter(([bit]) => mount.flags & bit).map(([, name]) => name);
  return [mount.flags & MS_RDONLY ? 'ro' : 'rw', ...names, 'noatime'].join(',');
}

/** Spaces, tabs, newlines and backslashes as octal escapes (Linux mangle). */
function mangle(text: string): string {
  return text.replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function pointOf(task: Task, mount: Mount): string {
  return mangle(pathname(task, { mount, dentry: mount.root }));
}

export function mounts(task: Task): string {
  return task.nsproxy.mnt.mounts
    .map((m) => `${mangle(m.source)} ${pointOf(task, m)} ${m.sb.fsType} ${options(m)} 0 0\n`)
    .join('');
}

export function mountinfo(task: Task): string {
  return task.nsproxy.mnt.mounts
    .map((m) => {
      const device = `${m.sb.dev >>> 8}:${m.sb.dev & 0xff}`;
      const tail = `- ${m.sb.fsType} ${mangle(m.source)} ${m.flags & MS_RDONLY ? 'ro' : 'rw'}`;
      return `${m.id} ${m.parent?.id ?? 0} ${device} / ${pointOf(task, m)} ${options(m)} ${tail}\n`;
    })
    .join('');
}
