/** The mqueue filesystem, one for each IPC namespace: mq_overview(7), "Mounting the message queue filesystem". */
import { EACCES, EINVAL, ENOSPC, EPERM } from '../../errno.ts';
import { addRoot, mountOf, newSuperBlock } from '../../fs/boot.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { Directory } from '../../fs/directory.ts';
import { S_IFDIR, S_IFMT, S_IFREG, S_IRWXUGO, S_ISVTX } from '../../fs/flags.ts';
import type { Inode } from '../../fs/inode.ts';
import type { InodeInit } from '../../fs/make.ts';
import type { Mount } from '../../fs/mount.ts';
import { MAGIC, type SuperBlock } from '../../fs/superblock.ts';
import { now, timesOf } from '../../fs/timestamp.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { weak } from '../../kobject/fields.ts';
import { derived, get } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import { CAP } from '../../task/cred.ts';
import type { Task } from '../../task/task.ts';
import type { IpcNs } from '../namespace.ts';
import { type MqLimits, makeQueue } from './queue.ts';

/** What an entry adds to st_size, Linux DIRENT_SIZE. */
const ENTRY_SIZE = 20;

export class MqueueRoot extends derived(Directory, 'mqueueroot', 1, {
  ns: weak<IpcNs>('ipcns', 'whose queues these are; null when it is gone and a mount is left'),
}) {
  /** Queues alone are made here, and keep their names. */
  override takes(type: number): boolean {
    return type === S_IFREG;
  }

  /** A queue, with the limits that mq_open(2) gives. */
  override makeChild(t: Task, mode: number, _init: InodeInit, limits: MqLimits | null = null): Inode | Result {
    const { ns } = this;
    if (ns === null) return -EACCES;
    if (this.superblock.inodesUsed > ns.mqQueuesMax && !t.cred.capable(CAP.SYS_RESOURCE)) return -ENOSPC;
    return makeQueue(t, this.superblock, ns, (mode & ~S_IFMT) | S_IFREG, limits);
  }

  override enter(dir: Dentry, name: string, inode: Inode): Dentry {
    this.size += ENTRY_SIZE;
    return super.enter(dir, name, inode);
  }

  override detach(dir: Dentry, child: Dentry): void {
    this.size -= ENTRY_SIZE;
    super.detach(dir, child);
  }
}

/** The kernel's own mount of a namespace's queues, made when it is first needed; it stands nowhere. */
export function mqMount(k: Kernel, ns: IpcNs): Mount {
  if (ns.mqMount !== null) return ns.mqMount;
  assert(ns.owner !== null, 'an IPC namespace without a user namespace');
  const sb = newSuperBlock(k, ns.owner, 'mqueue', MAGIC.mqueue);
  const mode = S_IFDIR | S_ISVTX | S_IRWXUGO;
  const init = { sb, ino: sb.takeIno(), mode, uid: 0, gid: 0, nlink: 2, size: 2 * ENTRY_SIZE, ...timesOf(now(k)) };
  addRoot(sb, new MqueueRoot({ ...init, ns }));
  sb.inodesUsed++;
  const mount = mountOf(k, sb, 'mqueue', 0);
  ns.mqMount = get(mount);
  return mount;
}

/** For mount(2): the filesystem of the caller's namespace. */
export function mqueueFs(k: Kernel, t: Task, data: string): SuperBlock | Result {
  const { ipc } = t.nsproxy;
  if (ipc.owner === null || !t.cred.nsCapable(ipc.owner, CAP.SYS_ADMIN)) return -EPERM;
  return data === '' ? mqMount(k, ipc).sb : -EINVAL;
}
