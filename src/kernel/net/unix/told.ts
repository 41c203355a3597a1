/** What a reader is told beside the data: whom it is from, which files came along. */
import { get } from '../../kobject/kobject.ts';
import type { Received, Sender } from '../message.ts';
import { sockaddrOf } from './name.ts';
import type { Message } from './queue.ts';
import type { UnixSock } from './sock.ts';

/** Who sent something when nobody asked for credentials: no process, and users that cannot be. */
export const NO_SENDER: Sender = { pid: null, uid: 0xffff_ffff, gid: 0xffff_ffff };

/** The sender's name; none at all when it has none (Linux unix_copy_addr). */
export function sockaddrForReader(from: UnixSock): Uint8Array {
  return from.address === null ? new Uint8Array(0) : sockaddrOf(from);
}

/** A peek opens the files of a message once more. */
export function passFiles(into: Received, message: Message): void {
  for (const file of message.files) into.files.push(get(file));
}
