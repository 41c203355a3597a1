/** inotify instances, inotify(7). Linux fs/notify/inotify/. */

import type { Container } from '../container.ts';
import { EAGAIN, EFAULT, EINVAL } from '../errno.ts';
import type { Inode } from '../fs/inode.ts';
import {
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  type Mark,
  type NotifyEvent,
} from '../fs/notify.ts';
import type { SuperBlock } from '../fs/superblock.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, i32, list, map, ref, str, struct, transient, u32, type Values, weak } from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import { leave } from '../ordered.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { AnonFile } from './file.ts';
import { FIONREAD } from './ioctls.ts';
import { POLLIN, POLLRDNORM } from './poll.ts';
import type { ByteSink } from './transfer.ts';

export const IN_ALL_EVENTS = 0xfff;
export const IN_EXCL_UNLINK = 0x0400_0000;
export const IN_ONESHOT = 0x8000_0000;
/** sizeof(struct inotify_event) without its name, which takes a multiple of it. */
const EVENT_SIZE = 16;
/** /proc/sys/fs/inotify/max_queued_events */
export const MAX_QUEUED_EVENTS = 16_384;

const watchFields = {
  inode: ref<Inode>('inode', 'what is watched'),
  mask: u32('IN_* events', { show: 'hex' }),
  once: bool('IN_ONESHOT'),
  linkedOnly: bool('IN_EXCL_UNLINK: entries that were unlinked tell nothing'),
};
type Watch = Values<typeof watchFields>;

const eventFields = {
  wd: i32('watch; -1 for an overflow'),
  mask: u32('IN_* bits', { show: 'hex' }),
  cookie: u32('joins the two halves of a move'),
  name: str('entry of the watched directory; empty for none'),
};
type Event = Values<typeof eventFields>;

/** Stands on a watched inode. */
class WatchMark implements Mark {
  readonly owner: Inotify;
  readonly wd: number;

  constructor(owner: Inotify, wd: number) {
    this.owner = owner;
    this.wd = wd;
  }
  notify(event: NotifyEvent): void {
    this.owner.happened(this.wd, event);
  }
  end(): void {
    this.owner.remove(this.wd);
  }
}

