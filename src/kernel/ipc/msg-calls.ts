/** msgget(2), msgsnd(2), msgrcv(2). */
import { E2BIG, EACCES, EAGAIN, EFAULT, EIDRM, EINVAL, ENOMSG } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { IPC_NOWAIT, ipcGet } from './get.ts';
import {
  FAILED,
  GIVEN,
  type Message,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_NOERROR,
  MsgQueue,
  matches,
  RECEIVING,
  SENDING,
  wantedBy,
} from './msg.ts';
import { obtain, ownership, permits, processNumber, seconds } from './object.ts';
import { packBytes, unpackBytes } from './packed.ts';

export function msgget(k: Kernel, t: Task, key: number, flags: number): Result {
  const { ipc } = t.nsproxy;
  return ipcGet(t, {
    table: ipc.msg,
    limit: ipc.msgmni,
    key,
    flags,
    make: () => new MsgQueue({ ...ownership(k, t, key, flags), qbytes: ipc.msgmnb }),
    fits: () => true,
  });
}

/** The queue that a call works on, also after it slept: by then it may have been removed. */
function queueOf(t: Task, id: number, access: number): MsgQueue | Result {
  const slept = t.wait?.on[0];
  const queue = slept instanceof MsgQueue ? slept : obtain(t.nsproxy.ipc.msg, id);
  if (queue === null) return -EINVAL;
  if (queue.removed) return -EIDRM;
  return permits(t, queue, access) ? queue : -EACCES;
}

/** msgsnd(2). The message is read once; while the call sleeps, its wait record keeps it. */
export function msgsnd(k: Kernel, t: Task, id: number, from: number, size: number, flags: number): Result {
  const message = sleepersMessage(t) ?? readMessage(t, id, from, size);
  if (typeof message === 'number') return message;
  const queue = queueOf(t, id, 0o222);
  if (typeof queue === 'number') return queue;
  if (!queue.hasRoom(message.data.length)) {
    if (flags & IPC_NOWAIT) return -EAGAIN;
    return block(t, { on: [queue], restart: 'nohand', data: [SENDING, ...packed(message)] });
  }
  queue.lspid = processNumber(t);
  queue.stime = seconds(k);
  if (!hand(k, queue, message)) queue.messages.push(message);
  return 0;
}

function readMessage(t: Task, id: number, from: number, size: number): Message | Result {
  const type = t.mm!.get32(from);
  if (type === null) return -EFAULT;
  if (size < 0 || size > t.nsproxy.ipc.msgmax || id < 0 || (type | 0) < 1) return -EINVAL;
  const data = t.mm!.readBytes(from + 4, size);
  return data === null ? -EFAULT : { type: type | 0, data };
}

function sleepersMessage(t: Task): Message | null {
  return t.wait?.data[0] === SENDING ? unpacked(t.wait.data.slice(1)) : null;
}

/** A message as numbers for a wait record. */
function packed({ type, data }: Message): number[] {
  return [type, ...packBytes(data)];
}

function unpacked([type, ...data]: readonly number[]): Message {
  return { type: type!, data: unpackBytes(data) };
}

/** Gives a message to the first sleeping receiver that wants it; those whose buffer is too small fail (Linux pipelined_send). */
function hand(k: Kernel, queue: MsgQueue, message: Message): boolean {
  for (const task of queue.receivers) {
    const { data } = task.wait!;
    const [, type, flags, room] = data as [number, number, number, number];
    if (!matches(message, wantedBy(type, flags))) continue;
    task.wakeUp();
    if (room < message.data.length) {
      task.wait!.data = [FAILED, -E2BIG];
      continue;
    }
    queue.lrpid = processNumber(task);
    queue.rtime = seconds(k);
    task.wait!.data = [GIVEN, ...packed(message)];
    return true;
  }
  return false;
}

export interface Receive {
  readonly id: number;
  readonly to: number;
  readonly size: number;
  readonly type: number;
  readonly flags: number;
}

/** msgrcv(2): the bytes of the message, without its type. */
export function msgrcv(k: Kernel, t: Task, call: Receive): Result {
  const [state, ...rest] = t.wait?.data ?? [];
  if (state === GIVEN) return deliver(t, call, unpacked(rest));
  if (state === FAILED) return rest[0]!;
  const { id, size, type, flags } = call;
  if (id < 0 || size < 0) return -EINVAL;
  if (flags & MSG_COPY) {
    if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)) return -EINVAL;
    if (copyIn(t, call.to, Math.min(size, t.nsproxy.ipc.msgmax)) === null) return -EFAULT;
  }
  const queue = queueOf(t, id, 0o444);
  if (typeof queue === 'number') return queue;
  const message = queue.find(wantedBy(type, flags));
  if (message !== null) return receive(k, t, call, queue, message);
  if (flags & IPC_NOWAIT) return -ENOMSG;
  const room = flags & MSG_NOERROR ? 0x7fff_ffff : size;
  return block(t, { on: [queue], restart: 'nohand', data: [RECEIVING, type, flags, room] });
}

function receive(k: Kernel, t: Task, call: Receive, queue: MsgQueue, message: Message): Result {
  const { size, flags } = call;
  if (size < message.data.length && !(flags & MSG_NOERROR)) return -E2BIG;
  if (flags & MSG_COPY) return size < message.data.length ? -EINVAL : deliver(t, call, message);
  queue.take(message);
  queue.rtime = seconds(k);
  queue.lrpid = processNumber(t);
  for (const sender of queue.senders) if (queue.hasRoom(sender.wait!.data[2]!)) sender.wakeUp();
  return deliver(t, call, message);
}

/** The message has left its queue: it is lost when the buffer cannot be written. */
function deliver(t: Task, { to, size }: Receive, { type, data }: Message): Result {
  const shown = data.subarray(0, size);
  return t.mm!.put32(to, type) && t.mm!.writeBytes(to + 4, shown) ? shown.length : -EFAULT;
}
