/** Address families: how each makes a socket. A row is a family. */
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX } from './constants.ts';
import { makeInet } from './inet/make.ts';
import { makeNetlink } from './netlink/sock.ts';
import type { Sock } from './sock.ts';
import { makeUnix } from './unix/sock.ts';

/** A new sock (refs 0) of a type and protocol, or a negated errno. */
export type MakeSock = (k: Kernel, t: Task, type: number, protocol: number) => Sock | Result;

export const FAMILIES: ReadonlyMap<number, MakeSock> = new Map<number, MakeSock>([
  [AF_UNIX, makeUnix],
  [AF_INET, makeInet(AF_INET)],
  [AF_INET6, makeInet(AF_INET6)],
  [AF_NETLINK, makeNetlink],
]);
