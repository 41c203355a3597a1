/** What segments, semaphore sets and message queues have in common: key, identifier, owner. sysvipc(7), Linux ipc/util.c. */

import { S_IRWXUGO } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, count, i32, map, ref, struct, u32 } from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import { CAP } from '../task/cred.ts';
import type { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { Waitable } from '../task/wait.ts';

export const IPC_PRIVATE = 0;
/** Identifiers are sequence number * 2^15 + place. */
export const SEQ_SHIFT = 15;
/** Linux IPCMNI: places in a table. */
export const MAX_PLACES = 1 << SEQ_SHIFT;
const MAX_SEQ = 0x7fff_ffff >>> SEQ_SHIFT;
/** A table is filled this far before places are used again (Linux ipc_min_cycle). */
const MIN_CYCLE = 256;

export class IpcObject extends derived(Waitable, 'ipcobject', 1, {
  id: u32('identifier, as the *get calls give it', { initial: 0 }),
  key: i32('key; 0 when nobody finds it by one', { initial: IPC_PRIVATE, show: 'hex' }),
  uid: u32('owner'),
  gid: u32('group of the owner'),
  cuid: u32('creator'),
  cgid: u32('group of the creator'),
  mode: u32('permissions, and SHM_* bits', { show: 'octal' }),
  ctime: count('seconds since the Epoch at which it was made or last changed'),
  removed: bool('IPC_RMID has taken it out of its table: who slept on it finds out', { initial: false }),
}) {
  /** Its place in the table. */
  get place(): number {
    return this.id % MAX_PLACES;
  }

  override check(): void {
    assert(this.id < 2 ** 31, 'an IPC identifier past INT_MAX');
  }
}

/** The fields of a table of identifiers, whose objects are of `kind`. */
export function idTable<T extends IpcObject>(kind: string, what: string) {
  return struct(
    {
      objects: map(u32('place'), ref<T>(kind, 'an object'), 'what exists, by place, in the order it was made'),
      seq: u32('sequence number of the next identifier', { initial: 0 }),
      last: i32('place given out last', { initial: -1 }),
    },
    what,
  );
}

export interface IdTable<T extends IpcObject> {
  readonly objects: Map<number, T>;
  seq: number;
  last: number;
}

/** What IpcObject.check cannot see: objects stand where their identifiers say. */
export function checkTable(table: IdTable<IpcObject>): void {
  assert(table.last >= -1 && table.last < MAX_PLACES && table.seq <= MAX_SEQ, 'an IPC table past its end');
  for (const [place, object] of table.objects) {
    assert(place === object.place && place < MAX_PLACES, 'an IPC object at the wrong place');
    assert(!object.removed, 'a removed IPC object has an identifier');
  }
}

/** Enters a new object and gives it its identifier; false when the table has `limit` objects already (Linux ipc_addid). */
export function addId<T extends IpcObject>(table: IdTable<T>, object: T, limit: number): boolean {
  const { objects } = table;
  if (objects.size >= Math.min(limit, MAX_PLACES)) return false;
  const end = Math.min(MAX_PLACES, Math.max(MIN_CYCLE, Math.floor((objects.size * 3) / 2)));
  let place = table.last + 1 < end ? table.last + 1 : 0;
  while (objects.has(place)) place = place + 1 < end ? place + 1 : 0;
  if (place <= table.last) table.seq = table.seq + 1 >= MAX_SEQ ? 0 : table.seq + 1;
  table.last = place;
  object.id = table.seq * MAX_PLACES + place;
  objects.set(place, get(object));
  return true;
}

/** Takes an object out: its identifier means nothing from now on. */
export function removeId<T extends IpcObject>(table: IdTable<T>, object: T): void {
  table.objects.delete(object.place);
  object.removed = true;
  object.wake(0);
  put(object);
}

/** The object with that identifier, or null; `id` is not negative. */
export function obtain<T extends IpcObject>(table: IdTable<T>, id: number): T | null {
  const object = atPlace(table, id);
  return object?.id === id ? object : null;
}

/** The object at a place, for the *_STAT commands; what is above the place is not looked at. */
export function atPlace<T extends IpcObject>(table: IdTable<T>, place: number): T | null {
  return table.objects.get(place % MAX_PLACES) ?? null;
}

export function withKey<T extends IpcObject>(table: IdTable<T>, key: number): T | null {
  for (const object of table.objects.values()) if (object.key === key) return object;
  return null;
}

/** The highest place in use; 0 for an empty table: what IPC_INFO returns. */
export function highestPlace(table: IdTable<IpcObject>): number {
  return Math.max(0, ...table.objects.keys());
}

/** Objects by place, as /proc/sysvipc lists them. */
export function byPlace<T extends IpcObject>(table: IdTable<T>): T[] {
  return [...table.objects.values()].sort((a, b) => a.place - b.place);
}

/** Whether the task has the rights that `mode` names, in any of its three groups of bits (Linux ipcperms). */
export function permits(t: Task, object: IpcObject, mode: number): boolean {
  const { cred } = t;
  const owns = cred.euid === object.cuid || cred.euid === object.uid;
  const groups = cred.inGroup(object.cgid) || cred.inGroup(object.gid);
  const granted = object.mode >>> (owns ? 6 : groups ? 3 : 0);
  const wanted = (mode >>> 6) | (mode >>> 3) | mode;
  return (wanted & ~granted & 7) === 0 || cred.capable(CAP.IPC_OWNER);
}

/** Whether the task may remove the object or change who owns it. */
export function mayControl(t: Task, object: IpcObject): boolean {
  const { euid } = t.cred;
  return euid === object.cuid || euid === object.uid || t.cred.capable(CAP.SYS_ADMIN);
}

/** Owner, creator and permissions of an object that the task makes. */
export function ownership(k: Kernel, t: Task, key: number, flags: number) {
  const { euid: uid, egid: gid } = t.cred;
  return { key, uid, gid, cuid: uid, cgid: gid, mode: flags & S_IRWXUGO, ctime: seconds(k) };
}

/** Now, in seconds since the Epoch. */
export function seconds(k: Kernel): number {
  return Number(k.clock.realtime() / 1_000_000_000n);
}

/** The process as objects remember it: its number in the outermost namespace. */
export function processNumber(t: Task): number {
  return t.signal.tgid.numbers[0]?.nr ?? 0;
}

/** That number as a process of `ns` sees it; 0 when it cannot. */
export function numberIn(k: Kernel, ns: PidNs, number: number): number {
  const outermost = k.container.pidNs;
  return ns === outermost ? number : (outermost.find(number)?.in(ns) ?? 0);
}
