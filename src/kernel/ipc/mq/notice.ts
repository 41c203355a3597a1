/** mq_notify(3): who is told that a message has come to an empty queue. Linux ipc/mqueue.c __do_notify. */
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bytes, i32, oneOf, optional, optRef, ref, struct, u32, type Values } from '../../kobject/fields.ts';
import { get, put } from '../../kobject/kobject.ts';
import type { NetlinkSock } from '../../net/netlink/sock.ts';
import type { UserNs } from '../../ns/user-ns.ts';
import { sendSignal } from '../../signal/send.ts';
import { siginfo } from '../../signal/siginfo.ts';
import { taskOfPid } from '../../task/find.ts';
import type { Pid } from '../../task/pid.ts';
import type { Task } from '../../task/task.ts';
import type { Mqueue } from './queue.ts';

const SI_MESGQ = -3;
/** Bytes that the C library finds its function by, Linux NOTIFY_COOKIE_LEN; the last says what has happened. */
export const COOKIE_SIZE = 32;
const WOKEN_UP = 1;
const REMOVED = 2;

export const NOTICES = ['signal', 'none', 'thread'] as const;

const noticeFields = {
  pid: ref<Pid>('pid', 'the process'),
  how: oneOf(...NOTICES)('SIGEV_*'),
  signo: u32('signal to send'),
  value: i32('sigev_value', { show: 'hex' }),
  userNs: ref<UserNs>('userns', 'whose ids name the sender'),
  cookie: bytes('SIGEV_THREAD: what to send to the socket'),
  socket: optRef<NetlinkSock>('netlinksock', 'SIGEV_THREAD: where a thread of the C library listens'),
};
export type Notice = Values<typeof noticeFields>;
export const noticeField = optional(struct(noticeFields, 'mq_notify(2)'));

export function checkNotice(notice: Notice | null): void {
  if (notice === null) return;
  assert(notice.signo <= 64, 'a notice by a signal that does not exist');
  assert((notice.how === 'thread') === (notice.socket !== null), 'a notice for a thread without its socket');
  assert(notice.how !== 'thread' || notice.cookie.length === COOKIE_SIZE, 'a notice with a cookie of another size');
}

/** The queue tells `notice` from now on. */
export function setNotice(queue: Mqueue, notice: Notice): void {
  get(notice.pid);
  get(notice.userNs);
  if (notice.socket !== null) get(notice.socket);
  queue.notice = notice;
}

function dropNotice(queue: Mqueue, { pid, userNs, socket }: Notice): void {
  queue.notice = null;
  put(pid);
  put(userNs);
  if (socket !== null) put(socket);
}

function sendCookie({ socket, cookie }: Notice, event: number): void {
  const message = cookie.slice();
  message[COOKIE_SIZE - 1] = event;
  socket?.deliver(message);
}

/** Nobody is told any more; a thread that waits for it learns that. */
export function removeNotice(queue: Mqueue): void {
  const { notice } = queue;
  if (notice === null) return;
  if (notice.how === 'thread') sendCookie(notice, REMOVED);
  dropNotice(queue, notice);
}

/** Tells whoever asked, once. `t` has sent the message. */
export function tell(k: Kernel, t: Task, queue: Mqueue): void {
  const { notice } = queue;
  if (notice === null) return;
  if (notice.how === 'thread') sendCookie(notice, WOKEN_UP);
  const target = notice.how === 'signal' && notice.signo > 0 ? taskOfPid(k, notice.pid) : null;
  if (target !== null) {
    const sender = t.signal.tgid.in(notice.pid.ns);
    const user = notice.userNs.shownUid(t.cred.uid);
    sendSignal(k, target, siginfo(notice.signo, SI_MESGQ, sender, user, notice.value), true);
  }
  dropNotice(queue, notice);
}
