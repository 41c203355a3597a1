/** The receive queue of an AF_UNIX socket: what is in it, and whom it is charged to. */

import type { File } from '../../fd/file.ts';
import { assert } from '../../kobject/errors.ts';
import { bytes, list, optional, optRef, ref, struct, u32, type Values } from '../../kobject/fields.ts';
import { get, put } from '../../kobject/kobject.ts';
import { leave } from '../../ordered.ts';
import type { Pid } from '../../task/pid.ts';
import type { Sender } from '../message.ts';
import { dropFiles } from '../scm.ts';
import { READ_EVENTS } from '../sock.ts';
import type { UnixSock } from './sock.ts';

const senderFields = {
  pid: optRef<Pid>('pid', 'the process'),
  uid: u32('real user'),
  gid: u32('real group'),
};

const messageFields = {
  data: bytes('what was sent at once: a datagram, or a piece of a stream'),
  offset: u32('bytes that were read already'),
  files: list(ref<File>('file', 'an open file that travels along'), 'SCM_RIGHTS'),
  sender: optional(struct(senderFields, 'SCM_CREDENTIALS')),
  from: ref<UnixSock>('unixsock', 'who sent it; its buffer is charged'),
  charge: u32("bytes of the sender's buffer that it takes"),
  user: u32('real user who sent the files'),
};
export const messageField = struct(messageFields, 'a message');
export type Message = Values<typeof messageFields>;

/** A message without references taken yet. */
export interface Draft {
  readonly data: Uint8Array;
  readonly files: readonly File[];
  readonly sender: Sender | null;
  readonly charge: number;
  readonly user: number;
}

/** Puts a message at the end of a socket's queue, charges it to its sender and wakes readers. */
export function enqueue(to: UnixSock, from: UnixSock, draft: Draft): void {
  for (const file of draft.files) get(file);
  if (draft.sender?.pid) get(draft.sender.pid);
  const { data, files, sender, charge, user } = draft;
  to.queue.push({
    data,
    offset: 0,
    files: [...files],
    sender: sender === null ? null : { ...sender },
    from: get(from),
    charge,
    user,
  });
  to.container.inflight += files.length;
  from.wmem += charge;
  to.notify(READ_EVENTS);
}

/** Unread bytes of a message. */
export function unread(message: Message): number {
  return message.data.length - message.offset;
}

/** Takes the files out of a message, with the references that it had. */
export function takeFiles(of: UnixSock, message: Message): File[] {
  const { files } = message;
  message.files = [];
  of.container.inflight -= files.length;
  return files;
}

/** Takes a message off the queue; its files must be out. The sender's buffer has room again. */
export function remove(of: UnixSock, message: Message): void {
  assert(message.files.length === 0, 'files in a message that goes');
  leave(of.queue, message);
  const { from, charge, sender } = message;
  from.discharge(charge);
  if (sender?.pid) put(sender.pid);
  put(from);
}

/** Empties a queue; the files in it are dropped. */
export function purge(of: UnixSock): void {
  const files: File[] = [];
  for (const message of [...of.queue]) {
    files.push(...takeFiles(of, message));
    remove(of, message);
  }
  dropFiles(of.container, files);
}
