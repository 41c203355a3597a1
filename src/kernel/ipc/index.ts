/** Interprocess communication: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { sysvCalls } from './calls.ts';
import { mqCalls, mqKinds } from './mq/index.ts';
import { MsgQueue } from './msg.ts';
import { IpcNs } from './namespace.ts';
import { IpcObject } from './object.ts';
import { SemSet, UndoList } from './sem.ts';
import { ShmAttachment, ShmSegment } from './shm.ts';

export const ipcKinds: readonly KindClass[] = [
  ...[IpcNs, IpcObject, ShmSegment, ShmAttachment, SemSet, UndoList, MsgQueue],
  ...mqKinds,
];

export const ipcCalls: readonly Syscall[] = [...sysvCalls, ...mqCalls];
