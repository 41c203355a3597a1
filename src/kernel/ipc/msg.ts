/** System V message queues, msgop(2). Linux ipc/msg.c. */

import { assert } from '../kobject/errors.ts';
import { bytes, count, i32, list, struct, u32, type Values } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { leave } from '../ordered.ts';
import type { Task } from '../task/task.ts';
import { IpcObject } from './object.ts';

export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;

const messageFields = {
  type: i32('mtype, positive'),
  data: bytes('mtext'),
};
export type Message = Values<typeof messageFields>;

/** Which messages a receiver takes: any, the nth, of one type, of all others, or the lowest up to a type. */
export interface Wanted {
  readonly mode: 'any' | 'nth' | 'equal' | 'except' | 'upto';
  readonly type: number;
}

/** msgtyp and msgflg of msgrcv(2) (Linux convert_mode). */
export function wantedBy(type: number, flags: number): Wanted {
  if (flags & MSG_COPY) return { mode: 'nth', type };
  if (type === 0) return { mode: 'any', type };
  if (type < 0) return { mode: 'upto', type: Math.min(-type, 0x7fff_ffff) };
  return { mode: flags & MSG_EXCEPT ? 'except' : 'equal', type };
}

const MATCHES: Readonly<Record<Wanted['mode'], (type: number, wanted: number) => boolean>> = {
  any: () => true,
  nth: () => true,
  equal: (type, wanted) => type === wanted,
  except: (type, wanted) => type !== wanted,
  upto: (type, wanted) => type <= wanted,
};

export function matches({ type }: Message, wanted: Wanted): boolean {
  return MATCHES[wanted.mode](type, wanted.type);
}

export class MsgQueue extends derived(IpcObject, 'msgqueue', 1, {
  messages: list(struct(messageFields, 'a message'), 'oldest first'),
  qbytes: u32('most bytes that it takes'),
  stime: count('last msgsnd(2), seconds since the Epoch; 0 for never', { initial: 0 }),
  rtime: count('last msgrcv(2)', { initial: 0 }),
  lspid: i32('process that sent last', { initial: 0 }),
  lrpid: i32('process that received last', { initial: 0 }),
}) {
  /** Bytes of all messages. */
  get bytes(): number {
    return this.messages.reduce((sum, { data }) => sum + data.length, 0);
  }

  hasRoom(size: number): boolean {
    return size + this.bytes <= this.qbytes && 1 + this.messages.length <= this.qbytes;
  }

  /** The message that a receiver gets, or null (Linux find_msg). */
  find(wanted: Wanted): Message | null {
    if (wanted.mode === 'nth') return this.messages[wanted.type] ?? null;
    let found: Message | null = null;
    for (const message of this.messages) {
      if (!matches(message, wanted)) continue;
      if (wanted.mode !== 'upto') return message;
      if (found === null || message.type < found.type) found = message;
    }
    return found;
  }

  take(message: Message): void {
    leave(this.messages, message);
  }

  /** Who sleeps in msgrcv(2), and who in msgsnd(2), in the order in which they came. */
  get receivers(): Task[] {
    return this.waiters.filter(({ wait }) => wait?.data[0] === RECEIVING);
  }
  get senders(): Task[] {
    return this.waiters.filter(({ wait }) => wait?.data[0] === SENDING);
  }

  override check(): void {
    super.check();
    for (const { type } of this.messages) assert(type > 0, 'a message without a type');
  }
}

/** First value of a wait record's data: what the sleeper does, or has got. */
export const RECEIVING = 0;
export const SENDING = 1;
export const GIVEN = 2;
export const FAILED = 3;
