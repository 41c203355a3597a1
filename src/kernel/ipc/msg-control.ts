/** msgctl(2). Linux ipc/msg.c. */

import { EACCES, EFAULT, EINVAL, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import {
  checkControl,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  type Layout,
  readOwner,
  StructWriter,
  setOwner,
} from './control.ts';
import type { MsgQueue } from './msg.ts';
import { atPlace, highestPlace, numberIn, obtain, permits, removeId } from './object.ts';

const MSG_STAT = 11;
const MSG_INFO = 12;
const MSG_STAT_ANY = 13;
export const MSG_COMMANDS = { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO, MSG_STAT, MSG_INFO, MSG_STAT_ANY };

/** sizeof(struct msqid64_ds), sizeof(struct msqid_ds). */
const SIZE = { ipc64: 88, old: 56 } as const;
/** Where qbytes stands in each, and the wider msg_lqbytes of the old one. */
const QBYTES = { ipc64: 68, old: 48 } as const;
const OLD_LQBYTES = 40;
/** Never enforced; Linux include/uapi/linux/msg.h. */
const MSGMAP = 16_384;
const MSGPOOL = 512_000;
const MSGTQL = 16_384;
const MSGSSZ = 16;
const MSGSEG = 0xffff;

interface Call {
  readonly id: number;
  readonly buf: number;
  readonly layout: Layout;
}
type Command = (k: Kernel, t: Task, call: Call) => Result;

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [IPC_RMID, remove],
  [IPC_SET, set],
  [IPC_STAT, (k, t, call) => stat(k, t, call, obtain(t.nsproxy.ipc.msg, call.id), { checked: true, by: 'id' })],
  [MSG_STAT, (k, t, call) => stat(k, t, call, atPlace(t.nsproxy.ipc.msg, call.id), { checked: true, by: 'place' })],
  [
    MSG_STAT_ANY,
    (k, t, call) => stat(k, t, call, atPlace(t.nsproxy.ipc.msg, call.id), { checked: false, by: 'place' }),
  ],
  [IPC_INFO, (_k, t, call) => limits(t, call, MSGPOOL, MSGMAP, MSGTQL)],
  [MSG_INFO, usage],
]);

export function msgctl(k: Kernel, t: Task, id: number, cmd: number, buf: number, layout: Layout): Result {
  if (id < 0 || cmd < 0) return -EINVAL;
  return COMMANDS.get(cmd)?.(k, t, { id, buf, layout }) ?? -EINVAL;
}

function remove(_k: Kernel, t: Task, { id }: Call): Result {
  const { msg } = t.nsproxy.ipc;
  const queue = obtain(msg, id);
  const error = checkControl(t, queue);
  if (error === 0 && queue !== null) removeId(msg, queue);
  return error;
}

/** Everybody who sleeps on the queue looks again: rights and room may have changed. */
function set(k: Kernel, t: Task, { id, buf, layout }: Call): Result {
  const view = copyIn(t, buf, SIZE[layout]);
  if (view === null) return -EFAULT;
  const queue = obtain(t.nsproxy.ipc.msg, id);
  const error = checkControl(t, queue);
  if (error < 0 || queue === null) return error;
  const qbytes = readQbytes(view, layout);
  if (qbytes > t.nsproxy.ipc.msgmnb && !t.cred.capable(CAP.SYS_RESOURCE)) return -EPERM;
  const refused = setOwner(k, queue, readOwner(view, layout));
  if (refused < 0) return refused;
  queue.qbytes = qbytes;
  queue.wake(0);
  return 0;
}

function readQbytes(view: DataView, layout: Layout): number {
  if (layout === 'ipc64') return view.getUint32(QBYTES.ipc64, true);
  return view.getUint16(QBYTES.old, true) || view.getUint32(OLD_LQBYTES, true);
}

interface Asked {
  /** Whether reading rights are needed. */
  readonly checked: boolean;
  /** MSG_STAT is asked by place and returns the identifier. */
  readonly by: 'id' | 'place';
}

function stat(k: Kernel, t: Task, { buf, layout }: Call, queue: MsgQueue | null, { checked, by }: Asked): Result {
  if (queue === null) return -EINVAL;
  if (checked && !permits(t, queue, 0o444)) return -EACCES;
  const { stime, rtime, ctime, bytes, qbytes } = queue;
  const count = queue.messages.length;
  const [lspid, lrpid] = [numberIn(k, t.pid.ns, queue.lspid), numberIn(k, t.pid.ns, queue.lrpid)];
  const to = new StructWriter(SIZE[layout]).perm(queue, layout);
  const short = (n: number): number => Math.min(n, 0xffff);
  if (layout === 'ipc64') to.time64(stime, rtime, ctime).u32(bytes, count, qbytes, lspid, lrpid);
  else {
    to.u32(0, 0, stime, rtime, ctime, bytes, qbytes);
    to.u16(short(bytes), short(count), short(qbytes), lspid, lrpid);
  }
  if (copyOut(t, buf, to.bytes) < 0) return -EFAULT;
  return by === 'id' ? 0 : queue.id;
}

function limits(t: Task, { buf }: Call, pool: number, map: number, tql: number): Result {
  const { msg, msgmax, msgmnb, msgmni } = t.nsproxy.ipc;
  const to = new StructWriter(32).u32(pool, map, msgmax, msgmnb, msgmni, MSGSSZ, tql).u16(MSGSEG);
  return copyOut(t, buf, to.bytes) < 0 ? -EFAULT : highestPlace(msg);
}

function usage(_k: Kernel, t: Task, call: Call): Result {
  const queues = [...t.nsproxy.ipc.msg.objects.values()];
  const messages = queues.reduce((sum, queue) => sum + queue.messages.length, 0);
  const bytes = queues.reduce((sum, queue) => sum + queue.bytes, 0);
  return limits(t, call, queues.length, messages, bytes);
}
