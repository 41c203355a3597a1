/** Shared memory segments, shmget(2). Linux ipc/shm.c. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { ShmemFile } from '../fs/shmem.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, ref, transient, u32, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Task } from '../task/task.ts';
import type { IpcNs } from './namespace.ts';
import { IPC_PRIVATE, IpcObject, processNumber, removeId, seconds } from './object.ts';

/** Mode bit: goes with the last attachment. */
export const SHM_DEST = 0o1000;
/** Mode bit: SHM_LOCK was asked for. */
export const SHM_LOCKED = 0o2000;

export class ShmSegment extends derived(IpcObject, 'shmsegment', 1, {
  ns: weak<IpcNs>('ipcns', 'where it has its identifier; null once that namespace is gone'),
  file: ref<ShmemFile>('shmemfile', 'its memory; the inode number is the identifier'),
  size: u32('bytes as asked for; it takes whole pages'),
  atime: count('last attached, seconds since the Epoch; 0 for never', { initial: 0 }),
  dtime: count('last detached', { initial: 0 }),
  cpid: i32('process that made it'),
  lpid: i32('process that attached or detached last', { initial: 0 }),
  attached: transient<number>('areas that show it: the address spaces count them', () => 0),
}) {
  get pages(): number {
    return Math.ceil(this.size / PAGE_SIZE);
  }

  /** Pages that hold data. */
  get resident(): number {
    return this.file.regular.cache.size;
  }

  /** IPC_RMID: without attachments it goes at once, else nobody finds it by key and the last detach takes it. */
  remove(): void {
    this.mode |= SHM_DEST;
    this.key = IPC_PRIVATE;
    this.destroyIfUnused();
  }

  private destroyIfUnused(): void {
    if (this.attached > 0 || (this.mode & SHM_DEST) === 0 || this.removed || this.ns === null) return;
    removeId(this.ns.shm, this);
  }

  opened(k: Kernel, t: Task): void {
    this.attached++;
    this.atime = seconds(k);
    this.lpid = processNumber(t);
  }

  closed(k: Kernel, t: Task | null): void {
    this.attached--;
    this.dtime = seconds(k);
    if (t !== null) this.lpid = processNumber(t);
    this.destroyIfUnused();
  }

  /** The namespace is gone. */
  orphaned(): void {
    this.ns = null;
    this.removed = true;
  }

  override check(): void {
    super.check();
    assert(this.size > 0 && this.file.regular.size === this.size, 'a segment and its memory differ in size');
  }
}

/** What one shmat(2) maps: the areas that come of it refer to this file. */
export class ShmAttachment extends derived(ShmemFile, 'shmattachment', 1, {
  segment: ref<ShmSegment>('shmsegment', 'the segment'),
}) {
  override areaOpened(k: Kernel): void {
    const { current } = k.container;
    assert(current !== null, 'a segment is attached by nobody');
    this.segment.opened(k, current);
  }

  override areaClosed(k: Kernel): void {
    this.segment.closed(k, k.container.current);
  }

  override areaFound(): void {
    this.segment.attached++;
  }

  override get countsAreas(): boolean {
    return true;
  }

  override check(): void {
    super.check();
    assert(this.inode === this.segment.file.inode, 'an attachment of other memory');
  }
}
