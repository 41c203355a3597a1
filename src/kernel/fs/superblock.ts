/** Filesystem instances (super_block). */
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, count, optional, optRef, ref, str, transient, u32 } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import type { UserNs } from '../ns/user-ns.ts';
import type { Task } from '../task/task.ts';
import type { Dentry } from './dentry.ts';

/** f_type of statfs(2), Linux include/uapi/linux/magic.h. */
export const MAGIC = {
  overlay: 0x794c_7630,
  tmpfs: 0x0102_1994,
  proc: 0x9fa0,
  sysfs: 0x6265_6572,
  pipefs: 0x5049_5045,
  ramfs: 0x8584_58f6,
  nsfs: 0x6e73_6673,
  mqueue: 0x1980_0202,
} as const;

export class SuperBlock extends kobject('superblock', 1, {
  fsType: str('name in /proc/filesystems'),
  dev: u32('device number, as st_dev shows it'),
  magic: u32('f_type of statfs(2)', { show: 'hex' }),
  nextIno: count('number of the next inode', { initial: 1 }),
  userNs: ref<UserNs>('userns', 'whose ids and set-id bits count in it: that of who mounted it'),
  readOnly: bool('MS_RDONLY of the whole filesystem', { initial: false }),
  maxBlocks: optional(count('tmpfs: 4 KiB blocks that its files may take; null for no limit, 0 for none either')),
  maxInodes: optional(count('tmpfs: inodes that it may have, likewise')),
  root: optRef<Dentry>('dentry', 'top of the tree; null for filesystems of pipes and anonymous files'),
  blocksUsed: transient<number>('pages of files count themselves', () => 0),
  inodesUsed: transient<number>('inodes count themselves', () => 0),
  kernel: transient<Kernel | null>('set by create and afterLoad', () => null),
}) {
  /** An instance without a root yet. */
  static create(kernel: Kernel, init: { fsType: string; dev: number; magic: number; userNs: UserNs }): SuperBlock {
    const sb = new SuperBlock(init);
    sb.kernel = kernel;
    return sb;
  }

  get k(): Kernel {
    assert(this.kernel !== null, 'a superblock outside a kernel');
    return this.kernel;
  }

  /** Options of its own, each after a comma, as /proc/mounts shows them. */
  shownOptions(task: Task): string {
    const root = this.root?.inode;
    if (root && root.mountOptions !== '') return `,${root.mountOptions}`;
    if (this.fsType !== 'tmpfs' || !root) return '';
    const { userNs } = task.cred;
    const size = this.maxBlocks === null || this.maxBlocks === 0 ? '' : `,size=${this.maxBlocks * 4}k`;
    const inodes = this.maxInodes === null ? '' : `,nr_inodes=${this.maxInodes}`;
    const mode = root.mode & 0o7777;
    const permissions = mode === 0o1777 ? '' : `,mode=${mode.toString(8).padStart(3, '0')}`;
    const [uid, gid] = [root.uid, root.gid];
    const owner = uid === 0 ? '' : `,uid=${userNs.shownUid(uid)}`;
    return `${size}${inodes}${permissions}${owner}${gid === 0 ? '' : `,gid=${userNs.shownGid(gid)}`}`;
  }

  /** Whether another 4 KiB block would be too many, size= of tmpfs(5). */
  get isFull(): boolean {
    return this.maxBlocks !== null && this.maxBlocks > 0 && this.blocksUsed >= this.maxBlocks;
  }

  /** Whether another inode would be too many, nr_inodes= of tmpfs(5). */
  get lacksInodes(): boolean {
    return this.maxInodes !== null && this.maxInodes > 0 && this.inodesUsed >= this.maxInodes;
  }

  /** A fresh inode number. */
  takeIno(): number {
    return this.nextIno++;
  }

  /** The last mount is gone, and with it every entry: the tree's two-way links are cut. */
  override released(): void {
    for (const each of [...(this.kernel?.container.inotifies ?? [])]) each.unmounted(this);
    const { root } = this;
    for (const child of [...(root?.children.values() ?? [])]) root?.prune(child);
  }

  override afterLoad(kernel: Kernel): void {
    this.kernel = kernel;
  }
}
