/** Turns what the kernel tells its observer into a machine's typed events. Nothing is computed while nobody listens. */
import type { Kernel } from '../kernel/kernel.ts';
import { BLOCKED, NO_RETURN } from '../kernel/syscall/define.ts';
import { exitLine, formatEntry, signalLine, straceLine } from '../kernel/syscall/strace.ts';
import type { Task } from '../kernel/task/task.ts';
import type { MachineEmitter, TaskEvent } from './events.ts';

function taskEvent(kernel: Kernel, task: Task): TaskEvent {
  return { icount: kernel.cpu.icount, tid: task.pid.outer, tgid: task.signal.tgid.outer, comm: task.comm };
}

/** Connects `kernel` to `events`; `afterSyscall` is called after each answered or blocked call. */
export function observe(kernel: Kernel, events: MachineEmitter, afterSyscall: () => void): void {
  kernel.observer = {
    syscall: (task, row, nr, args, result, more) => {
      if (events.listenerCount('syscall') > 0) {
        events.emit('syscall', {
          icount: kernel.cpu.icount,
          tid: task.pid.outer,
          comm: task.comm,
          nr,
          name: row?.name ?? `syscall_${nr}`,
          args: args.map((arg) => arg >>> 0),
          result: result === BLOCKED || result === NO_RETURN ? null : result,
          blocked: result === BLOCKED,
          begin: () => formatEntry(task, row, nr, args),
          describe: () => straceLine(task, row, nr, args, result, more),
        });
      }
      afterSyscall();
    },
    taskStart: (task) => events.emit('taskStart', taskEvent(kernel, task)),
    taskEnd: (task) => events.emit('taskEnd', { ...taskEvent(kernel, task), describe: () => exitLine(task) }),
    signal: (task, info) =>
      events.emit('signal', { ...taskEvent(kernel, task), signal: info.signo, describe: () => signalLine(task, info) }),
  };
}
