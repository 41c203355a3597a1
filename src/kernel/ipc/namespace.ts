/** IPC namespaces, ipc_namespaces(7): the tables of identifiers and their limits. */

import type { Mount } from '../fs/mount.ts';
import { assert } from '../kobject/errors.ts';
import { optRef, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Namespace } from '../ns/namespace.ts';
import { MqueueRoot } from './mq/root.ts';
import type { MsgQueue } from './msg.ts';
import { checkTable, idTable, MAX_PLACES } from './object.ts';
import type { SemSet } from './sem.ts';
import type { ShmSegment } from './shm.ts';

/** No limit that matters: ULONG_MAX - 2^24, Linux include/uapi/linux/shm.h SHMMAX. */
const UNLIMITED = 0xfeff_ffff;

export class IpcNs extends derived(Namespace, 'ipcns', 2, {
  shm: idTable<ShmSegment>('shmsegment', 'shared memory segments'),
  sem: idTable<SemSet>('semset', 'semaphore sets'),
  msg: idTable<MsgQueue>('msgqueue', 'message queues'),
  shmmax: u32('bytes of one segment, kernel.shmmax', { initial: UNLIMITED }),
  shmall: u32('pages of all segments, kernel.shmall', { initial: UNLIMITED }),
  shmmni: u32('segments, kernel.shmmni', { initial: 4096 }),
  semmsl: u32('semaphores of one set, kernel.sem', { initial: 32_000 }),
  semmns: u32('semaphores of all sets', { initial: 1_024_000_000 }),
  semopm: u32('operations of one semop(2)', { initial: 500 }),
  semmni: u32('semaphore sets', { initial: 32_000 }),
  msgmax: u32('bytes of one message, kernel.msgmax', { initial: 8192 }),
  msgmnb: u32('bytes of a new queue, kernel.msgmnb', { initial: 16_384 }),
  msgmni: u32('queues, kernel.msgmni', { initial: 32_000 }),
  mqMount: optRef<Mount>('mount', 'the mqueue filesystem, once somebody has used it', { since: 2 }),
  mqQueuesMax: u32('POSIX message queues, fs.mqueue.queues_max', { initial: 256, since: 2 }),
  mqMsgMax: u32('messages of one, fs.mqueue.msg_max', { initial: 10, since: 2 }),
  mqMsgsizeMax: u32('bytes of a message, fs.mqueue.msgsize_max', { initial: 8192, since: 2 }),
  mqMsgDefault: u32('messages of one that is opened without limits, fs.mqueue.msg_default', { initial: 10, since: 2 }),
  mqMsgsizeDefault: u32('bytes of a message of such a one', { initial: 8192, since: 2 }),
}) {
  /** Pages of all segments. */
  get shmPages(): number {
    return [...this.shm.objects.values()].reduce((sum, segment) => sum + segment.pages, 0);
  }

  /** Semaphores of all sets. */
  get semaphores(): number {
    return [...this.sem.objects.values()].reduce((sum, set) => sum + set.values.length, 0);
  }

  /** Segments that are still attached go on without an identifier. */
  override released(): void {
    for (const segment of this.shm.objects.values()) segment.orphaned();
    // Queues that are open or mounted elsewhere stay.
    const root = this.mqMount?.root.inode;
    if (root instanceof MqueueRoot) root.ns = null;
  }

  override check(): void {
    for (const table of [this.shm, this.sem, this.msg]) checkTable(table);
    for (const limit of [this.shmmni, this.semmni, this.msgmni])
      assert(limit <= MAX_PLACES, 'an IPC limit out of range');
    for (const segment of this.shm.objects.values()) assert(segment.ns === this, 'a segment of another namespace');
  }
}
