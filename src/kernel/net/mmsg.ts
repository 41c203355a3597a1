/** sendmmsg(2), recvmmsg(2): several messages in one call. Linux net/socket.c __sys_sendmmsg, do_recvmmsg. */

import { EAGAIN, EFAULT } from '../errno.ts';
import { UIO_MAXIOV } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { BLOCKED, type Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block, endWait } from '../task/wait.ts';
import { readNs, type TimeWidth, writeNs } from '../time/timespec.ts';
import { socketOf } from './calls.ts';
import { MSG_DONTWAIT, MSG_OOB, MSG_WAITFORONE } from './constants.ts';
import { receiveHeader, sendHeader } from './msghdr.ts';
import type { SocketFile } from './socket-file.ts';

/** sizeof(struct mmsghdr): a msghdr and the bytes that were moved. */
const MMSGHDR_SIZE = 32;
const LENGTH_AT = 28;
const OUT_AT = 24;

interface Batch {
  readonly fd: number;
  readonly vector: number;
  readonly count: number;
  readonly flags: number;
}

/**
 * Works through the messages. While one of them sleeps, the wait record's progress is the number of those that are done, which is
 * what a signal makes the result; its data keeps that number, and what the sleeping one had got done.
 * @param move one message
 * @param stop asked after each message: whether the call ends here
 */
function each(
  t: Task,
  count: number,
  move: (index: number) => Result,
  stop: (index: number) => boolean,
): { done: number; result: Result } {
  let done = t.wait?.data[0] ?? 0;
  if (t.wait !== null) t.wait.progress = t.wait.data[1] ?? 0;
  while (done < count) {
    const result = move(done);
    if (result === BLOCKED) {
      block(t, { progress: done, data: [done, t.wait?.progress ?? 0, ...(t.wait?.data.slice(2) ?? [])] });
      return { done, result };
    }
    if (result < 0) return { done, result };
    endWait(t);
    if (stop(done++)) break;
  }
  return { done, result: 0 };
}

export function sendmmsg(k: Kernel, t: Task, a: Batch): Result {
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  const at = (index: number): number => a.vector + index * MMSGHDR_SIZE;
  const move = (index: number): Result => {
    const sent = sendHeader(k, t, file, at(index), a.flags);
    if (sent < 0) return sent;
    return t.mm?.put32(at(index) + LENGTH_AT, sent) ? sent : -EFAULT;
  };
  const { done, result } = each(t, Math.min(a.count, UIO_MAXIOV), move, () => false);
  if (result === BLOCKED) return result;
  return done > 0 ? done : result;
}

export interface ReceiveBatch extends Batch {
  readonly timeout: number;
  readonly width: TimeWidth;
}

/** The timeout is looked at after each message only: it ends no sleep. */
export function recvmmsg(k: Kernel, t: Task, a: ReceiveBatch): Result {
  const timeout = a.timeout === 0 ? null : readNs(t, a.timeout, a.width);
  if (typeof timeout === 'number') return timeout;
  const entered = t.wait === null;
  const file = socketOf(t, a.fd);
  if (typeof file === 'number') return file;
  const error = entered ? file.sock.takeError() : 0;
  if (error < 0) return error;
  const end = timeout === null ? null : (t.wait?.data[2] ?? k.clock.now() + timeout.ns);
  const { done, result } = receiveAll(k, t, file, a, end);
  if (result === BLOCKED) {
    if (end !== null && t.wait !== null)
      t.wait.data = [...t.wait.data.slice(0, 2), Math.min(end, Number.MAX_SAFE_INTEGER)];
    return result;
  }
  if (done === 0) return result;
  // The error comes with the next call, since this one has something to tell.
  if (result < 0 && result !== -EAGAIN) file.sock.err = -result;
  if (end !== null) writeNs(t, a.timeout, a.width, Math.max(0, end - k.clock.now()));
  return done;
}

function receiveAll(
  k: Kernel,
  t: Task,
  file: SocketFile,
  a: ReceiveBatch,
  end: number | null,
): { done: number; result: Result } {
  const at = (index: number): number => a.vector + index * MMSGHDR_SIZE;
  const move = (index: number): Result => {
    const later = index > 0 && (a.flags & MSG_WAITFORONE) !== 0 ? MSG_DONTWAIT : 0;
    const got = receiveHeader(k, t, file, at(index), (a.flags & ~MSG_WAITFORONE) | later);
    if (got < 0) return got;
    return t.mm?.put32(at(index) + LENGTH_AT, got) ? got : -EFAULT;
  };
  const stop = (index: number): boolean => {
    const urgent = ((t.mm?.get32(at(index) + OUT_AT) ?? 0) & MSG_OOB) !== 0;
    return urgent || (end !== null && k.clock.now() >= end);
  };
  return each(t, Math.min(a.count, UIO_MAXIOV), move, stop);
}
