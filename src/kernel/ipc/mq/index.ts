/** POSIX message queues: object kinds and system calls. */

import { openFlags } from '../../fs/name-calls.ts';
import type { Kernel } from '../../kernel.ts';
import type { KindClass } from '../../kobject/kobject.ts';
import { fd, octal, path, ptr, u32 } from '../../syscall/args.ts';
import { type Syscall, syscall } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { CLOCK } from '../../time/clocks.ts';
import { readDeadline } from '../../time/sleep.ts';
import type { TimeWidth } from '../../time/timespec.ts';
import { mqGetSetAttr, mqNotify, mqOpen, mqReceive, mqSend, mqUnlink } from './calls.ts';
import { MqFile } from './file.ts';
import { Mqueue } from './queue.ts';
import { MqueueRoot } from './root.ts';

export const mqKinds: readonly KindClass[] = [Mqueue, MqueueRoot, MqFile];

/** The time at which the call gives up, by the wall clock; read once. */
function deadlineOf(k: Kernel, t: Task, at: number, width: TimeWidth): { deadline: number | null } | number {
  if (at === 0 || t.wait !== null) return { deadline: null };
  return readDeadline(k, t, at, { clock: CLOCK.CLOCK_REALTIME, absolute: true, width });
}

const sendArgs = { mqdes: fd, msg_ptr: ptr, msg_len: u32, msg_prio: u32, abs_timeout: ptr };
const receiveArgs = { ...sendArgs, msg_prio: ptr };

function timed(nr: number, name: string, args: typeof sendArgs, width: TimeWidth, body: typeof mqSend): Syscall {
  return syscall(nr, name, args, (k, t, a) => {
    const time = deadlineOf(k, t, a.abs_timeout, width);
    if (typeof time === 'number') return time;
    return body(k, t, { fd: a.mqdes, at: a.msg_ptr, length: a.msg_len, priority: a.msg_prio, ...time });
  });
}

export const mqCalls: readonly Syscall[] = [
  syscall(277, 'mq_open', { name: path, oflag: openFlags, mode: octal, attr: ptr }, (k, t, a) =>
    mqOpen(k, t, a.name, a.oflag, a.mode, a.attr),
  ),
  syscall(278, 'mq_unlink', { name: path }, (k, t, a) => mqUnlink(k, t, a.name)),
  timed(279, 'mq_timedsend', sendArgs, 32, mqSend),
  timed(280, 'mq_timedreceive', receiveArgs, 32, mqReceive),
  syscall(281, 'mq_notify', { mqdes: fd, sevp: ptr }, (k, t, a) => mqNotify(k, t, a.mqdes, a.sevp)),
  syscall(282, 'mq_getsetattr', { mqdes: fd, newattr: ptr, oldattr: ptr }, (k, t, a) =>
    mqGetSetAttr(k, t, a.mqdes, a.newattr, a.oldattr),
  ),
  timed(418, 'mq_timedsend_time64', sendArgs, 64, mqSend),
  timed(419, 'mq_timedreceive_time64', receiveArgs, 64, mqReceive),
];
