/** Filesystem instances (super_block). */
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, optRef, str, transient, u32 } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import type { Dentry } from './dentry.ts';

/** f_type of statfs(2), Linux include/uapi/linux/magic.h. */
export const MAGIC = {
  overlay: 0x794c_7630,
  tmpfs: 0x0102_1994,
  proc: 0x9fa0,
  sysfs: 0x6265_6572,
  pipefs: 0x5049_5045,
} as const;

export class SuperBlock extends kobject('superblock', 1, {
  fsType: str('name in /proc/filesystems'),
  dev: u32('device number, as st_dev shows it'),
  magic: u32('f_type of statfs(2)', { show: 'hex' }),
  nextIno: count('number of the next inode', { initial: 1 }),
  root: optRef<Dentry>('dentry', 'top of the tree; null for filesystems of pipes and anonymous files'),
  kernel: transient<Kernel | null>('set by create and afterLoad', () => null),
}) {
  /** An instance without a root yet. */
  static create(kernel: Kernel, init: { fsType: string; dev: number; magic: number }): SuperBlock {
    const sb = new SuperBlock(init);
    sb.kernel = kernel;
    return sb;
  }

  get k(): Kernel {
    assert(this.kernel !== null, 'a superblock outside a kernel');
    return this.kernel;
  }

  /** A fresh inode number. */
  takeIno(): number {
    return this.nextIno++;
  }

  /** The last mount is gone, and with it every entry: the tree's two-way links are cut. */
  override released(): void {
    const { root } = this;
    for (const child of [...(root?.children.values() ?? [])]) root?.prune(child);
  }

  override afterLoad(kernel: Kernel): void {
    this.kernel = kernel;
  }
}
