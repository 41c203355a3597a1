/** kcmp(2): whether two threads share a resource. Linux kernel/kcmp.c; the order of what differs follows how objects stand in the container. */

import { EBADF, EINVAL, EOPNOTSUPP, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { walk } from '../kobject/graph.ts';
import type { KObject } from '../kobject/kobject.ts';
import { choice, hex32, pid } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import { taskByNumber } from '../task/find.ts';
import type { Task } from '../task/task.ts';

const KCMP = {
  KCMP_FILE: 0,
  KCMP_VM: 1,
  KCMP_FILES: 2,
  KCMP_FS: 3,
  KCMP_SIGHAND: 4,
  KCMP_IO: 5,
  KCMP_SYSVSEM: 6,
  KCMP_EPOLL_TFD: 7,
} as const;

const RESOURCES: Readonly<Record<number, (task: Task) => KObject | null>> = {
  [KCMP.KCMP_VM]: (task) => task.mm,
  [KCMP.KCMP_FILES]: (task) => task.files,
  [KCMP.KCMP_FS]: (task) => task.fs,
  [KCMP.KCMP_SIGHAND]: (task) => task.sighand,
  [KCMP.KCMP_IO]: () => null,
  [KCMP.KCMP_SYSVSEM]: () => null,
};

/** 0 the same, 1 and 2 less and greater. */
function order(kernel: Kernel, a: KObject | null, b: KObject | null): Result {
  if (a === b) return 0;
  const { ids } = walk(kernel.container);
  const place = (object: KObject | null): number => (object === null ? -1 : (ids.get(object) ?? -1));
  return place(a) < place(b) ? 1 : 2;
}

interface KcmpCall {
  readonly type: number;
  readonly first: Task;
  readonly second: Task;
  readonly index1: number;
  readonly index2: number;
}

function compare(kernel: Kernel, { type, first, second, index1, index2 }: KcmpCall): Result {
  if (type === KCMP.KCMP_FILE) {
    const [a, b] = [first.files?.file(index1) ?? null, second.files?.file(index2) ?? null];
    return a === null || b === null ? -EBADF : order(kernel, a, b);
  }
  if (type === KCMP.KCMP_EPOLL_TFD) return -EOPNOTSUPP;
  const resource = RESOURCES[type];
  return resource === undefined ? -EINVAL : order(kernel, resource(first), resource(second));
}

function kcmp(kernel: Kernel, task: Task, pids: readonly [number, number], type: number, indices: [number, number]) {
  const [first, second] = [taskByNumber(kernel, task, pids[0]), taskByNumber(kernel, task, pids[1])];
  if (first === null || second === null) return -ESRCH;
  if (!ptraceMayAccess(task, first, 'real') || !ptraceMayAccess(task, second, 'real')) return -EPERM;
  return compare(kernel, { type, first, second, index1: indices[0], index2: indices[1] });
}

export const kcmpCall = syscall(
  349,
  'kcmp',
  { pid1: pid, pid2: pid, type: choice(KCMP), idx1: hex32, idx2: hex32 },
  (kernel, task, a) => kcmp(kernel, task, [a.pid1, a.pid2], a.type, [a.idx1, a.idx2]),
);
