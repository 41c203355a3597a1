/** shmctl(2), semctl(2), msgctl(2): commands, and the structures that they read and write, in two layouts each. */
import { EACCES, EINVAL, EPERM } from '../errno.ts';
import { copyOut } from '../fd/user.ts';
import { S_IRWXUGO } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { shortId } from '../ns/id-map.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { atPlace, type IdTable, type IpcObject, mayControl, obtain, permits, SEQ_SHIFT, seconds } from './object.ts';

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
/** Asks ipc(2) for the layout with 32-bit ids and sizes; the calls of their own always use it. */
export const IPC_64 = 0x100;

/** Whether structures have the layout of IPC_64 or the old one. */
export type Layout = 'ipc64' | 'old';

/** Bytes of struct ipc64_perm and of struct ipc_perm. Linux include/uapi/linux/ipc.h, asm-generic/ipcbuf.h. */
export const PERM_SIZE = { ipc64: 36, old: 16 } as const;

/** One command and the layout that it is meant in (Linux ipc_parse_version). */
export function parseCommand(cmd: number): { cmd: number; layout: Layout } {
  return cmd & IPC_64 ? { cmd: cmd ^ IPC_64, layout: 'ipc64' } : { cmd, layout: 'old' };
}

/** Writes a structure field by field. */
export class StructWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint16(this.#at, value, true);
      this.#at += 2;
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint32(this.#at, value >>> 0, true);
      this.#at += 4;
    }
    return this;
  }

  /** A time in seconds: the low half, then the high one. */
  time64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }

  /** The permissions at the front of each structure; ids past 16 bits become 65534 in the old layout. */
  perm(object: IpcObject, layout: Layout): this {
    const { key, uid, gid, cuid, cgid, mode, id } = object;
    const seq = (id >>> SEQ_SHIFT) & 0xffff;
    if (layout === 'ipc64') return this.u32(key, uid, gid, cuid, cgid).u16(mode, 0, seq, 0).u32(0, 0);
    return this.u32(key).u16(...[uid, gid, cuid, cgid].map(shortId), mode, seq);
  }
}

export interface NewOwner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The owner and permissions that IPC_SET asks for, at the front of its structure. */
export function readOwner(view: DataView, layout: Layout): NewOwner {
  if (layout === 'ipc64') {
    return { uid: view.getUint32(4, true), gid: view.getUint32(8, true), mode: view.getUint16(20, true) };
  }
  return { uid: view.getUint16(4, true), gid: view.getUint16(6, true), mode: view.getUint16(12, true) };
}

/** What a *ctl call asks for. */
export interface ControlCall {
  readonly id: number;
  /** An address, or a value. */
  readonly arg: number;
  readonly layout: Layout;
}
export type ControlCommand<C extends ControlCall = ControlCall> = (k: Kernel, t: Task, call: C) => Result;

/** Tells of an object as the structure of a layout. */
type Describe<T> = (k: Kernel, t: Task, object: T, layout: Layout) => StructWriter;

/** The commands with these numbers: IPC_STAT asks by identifier; the other two by place, and give the identifier. */
export function statCommands<T extends IpcObject>(
  stat: number,
  statAny: number,
  tableOf: (t: Task) => IdTable<T>,
  describe: Describe<T>,
): readonly (readonly [number, ControlCommand])[] {
  const tell = (k: Kernel, t: Task, { arg, layout }: ControlCall, object: T | null, checked: boolean): Result => {
    if (object === null) return -EINVAL;
    if (checked && !permits(t, object, 0o444)) return -EACCES;
    return copyOut(t, arg, describe(k, t, object, layout).bytes);
  };
  const byPlace = (checked: boolean): ControlCommand => {
    return (k, t, call) => {
      const object = atPlace(tableOf(t), call.id);
      return tell(k, t, call, object, checked) || object!.id;
    };
  };
  return [
    [IPC_STAT, (k, t, call) => tell(k, t, call, obtain(tableOf(t), call.id), true)],
    [stat, byPlace(true)],
    [statAny, byPlace(false)],
  ];
}

/** IPC_RMID and IPC_SET: 0, or why the task may not. */
export function checkControl(t: Task, object: IpcObject | null): Result {
  if (object === null) return -EINVAL;
  return mayControl(t, object) ? 0 : -EPERM;
}

/** IPC_SET's common part; -EINVAL for ids that are none (Linux ipc_update_perm). */
export function setOwner(k: Kernel, object: IpcObject, { uid, gid, mode }: NewOwner): Result {
  const none = 0xffff_ffff;
  if (uid === none || gid === none) return -EINVAL;
  object.uid = uid;
  object.gid = gid;
  object.mode = (object.mode & ~S_IRWXUGO) | (mode & S_IRWXUGO);
  object.ctime = seconds(k);
  return 0;
}
