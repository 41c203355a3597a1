/** What /proc/PID tells of a task at work: its call, its timers, its share of the processor. proc_pid(5), Linux fs/proc/base.c. */
import { ENOENT, EPERM } from '../errno.ts';
import { O_CLOEXEC } from '../fs/flags.ts';
import { callArguments } from '../syscall/dispatch.ts';
import type { Task } from '../task/task.ts';
import { checkReader } from './access.ts';
import type { Query } from './nodes.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** Number and arguments of the call that a task sleeps in, its stack pointer and its place; `running` while it runs. */
export function currentCall(query: Query): string | number {
  const denied = checkReader(query, EPERM);
  if (denied !== 0) return denied;
  const { task } = query;
  if (!task.alive) return '0 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n';
  if (task.state === 'running' && task !== query.reader) return 'running\n';
  const { regs } = task;
  const place = `${hex(regs.esp)} ${hex(regs.eip)}`;
  if (regs.origEax === -1) return `-1 ${place}\n`;
  return `${regs.origEax} ${callArguments(regs).map(hex).join(' ')} ${place}\n`;
}

/** timer_create(2)'s timers. */
export function timers({ task }: Query): string {
  const notification = ['signal', 'none', 'thread'];
  return task.signal.timers
    .map(({ id, signo, value, notify, target, clock }) => {
      const who = target === null ? `pid.${task.tgid}` : `tid.${target.tid}`;
      const how = notification[notify & 3] ?? 'signal';
      const address = (value >>> 0).toString(16).padStart(8, '0');
      return `ID: ${id}\nsignal: ${signo}/${address}\nnotify: ${how}/${who}\nClockID: ${clock}\n`;
    })
    .join('');
}

/** Time on the processor, time that it waited for it (none is counted), slices. */
export function schedstat({ task }: Query): string {
  return `${task.used.utime} 0 ${task.used.nvcsw + task.used.nivcsw}\n`;
}

const NS_PER_MS = 1e6;
const COLUMN = 45;

function milliseconds(ns: number): string {
  return (ns / NS_PER_MS).toFixed(6);
}

export function sched({ kernel, reader, task }: Query): string {
  const threads = (task.root?.tasks ?? []).filter((t: Task) => t.signal === task.signal).length;
  const title = `${task.comm} (${task.pid.in(reader.pid.ns)}, #threads: ${threads})`;
  const row = (name: string, value: string | number): string =>
    `${name.padEnd(COLUMN)}:${String(value).padStart(21)}\n`;
  const { nvcsw, nivcsw, utime } = task.used;
  return [
    `${title}\n`,
    `${'-'.repeat(COLUMN + 22)}\n`,
    row('se.exec_start', milliseconds(kernel.clock.now())),
    row('se.vruntime', milliseconds(utime)),
    row('se.sum_exec_runtime', milliseconds(utime)),
    row('se.nr_migrations', 0),
    row('nr_switches', nvcsw + nivcsw),
    row('nr_voluntary_switches', nvcsw),
    row('nr_involuntary_switches', nivcsw),
    row('se.load.weight', 1024),
    row('policy', 0),
    row('prio', 120 + task.nice),
  ].join('');
}

/** Children of a thread; all of a process's are its leader's. */
export function children({ kernel, reader, task }: Query): string {
  return kernel.container.tasks
    .filter((child) => child.isLeader && child.parent === task)
    .map((child) => `${child.pid.in(reader.pid.ns)} `)
    .join('');
}

/** /proc/PID/fdinfo/N. */
export function fdinfo({ task, fd }: Query): string | number {
  const slot = task.files?.fds.get(fd);
  if (slot === undefined) return -ENOENT;
  const { file, cloexec } = slot;
  const flags = file.flags | (cloexec ? O_CLOEXEC : 0);
  const lines = [
    `pos:\t${file.pos}`,
    `flags:\t0${(flags >>> 0).toString(8)}`,
    `mnt_id:\t${file.mount?.id ?? 0}`,
    `ino:\t${file.inode?.ino ?? 0}`,
  ];
  return `${lines.join('\n')}\n`;
}
