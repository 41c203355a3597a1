/** shmget(2), semget(2), msgget(2): what the three have in common. Linux ipc/util.c ipcget. */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC } from '../errno.ts';
import { get, put } from '../kobject/kobject.ts';
import { flagSet } from '../syscall/args.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { addId, type IdTable, IPC_PRIVATE, type IpcObject, permits, withKey } from './object.ts';

export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;

export interface GetRequest<T extends IpcObject> {
  readonly table: IdTable<T>;
  /** Most objects that the table may have. */
  readonly limit: number;
  readonly key: number;
  readonly flags: number;
  /** A new object (refs 0), or a negated errno. */
  readonly make: () => T | Result;
  /** Whether an existing object is as large as asked for. */
  readonly fits: (object: T) => boolean;
}

/** The identifier of the object with that key, which is made when there is none and IPC_CREAT is set. */
export function ipcGet<T extends IpcObject>(t: Task, request: GetRequest<T>): Result {
  const { table, key, flags } = request;
  const known = key === IPC_PRIVATE ? null : withKey(table, key);
  if (known === null) return key === IPC_PRIVATE || flags & IPC_CREAT ? create(request) : -ENOENT;
  if (flags & IPC_CREAT && flags & IPC_EXCL) return -EEXIST;
  if (!request.fits(known)) return -EINVAL;
  return permits(t, known, flags) ? known.id : -EACCES;
}

function create<T extends IpcObject>({ table, limit, make }: GetRequest<T>): Result {
  const object = make();
  if (typeof object === 'number') return object;
  if (addId(table, object, limit)) return object.id;
  put(get(object));
  return -ENOSPC;
}

export const getFlags = flagSet({ IPC_CREAT, IPC_EXCL });
