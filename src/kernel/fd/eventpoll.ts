/** epoll instances, epoll(7). Linux fs/eventpoll.c. */

import { EFAULT } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, list, optional, struct, transient, u32, u64, type Values, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { leave } from '../ordered.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Watcher } from '../task/wait.ts';
import { AnonFile, File, type Follower } from './file.ts';
import {
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  EPOLLWAKEUP,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
} from './poll.ts';
import { copyOut } from './user.ts';

/** sizeof(struct epoll_event) on i386: events, and 64 bits of data. */
export const EVENT_SIZE = 12;
/** Told whether asked for or not. */
export const ALWAYS_TOLD = POLLERR | POLLHUP;
/** How deep instances may watch each other. */
export const MAX_NESTS = 4;
/** What a one-shot item that has fired keeps. */
const PRIVATE_BITS = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

const itemFields = {
  file: weak<File>('file', 'what is watched; the item goes with it'),
  fd: i32('the descriptor by which it was added'),
  events: u32('EPOLL* bits', { show: 'hex' }),
  data: u64('what epoll_wait(2) tells'),
  seq: count('order among the watchers of the file, from Container.waitSeq'),
  place: optional(count('order in the queue of what may be ready; null when it is not there')),
};
export type Item = Values<typeof itemFields>;

/** Enters an item on the list of what its file's readiness hangs on. */
class ItemWatcher implements Watcher {
  readonly epoll: EventPoll;
  readonly item: Item;

  constructor(epoll: EventPoll, item: Item) {
    this.epoll = epoll;
    this.item = item;
  }
  get seq(): number {
    return this.item.seq;
  }
  get exclusive(): boolean {
    return (this.item.events & EPOLLEXCLUSIVE) !== 0;
  }
  woken(events: number): boolean {
    return this.epoll.itemWoken(this.item, events);
  }
}

export class EventPoll
  extends derived(AnonFile, 'eventpoll', 1, {
    items: list(struct(itemFields, 'a watched descriptor'), 'in the order they were added'),
    nextPlace: count('place of the next item that may be ready', { initial: 0 }),
    itemWatchers: transient<Map<Item, ItemWatcher>>('made for each item', () => new Map()),
  })
  implements Follower
{
  find(file: File, fd: number): Item | null {
    return this.items.find((item) => item.file === file && item.fd === fd) ?? null;
  }

  add(k: Kernel, file: File, fd: number, events: number, data: bigint): void {
    const item: Item = { file, fd, events, data, seq: k.container.waitSeq++, place: null };
    this.items.push(item);
    this.follow(item);
    this.queueIfReady(k, item);
  }

  modify(k: Kernel, item: Item, events: number, data: bigint): void {
    item.events = events;
    item.data = data;
    this.queueIfReady(k, item);
  }

  remove(item: Item): void {
    leave(this.items, item);
    this.unfollow(item);
  }

  /** A watched file is gone. */
  forget(file: File): void {
    for (const item of this.items) if (item.file === file) this.unfollow(item);
    this.items = this.items.filter((item) => item.file !== file);
  }

  private follow(item: Item): void {
    const { file } = item;
    // A bad image: check will say so.
    if (file === null) return;
    const watcher = new ItemWatcher(this, item);
    this.itemWatchers.set(item, watcher);
    file.pollOn()?.watch(watcher);
    if (!file.followers.includes(this)) file.followers.push(this);
  }

  private unfollow(item: Item): void {
    const file = item.file!;
    const watcher = this.itemWatchers.get(item)!;
    this.itemWatchers.delete(item);
    file.pollOn()?.unwatch(watcher);
    if (this.items.some((other) => other !== item && other.file === file)) return;
    leave<Follower>(file.followers, this);
  }

  private enqueue(item: Item): void {
    item.place ??= this.nextPlace++;
  }

  private queueIfReady(k: Kernel, item: Item): void {
    if (pollItem(k, item) === 0) return;
    this.enqueue(item);
    this.wake(POLLIN | POLLRDNORM);
  }

  /** Something happened to an item's file (Linux ep_poll_callback). */
  itemWoken(item: Item, events: number): boolean {
    const wanted = item.events & ~PRIVATE_BITS;
    if (wanted === 0 || (events !== 0 && (events & wanted) === 0)) return false;
    this.enqueue(item);
    const sleeps = this.waiters.length > 0;
    this.wake(POLLIN | POLLRDNORM);
    const ways = events & (POLLIN | POLLOUT);
    return sleeps && (ways === 0 || (ways & item.events) !== 0);
  }

  /** What may be ready, the oldest first. */
  private queue(): Item[] {
    return this.items.filter((item) => item.place !== null).sort((a, b) => a.place! - b.place!);
  }

  /** Stores up to `max` events for the user; how many, 0 for none, or -EFAULT (Linux ep_send_events). */
  send(k: Kernel, t: Task, address: number, max: number): Result {
    let done = 0;
    for (const item of this.queue()) {
      if (done === max) break;
      const events = pollItem(k, item);
      if (events === 0) {
        item.place = null;
        continue;
      }
      const data = new Uint8Array(EVENT_SIZE);
      const view = new DataView(data.buffer);
      view.setUint32(0, events, true);
      view.setBigUint64(4, item.data, true);
      // What cannot be told stays at its place.
      if (copyOut(t, address + done * EVENT_SIZE, data) < 0) return done > 0 ? done : -EFAULT;
      item.place = null;
      if ((item.events & EPOLLONESHOT) !== 0) item.events = (item.events & PRIVATE_BITS) >>> 0;
      else if ((item.events & EPOLLET) === 0) this.enqueue(item);
      done++;
    }
    return done;
  }

  override poll(k: Kernel): number {
    for (const item of this.queue()) {
      if (pollItem(k, item) !== 0) return POLLIN | POLLRDNORM;
      item.place = null;
    }
    return 0;
  }

  /** Instances below this one, this one included, on the longest way down. */
  get depth(): number {
    let deepest = 0;
    for (const { file } of this.items) if (file instanceof EventPoll) deepest = Math.max(deepest, file.depth);
    return deepest + 1;
  }

  /** Instances above this one on the longest way up. */
  get height(): number {
    let highest = 0;
    for (const follower of this.followers) {
      if (follower instanceof EventPoll) highest = Math.max(highest, follower.height + 1);
    }
    return highest;
  }

  /** Whether it watches the other one, or something that does; so does what is nested deeper than can be. */
  reaches(other: EventPoll, nests = MAX_NESTS): boolean {
    if (nests < 0) return true;
    return this.items.some(
      ({ file }) => file === other || (file instanceof EventPoll && file.reaches(other, nests - 1)),
    );
  }

  override afterLoad(): void {
    for (const item of this.items) this.follow(item);
  }

  override released(): void {
    super.released();
    for (const item of this.items) this.unfollow(item);
    this.items = [];
  }

  override check(): void {
    super.check();
    for (const [i, { file, fd, place }] of this.items.entries()) {
      assert(file instanceof File && file.canPoll && file !== this, 'epoll watches what cannot be polled');
      assert(file.followers.includes(this), 'a file does not know the epoll instance that watches it');
      assert(place === null || place < this.nextPlace, 'an epoll item ahead of its queue');
      assert(!(file instanceof EventPoll) || !file.reaches(this), 'epoll instances watch each other');
      assert(this.find(file, fd) === this.items[i], 'epoll watches a descriptor twice');
    }
  }
}

/** The events that an item waits for and that hold. */
function pollItem(k: Kernel, item: Item): number {
  return (item.file!.poll(k) & item.events) >>> 0;
}
