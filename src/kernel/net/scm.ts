/** Control messages of AF_UNIX: descriptors and credentials that travel beside the data, unix(7). Linux net/core/scm.c. */

import type { Container } from '../container.ts';
import { EBADF, EINVAL, EPERM, ESRCH, ETOOMANYREFS } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { AF_UNIX, SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from './constants.ts';
import type { Sender } from './message.ts';
import { collectGarbage, inflightOf } from './unix/garbage.ts';

/** sizeof(struct cmsghdr) on i386: length, level, type. */
export const CMSG_HEADER = 12;
/** Descriptors in one message (Linux SCM_MAX_FD). */
const MAX_FILES = 253;
const UCRED_SIZE = 12;

/** Where the next control message starts: they are aligned to longs. */
export function cmsgAlign(length: number): number {
  return (length + 3) & ~3;
}

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: DataView;
}

/** The messages of a control buffer; a length that cannot be is -EINVAL, once the messages before it have been seen. */
export function* controlMessages(control: Uint8Array): Generator<ControlMessage | Result> {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  for (let at = 0; at + CMSG_HEADER <= control.length; ) {
    const length = view.getUint32(at, true);
    if (length < CMSG_HEADER || length > control.length - at) {
      yield -EINVAL;
      return;
    }
    const data = new DataView(control.buffer, control.byteOffset + at + CMSG_HEADER, length - CMSG_HEADER);
    yield { level: view.getInt32(at + 4, true), type: view.getInt32(at + 8, true), data };
    at += cmsgAlign(length);
  }
}

/** What a send takes along. The files are not counted: who keeps them does that. */
export interface Baggage {
  readonly files: readonly File[];
  readonly sender: Sender | null;
}

/** Reads what a sender put beside the data: -EINVAL, -EBADF, -EPERM, -ESRCH (Linux __scm_send). */
export function readBaggage(t: Task, family: number, control: Uint8Array): Baggage | Result {
  const files: File[] = [];
  let sender: Sender | null = null;
  for (const message of controlMessages(control)) {
    if (typeof message === 'number') return message;
    if (message.level !== SOL_SOCKET) continue;
    if (message.type === SCM_RIGHTS) {
      const error = family === AF_UNIX ? takeFiles(t, message.data, files) : -EINVAL;
      if (error < 0) return error;
    } else if (message.type === SCM_CREDENTIALS) {
      const claimed = takeCredentials(t, message.data);
      if (typeof claimed === 'number') return claimed;
      sender = claimed;
    } else {
      return -EINVAL;
    }
  }
  return { files, sender };
}

function takeFiles(t: Task, data: DataView, into: File[]): Result {
  const count = data.byteLength >>> 2;
  if (count > MAX_FILES || into.length + count > MAX_FILES) return -EINVAL;
  for (let i = 0; i < count; i++) {
    const file = t.files.file(data.getInt32(4 * i, true));
    if (file === null) return -EBADF;
    into.push(file);
  }
  return 0;
}

/** Nobody may say to be somebody else without a capability for it (Linux scm_check_creds). */
function takeCredentials(t: Task, data: DataView): Sender | Result {
  if (data.byteLength !== UCRED_SIZE) return -EINVAL;
  const [pid, uid, gid] = [data.getInt32(0, true), data.getUint32(4, true), data.getUint32(8, true)];
  if (uid === 0xffff_ffff || gid === 0xffff_ffff) return -EINVAL;
  const { cred } = t;
  if (pid !== t.tgid && !cred.capable(CAP.SYS_ADMIN)) return -EPERM;
  if (![cred.uid, cred.euid, cred.suid].includes(uid) && !cred.capable(CAP.SETUID)) return -EPERM;
  if (![cred.gid, cred.egid, cred.sgid].includes(gid) && !cred.capable(CAP.SETGID)) return -EPERM;
  const found = pid === t.tgid ? t.signal.tgid : t.pid.ns.find(pid);
  return found === null ? -ESRCH : { pid: found, uid, gid };
}

/** Who the task is, for a message that must say so. */
export function senderOf(t: Task): Sender {
  return { pid: t.signal.tgid, uid: t.cred.uid, gid: t.cred.gid };
}

/** Whether the user has more files under way than may be open (Linux too_many_unix_fds): 0 or -ETOOMANYREFS. */
export function mayTakeAlong(t: Task): Result {
  if (t.cred.capable(CAP.SYS_RESOURCE) || t.cred.capable(CAP.SYS_ADMIN)) return 0;
  const underWay = inflightOf(t.container, t.cred.uid);
  return underWay > t.signal.limit(RLIMIT.RLIMIT_NOFILE) ? -ETOOMANYREFS : 0;
}

/**
 * Drops references to files that came out of a queue, and then what only circles of queues still hold. A file may be a socket
 * with files in its own queue, and so on: they are worked off here one after another, not within each other.
 */
export function dropFiles(container: Container, files: readonly File[]): void {
  if (files.length === 0) return;
  if (container.dropping !== null) {
    container.dropping.push(...files);
    return;
  }
  container.dropping = [...files];
  do {
    for (let file = container.dropping.shift(); file !== undefined; file = container.dropping.shift()) put(file);
    container.dropping.push(...collectGarbage(container));
  } while (container.dropping.length > 0);
  container.dropping = null;
}

/**
 * What only circles of queues hold goes: after each call and each exit that may have closed the last way to it. Linux looks
 * for it at some later close of a socket; here it is never there when an image is made.
 */
export function dropGarbage(container: Container): void {
  if (container.dropping === null && container.inflight > 0) dropFiles(container, collectGarbage(container));
}
