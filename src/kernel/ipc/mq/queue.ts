/** POSIX message queues, mq_overview(7): what a name of the mqueue filesystem leads to. Linux ipc/mqueue.c. */
import { EINVAL, EMFILE, EOVERFLOW } from '../../errno.ts';
import type { File } from '../../fd/file.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../fd/poll.ts';
import { Inode } from '../../fs/inode.ts';
import type { Path } from '../../fs/path.ts';
import type { SuperBlock } from '../../fs/superblock.ts';
import { now, timesOf } from '../../fs/timestamp.ts';
import { openFiles } from '../../fs/unmap.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bytes, list, struct, u32, type Values } from '../../kobject/fields.ts';
import { derived } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import { CAP } from '../../task/cred.ts';
import { RLIMIT } from '../../task/signal.ts';
import { isRealtime, type Task } from '../../task/task.ts';
import type { IpcNs } from '../namespace.ts';
import { MqFile } from './file.ts';
import { checkNotice, noticeField } from './notice.ts';

/** Priorities are below it, Linux MQ_PRIO_MAX. */
export const MQ_PRIO_MAX = 32_768;
/** What nobody may exceed, Linux HARD_MSGMAX and HARD_MSGSIZEMAX. */
const HARD_MSGMAX = 65_536;
const HARD_MSGSIZEMAX = 16 * 2 ** 20;
/** What a message takes of RLIMIT_MSGQUEUE beside its bytes: sizeof(struct msg_msg), and of a node of the tree. */
const MESSAGE_OVERHEAD = 24;
const NODE_OVERHEAD = 24;
/** st_size, Linux FILENT_SIZE. */
const QUEUE_SIZE = 80;
const ULONG_MAX = 0xffff_ffff;

const messageFields = {
  priority: u32('msg_prio'),
  data: bytes('the message'),
};
export type MqMessage = Values<typeof messageFields>;

/** First value of a sleeper's wait record: what it does, or that it is done. No lock's and no poller's is like these. */
export const MQ = { RECEIVING: 0x6d71_0000, SENDING: 0x6d71_0001, GIVEN: 0x6d71_0002, TAKEN: 0x6d71_0003 } as const;

export interface MqLimits {
  readonly maxMsg: number;
  readonly msgSize: number;
}

export class Mqueue extends derived(Inode, 'mqueue', 1, {
  maxMsg: u32('mq_maxmsg: most messages'),
  msgSize: u32('mq_msgsize: most bytes of one'),
  account: u32('user whose RLIMIT_MSGQUEUE pays'),
  messages: list(struct(messageFields, 'a message'), 'highest priority first, of one priority the oldest'),
  notice: noticeField,
}) {
  override open(_k: Kernel, _t: Task, { mount, dentry }: Path, flags: number): File {
    return new MqFile({ flags, mount, dentry, inode: this });
  }

  /** The size that stat(2) tells, and nothing else. */
  override resize(length: number): Result {
    this.size = length;
    this.touchMtime();
    return 0;
  }

  get isFull(): boolean {
    return this.messages.length >= this.maxMsg;
  }

  /** Bytes of all messages. */
  get bytes(): number {
    return this.messages.reduce((sum, { data }) => sum + data.length, 0);
  }

  insert(message: MqMessage): void {
    const at = this.messages.findIndex(({ priority }) => priority < message.priority);
    this.messages.splice(at < 0 ? this.messages.length : at, 0, message);
  }

  /** Who sleeps to send or to receive and is next: the most urgent task, of these the first that came; null for nobody. */
  sleeper(what: number): Task | null {
    let next: Task | null = null;
    for (const task of this.waiters) {
      if (task.wait?.data[0] === what && (next === null || urgency(task) < urgency(next))) next = task;
    }
    return next;
  }

  /** POLL* bits that hold now. */
  get ready(): number {
    const input = this.messages.length > 0 ? POLLIN | POLLRDNORM : 0;
    return input | (this.isFull ? 0 : POLLOUT | POLLWRNORM);
  }

  override check(): void {
    super.check();
    const { maxMsg, msgSize, messages } = this;
    assert(this.isRegular, 'a message queue of another type');
    assert(maxMsg > 0 && maxMsg <= HARD_MSGMAX && msgSize > 0 && msgSize <= HARD_MSGSIZEMAX, 'a queue out of range');
    assert(messages.length <= maxMsg, 'a queue with too many messages');
    let last = MQ_PRIO_MAX - 1;
    for (const { priority, data } of messages) {
      assert(priority <= last, 'messages out of order');
      assert(data.length <= msgSize, 'a message that is too long');
      last = priority;
    }
    checkNotice(this.notice);
  }
}

/** As Linux counts priorities: less is more urgent. */
function urgency({ policy, rtPriority, nice }: Task): number {
  return isRealtime(policy) ? -rtPriority : 20 + nice;
}

/** What a queue takes of its user's RLIMIT_MSGQUEUE. */
function charge({ maxMsg, msgSize }: MqLimits): number {
  return maxMsg * msgSize + maxMsg * MESSAGE_OVERHEAD + Math.min(maxMsg, MQ_PRIO_MAX) * NODE_OVERHEAD;
}

/** Every queue that has a name in a namespace of some task, or is open. */
function queues(k: Kernel): Set<Mqueue> {
  const found = new Set<Mqueue>();
  const keep = (inode: Inode | null): void => {
    if (inode instanceof Mqueue) found.add(inode);
  };
  const alive = k.container.tasks.filter((task) => task.alive);
  const namespaces = new Set(alive.map((task) => task.nsproxy.ipc));
  for (const { mqMount } of namespaces) for (const { inode } of mqMount?.root.children.values() ?? []) keep(inode);
  for (const { inode } of openFiles(k)) keep(inode);
  return found;
}

function charged(k: Kernel, user: number): number {
  return [...queues(k)].reduce((sum, queue) => sum + (queue.account === user ? charge(queue) : 0), 0);
}

/** A new queue (refs 0), or why it is refused (Linux mqueue_get_inode). Null asks for the namespace's usual limits. */
export function makeQueue(t: Task, sb: SuperBlock, ns: IpcNs, mode: number, asked: MqLimits | null): Mqueue | Result {
  const { maxMsg, msgSize } = asked ?? {
    maxMsg: Math.min(ns.mqMsgMax, ns.mqMsgDefault),
    msgSize: Math.min(ns.mqMsgsizeMax, ns.mqMsgsizeDefault),
  };
  const resource = t.cred.capable(CAP.SYS_RESOURCE);
  const most = resource ? HARD_MSGMAX : ns.mqMsgMax;
  const longest = resource ? HARD_MSGSIZEMAX : ns.mqMsgsizeMax;
  if (maxMsg <= 0 || msgSize <= 0 || maxMsg > most || msgSize > longest) return -EINVAL;
  const bytes = charge({ maxMsg, msgSize });
  if (bytes > ULONG_MAX) return -EOVERFLOW;
  const account = t.cred.uid;
  if (charged(sb.k, account) + bytes > t.signal.limit(RLIMIT.RLIMIT_MSGQUEUE)) return -EMFILE;
  sb.inodesUsed++;
  return new Mqueue({
    ...{ sb, ino: sb.takeIno(), mode, nlink: 1, size: QUEUE_SIZE, ...timesOf(now(sb.k)) },
    ...{ uid: t.cred.fsuid, gid: t.cred.fsgid, maxMsg, msgSize, account },
  });
}
