/** msgctl(2). Linux ipc/msg.c. */

import { EFAULT, EINVAL, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import {
  type ControlCall,
  type ControlCommand,
  checkControl,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  type Layout,
  readOwner,
  StructWriter,
  setOwner,
  statCommands,
} from './control.ts';
import type { MsgQueue } from './msg.ts';
import { highestPlace, numberIn, obtain, removeId } from './object.ts';

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

const COMMANDS: ReadonlyMap<number, ControlCommand> = new Map<number, ControlCommand>([
  [IPC_RMID, remove],
  [IPC_SET, set],
  ...statCommands(MSG_STAT, MSG_STAT_ANY, (t) => t.nsproxy.ipc.msg, describe),
  [IPC_INFO, (_k, t, call) => limits(t, call, MSGPOOL, MSGMAP, MSGTQL)],
  [MSG_INFO, usage],
]);

export function msgctl(k: Kernel, t: Task, id: number, cmd: number, arg: number, layout: Layout): Result {
  if (id < 0 || cmd < 0) return -EINVAL;
  return COMMANDS.get(cmd)?.(k, t, { id, arg, layout }) ?? -EINVAL;
}

function remove(_k: Kernel, t: Task, { id }: ControlCall): Result {
  const { msg } = t.nsproxy.ipc;
  const queue = obtain(msg, id);
  const error = checkControl(t, queue);
  if (error === 0 && queue !== null) removeId(msg, queue);
  return error;
}

/** Everybody who sleeps on the queue looks again: rights and room may have changed. */
function set(k: Kernel, t: Task, { id, arg, layout }: ControlCall): Result {
  const view = copyIn(t, arg, SIZE[layout]);
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

function describe(k: Kernel, t: Task, queue: MsgQueue, layout: Layout): StructWriter {
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
  return to;
}

function limits(t: Task, { arg }: ControlCall, pool: number, map: number, tql: number): Result {
  const { msg, msgmax, msgmnb, msgmni } = t.nsproxy.ipc;
  const to = new StructWriter(32).u32(pool, map, msgmax, msgmnb, msgmni, MSGSSZ, tql).u16(MSGSEG);
  return copyOut(t, arg, to.bytes) < 0 ? -EFAULT : highestPlace(msg);
}

function usage(_k: Kernel, t: Task, call: ControlCall): Result {
  const queues = [...t.nsproxy.ipc.msg.objects.values()];
  const messages = queues.reduce((sum, queue) => sum + queue.messages.length, 0);
  const bytes = queues.reduce((sum, queue) => sum + queue.bytes, 0);
  return limits(t, call, queues.length, messages, bytes);
}
