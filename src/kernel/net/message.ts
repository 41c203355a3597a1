/** What a send hands to a socket, and what a receive gets from it beside bytes. */
import type { File } from '../fd/file.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import type { Pid } from '../task/pid.ts';

/** Who sent a message, SCM_CREDENTIALS. Without a process: nobody who was asked to say so. */
export interface Sender {
  readonly pid: Pid | null;
  readonly uid: number;
  readonly gid: number;
}

/** A control message that the kernel makes. */
export interface Control {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** One sendmsg(2). */
export interface Sending {
  readonly from: ByteSource;
  /** MSG_* bits; MSG_DONTWAIT stands for O_NONBLOCK too. */
  readonly flags: number;
  /** Where to; null when msg_name was. */
  readonly name: Uint8Array | null;
  /** The control buffer as it came; empty when there was none. */
  readonly control: Uint8Array;
}

/** One recvmsg(2): what the socket fills in. */
export interface Received {
  readonly to: ByteSink;
  readonly flags: number;
  /** Whom it came from; null when the socket does not say. */
  name: Uint8Array | null;
  /** MSG_* bits for the caller. */
  out: number;
  /** For SCM_CREDENTIALS. */
  sender: Sender | null;
  /** For SCM_RIGHTS: descriptors to be opened, a reference each. */
  files: File[];
  readonly controls: Control[];
}

export function receiving(to: ByteSink, flags: number): Received {
  return { to, flags, name: null, out: 0, sender: null, files: [], controls: [] };
}