export class Inotify extends derived(AnonFile, 'inotify', 1, {
  uid: u32('whose instance it is, for the limit'),
  watches: map(i32('watch descriptor'), struct(watchFields, 'a watch'), 'in the order they were added'),
  nextWd: i32('descriptor of the next watch', { initial: 1 }),
  container: weak<Container>('container', 'which knows all instances'),
  events: list(struct(eventFields, 'an event'), 'not yet read, oldest first'),
  marks: transient<Map<number, WatchMark>>('made for each watch', () => new Map()),
}) {
  /** The watch on an inode, or 0. */
  watchOn(inode: Inode): number {
    for (const [wd, watch] of this.watches) if (watch.inode === inode) return wd;
    return 0;
  }

  add(watch: Watch): number {
    const wd = this.nextWd;
    this.nextWd = wd === 0x7fff_ffff ? 1 : wd + 1;
    get(watch.inode);
    this.watches.set(wd, watch);
    this.enter(wd, watch);
    return wd;
  }

  private enter(wd: number, { inode }: Watch): void {
    const mark = new WatchMark(this, wd);
    this.marks.set(wd, mark);
    inode.marks.push(mark);
  }

  /** Ends a watch, which the reader is told; false when there is none. */
  remove(wd: number): boolean {
    const watch = this.watches.get(wd);
    if (watch === undefined) return false;
    this.leave(wd, watch);
    this.watches.delete(wd);
    this.queue({ wd, mask: IN_IGNORED, cookie: 0, name: '' });
    put(watch.inode);
    return true;
  }

  private leave(wd: number, { inode }: Watch): void {
    leave<Mark>(inode.marks, this.marks.get(wd)!);
    this.marks.delete(wd);
  }

  /** A filesystem goes, its youngest inodes first. */
  unmounted(sb: SuperBlock): void {
    const watches = [...this.watches].filter(([, { inode }]) => inode.sb === sb);
    for (const [wd, { inode }] of watches.sort(([, a], [, b]) => b.inode.ino - a.inode.ino)) {
      this.queue({ wd, mask: IN_UNMOUNT | (inode.isDir ? IN_ISDIR : 0), cookie: 0, name: '' });
      this.remove(wd);
    }
  }

  happened(wd: number, { mask, cookie, name, unlinked }: NotifyEvent): void {
    const watch = this.watches.get(wd);
    if (watch === undefined || (watch.mask & mask & ~IN_ISDIR) === 0) return;
    if (watch.linkedOnly && unlinked) return;
    // What happens to the watched directory itself does not say that it is one.
    const shown = mask & (IN_DELETE_SELF | IN_MOVE_SELF) ? mask & ~IN_ISDIR : mask;
    this.queue({ wd, mask: shown >>> 0, cookie, name });
    if (watch.once) this.remove(wd);
  }

  /** Appends an event, unless it says the same as the last one (Linux inotify_merge). */
  private queue(event: Event): void {
    const { events } = this;
    const last = events[events.length - 1];
    if (last !== undefined && isSame(last, event)) return;
    if (events.length >= MAX_QUEUED_EVENTS) {
      if (events.some(({ mask }) => mask === IN_Q_OVERFLOW)) return;
      events.push({ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' });
    } else {
      events.push(event);
    }
    this.wake(POLLIN | POLLRDNORM);
  }

  override poll(): number {
    return this.events.length > 0 ? POLLIN | POLLRDNORM : 0;
  }

  override read(_k: Kernel, t: Task, to: ByteSink): Result {
    const first = this.events[0];
    if (first === undefined) return this.nonblock ? -EAGAIN : block(t, { on: [this], events: POLLIN });
    if (sizeOf(first) > to.remaining) return -EINVAL;
    let done = 0;
    for (let event = this.events[0]; event !== undefined; event = this.events[0]) {
      const data = encode(event);
      if (data.length > to.remaining) break;
      // Taken from the queue before it is stored: what cannot be stored is lost.
      this.events.shift();
      if (to.put(data) < data.length) return -EFAULT;
      done += data.length;
    }
    return done;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    if (cmd !== FIONREAD) return super.ioctl(k, t, cmd, arg);
    const bytes = this.events.reduce((sum, event) => sum + sizeOf(event), 0);
    return t.mm?.put32(arg, bytes) ? 0 : -EFAULT;
  }

  override get label(): string {
    return 'anon_inode:inotify';
  }

  override afterLoad(kernel: Kernel): void {
    kernel.container.inotifies.push(this);
    for (const [wd, watch] of this.watches) this.enter(wd, watch);
  }

  override released(): void {
    super.released();
    for (const [wd, watch] of this.watches) this.leave(wd, watch);
    const { container } = this;
    if (container !== null) leave<Inotify>(container.inotifies, this);
  }

  override check(): void {
    super.check();
    const inodes = new Set(Array.from(this.watches.values(), ({ inode }) => inode));
    assert(inodes.size === this.watches.size, 'an inode that is watched twice');
    for (const wd of this.watches.keys()) assert(wd > 0, 'a watch descriptor that is none');
  }
}

function isSame(a: Event, b: Event): boolean {
  return a.mask !== IN_IGNORED && a.wd === b.wd && a.mask === b.mask && a.name === b.name;
}

/** Bytes of an event as it is read: the name ends with a NUL and is padded. */
function sizeOf({ name }: Event): number {
  return EVENT_SIZE + (name === '' ? 0 : Math.ceil((name.length + 1) / EVENT_SIZE) * EVENT_SIZE);
}

function encode(event: Event): Uint8Array {
  const data = new Uint8Array(sizeOf(event));
  const view = new DataView(data.buffer);
  view.setInt32(0, event.wd, true);
  view.setUint32(4, event.mask, true);
  view.setUint32(8, event.cookie, true);
  view.setUint32(12, data.length - EVENT_SIZE, true);
  for (let i = 0; i < event.name.length; i++) data[EVENT_SIZE + i] = event.name.charCodeAt(i);
  return data;
}
