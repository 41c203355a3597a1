/** exit(2), exit_group(2), set_tid_address(2). */
import { i32, ptr } from '../syscall/args.ts';
import { NO_RETURN, type Syscall, syscall } from '../syscall/define.ts';
import { exitGroup, exitStatusOf, exitTask } from './exit.ts';

export const exitCalls: readonly Syscall[] = [
  syscall(1, 'exit', { status: i32 }, (kernel, task, a) => {
    exitTask(kernel, task, exitStatusOf(a.status));
    return NO_RETURN;
  }),
  syscall(252, 'exit_group', { status: i32 }, (kernel, task, a) => {
    exitGroup(kernel, task, exitStatusOf(a.status));
    return NO_RETURN;
  }),
  syscall(258, 'set_tid_address', { tidptr: ptr }, (_kernel, task, a) => {
    task.clearChildTid = a.tidptr;
    return task.tid;
  }),
];
