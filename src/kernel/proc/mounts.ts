/** /proc/PID/mounts and /proc/PID/mountinfo, proc_pid_mountinfo(5). Linux fs/proc_namespace.c. */

import type { Mount } from '../fs/mount.ts';
import * as F from '../fs/mount-flags.ts';
import { pathnameFrom, relativeName } from '../fs/pathname.ts';
import type { Task } from '../task/task.ts';

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [F.MNT_NOSUID, 'nosuid'],
  [F.MNT_NODEV, 'nodev'],
  [F.MNT_NOEXEC, 'noexec'],
  [F.MNT_NOATIME, 'noatime'],
  [F.MNT_NODIRATIME, 'nodiratime'],
  [F.MNT_RELATIME, 'relatime'],
];

function flagNames(mount: Mount): string {
  return FLAG_NAMES.filter(([bit]) => mount.flags & bit)
    .map(([, name]) => `,${name}`)
    .join('');
}

/** Spaces, tabs, newlines, backslashes and hashes as octal escapes (Linux mangle). */
function mangle(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** Mounts that can be reached from the task's root, each with its place. */
function visible(task: Task): { mount: Mount; place: string }[] {
  return task.nsproxy.mnt.mounts.flatMap((mount) => {
    const place = pathnameFrom(task.fs.root, { mount, dentry: mount.root });
    return place === null ? [] : [{ mount, place: mangle(place) }];
  });
}

export function mounts(task: Task): string {
  return visible(task)
    .map(({ mount, place }) => {
      const { sb } = mount;
      const access = mount.readOnly ? 'ro' : 'rw';
      return `${mangle(mount.source)} ${place} ${sb.fsType} ${access}${flagNames(mount)}${sb.shownOptions(task)} 0 0\n`;
    })
    .join('');
}

/** The optional fields: how the mount takes part in propagation. */
function propagation(task: Task, mount: Mount): string {
  const shared = mount.group === 0 ? '' : ` shared:${mount.group}`;
  const master = mount.master === 0 ? '' : ` master:${mount.master}`;
  const dominating = mount.master === 0 ? 0 : dominatingPeer(task, mount);
  const from = dominating === 0 || dominating === mount.master ? '' : ` propagate_from:${dominating}`;
  return `${shared}${master}${from}${mount.unbindable ? ' unbindable' : ''}`;
}

/** The nearest group above a slave that has a member below the task's root (Linux get_dominating_id). */
function dominatingPeer(task: Task, mount: Mount): number {
  const all = task.container.mountNamespaces.flatMap((ns) => ns.mounts);
  const seen = visible(task).map((row) => row.mount);
  for (let group = mount.master; group !== 0; group = all.find((m) => m.group === group)?.master ?? 0) {
    if (seen.some((other) => other.group === group)) return group;
  }
  return 0;
}

export function mountinfo(task: Task): string {
  return visible(task)
    .map(({ mount, place }) => {
      const { sb, id, parent } = mount;
      const device = `${sb.dev >>> 8}:${sb.dev & 0xff}`;
      const own = `${mount.flags & F.MNT_RDONLY ? 'ro' : 'rw'}${flagNames(mount)}${propagation(task, mount)}`;
      const root = mangle(relativeName(mount));
      const tail = `${sb.fsType} ${mangle(mount.source)} ${sb.readOnly ? 'ro' : 'rw'}${sb.shownOptions(task)}`;
      return `${id} ${parent?.id ?? id} ${device} ${root} ${place} ${own} - ${tail}\n`;
    })
    .join('');
}
