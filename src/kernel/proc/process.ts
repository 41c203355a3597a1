/** Entries of /proc/PID and /proc/PID/task/TID, proc_pid(5). */

import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { latin1 } from '../bytes.ts';
import { EACCES, ENOENT, EPERM, ESRCH } from '../errno.ts';
import { O_ACCMODE, O_RDONLY, S_IFDIR, S_IFREG } from '../fs/flags.ts';
import type { Path } from '../fs/path.ts';
import { fileName, pathname } from '../fs/pathname.ts';
import type { Mm } from '../mm/mm.ts';
import { VM_EXEC, VM_LOCKED, VM_STACK, VM_WRITE, type Vma } from '../mm/vma.ts';
import { netDirectory } from '../net/proc-net.ts';
import { NS_ENTRIES, nsLabel } from '../ns/kinds-of-ns.ts';
import { mayOpenSetgroups, showMap, writeMap, writeSetgroups } from '../ns/map-files.ts';
import type { Namespace } from '../ns/namespace.ts';
import { nsPath } from '../ns/ns-file.ts';
import { showOffsets, writeOffsets } from '../ns/time-ns.ts';
import { traceOf } from '../ptrace/trace.ts';
import { threadsOf } from '../signal/send.ts';
import { SIG_DFL, SIG_IGN } from '../signal/sighand.ts';
import { addSignal, emptySet, type Sigset, setOf } from '../signal/sigset.ts';
import type { Result } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import type { Pid, PidNs } from '../task/pid.ts';
import { RLIM_INFINITY } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { forTracers } from './access.ts';
import { controls } from './controls.ts';
import { clearRefs, mapsLine, readMem, readPagemap, smaps, smapsRollup, writeMem } from './mappings.ts';
import { mountinfo, mounts } from './mounts.ts';
import { binaryFile, directory, file, magicLink, type Node, type Query, whole } from './nodes.ts';
import { children, currentCall, fdinfo, sched, schedstat, timers } from './running.ts';

const NS_PER_TICK = 10_000_000;
const SIZE_KB = PAGE_SIZE / 1024;
const PF_RANDOMIZE = 0x0040_0000;
const KB_WIDTH = 8;

const ticks = (ns: number): number => Math.floor(ns / NS_PER_TICK);
const hex8 = (n: number): string => n.toString(16).padStart(8, '0');

export function livingThreads(task: Task): Task[] {
  return threadsOf(task.signal, task.root?.tasks ?? []).filter((t) => t.alive);
}

function withMm(query: Query, text: (mm: Mm) => string): string {
  return query.task.mm === null ? '' : text(query.task.mm);
}

/** Bytes [start, end) of the task's memory, as far as they can be read. */
function memory(query: Query, range: (mm: Mm) => readonly [number, number]): string {
  return withMm(query, (mm) => {
    const [start, end] = range(mm);
    const data = end > start ? mm.readBytes(start, end - start) : null;
    return data === null ? '' : latin1(data);
  });
}

function stateLetter(task: Task): string {
  return { running: 'R', sleeping: 'S', stopped: 'T', traced: 't', zombie: 'Z' }[task.state];
}

const STATE_NAMES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
};

/** Wait channel of fd 0's terminal: tty_nr of proc_pid_stat(5). */
function ttyNumber(task: Task): number {
  return task.signal.tty?.rdev ?? 0;
}

function catches(task: Task, wanted: (handler: number) => boolean): Sigset {
  const set = emptySet();
  task.sighand.actions.forEach((action, i) => {
    if (wanted(action.handler)) addSignal(set, i + 1);
  });
  return set;
}

const ignored = (task: Task): Sigset => catches(task, (handler) => handler === SIG_IGN);
const caught = (task: Task): Sigset => catches(task, (handler) => handler !== SIG_DFL && handler !== SIG_IGN);
const maskText = (set: Sigset): string => hex8(set.hi) + hex8(set.lo);

/** /proc/PID/stat, 52 fields in the order of the manual. */
function stat(query: Query): string {
  const { task } = query;
  const { signal, mm } = task;
  const ns = query.pidNs;
  const used = signal.used;
  const layout = mm?.layout;
  const infinity = 2 ** 32 - 1;
  const rss = Math.min(infinity, signal.limit(5));
  const fields = [
    task.pid.in(ns),
    `(${task.comm})`,
    stateLetter(task),
    task.parent?.signal.tgid.in(ns) ?? 0,
    signal.pgrp.in(ns),
    signal.session.in(ns),
    ttyNumber(task),
    signal.tty?.foreground?.in(ns) ?? -1,
    mm === null ? 0 : PF_RANDOMIZE,
    ...[used.minflt, signal.children.minflt, used.majflt, signal.children.majflt],
    ...[ticks(used.utime), 0, ticks(signal.children.utime), 0],
    ...[20 + task.nice, task.nice, livingThreads(task).length, 0],
    ticks(task.startTime),
    ...[(mm?.totalPages ?? 0) * PAGE_SIZE, mm?.present ?? 0, rss],
    ...[layout?.startCode ?? 0, layout?.endCode ?? 0, layout?.startStack ?? 0],
    // esp and eip are shown of exiting tasks alone.
    ...[0, 0],
    ...[setOf().lo, task.sigmask.lo, ignored(task).lo, caught(task).lo],
    ...[task.state === 'sleeping' ? 1 : 0, 0, 0],
    ...[task.exitSignal, 0, 0, 0, 0, 0, 0],
    ...[layout?.startData ?? 0, layout?.endData ?? 0, layout?.startBrk ?? 0],
    ...[layout?.argStart ?? 0, layout?.argEnd ?? 0, layout?.envStart ?? 0, layout?.envEnd ?? 0],
    task.state === 'zombie' ? task.exitCode : 0,
  ];

  return `${fields.join(' ')}\n`;
}

function statm(query: Query): string {
  const { mm } = query.task;
  if (mm === null) return '0 0 0 0 0 0 0\n';
  const shared = mm.vmas.reduce((sum, vma) => sum + (vma.file === null ? 0 : mm.presentIn(vma.start, vma.end)), 0);
  const text = Math.ceil((mm.layout.endCode - mm.layout.startCode) / PAGE_SIZE);
  const data = pagesWhere(mm, (vma) => vma.file === null && (vma.flags & VM_WRITE) !== 0);
  return `${mm.totalPages} ${mm.present} ${shared} ${text} 0 ${data} 0\n`;
}

function pagesWhere(mm: Mm, wanted: (vma: Vma) => boolean): number {
  return mm.vmas.reduce((sum, vma) => sum + (wanted(vma) ? (vma.end - vma.start) >>> PAGE_SHIFT : 0), 0);
}

function memoryLines(mm: Mm, peakPages: number): string[] {
  const kb = (name: string, pages: number): string => `${name}:\t${String(pages * SIZE_KB).padStart(KB_WIDTH)} kB`;
  const fileBacked = mm.vmas.reduce((sum, v) => sum + (v.file === null ? 0 : mm.presentIn(v.start, v.end)), 0);
  const isStack = (vma: Vma): boolean => (vma.flags & VM_STACK) !== 0;
  return [
    kb('VmPeak', mm.totalPages),
    kb('VmSize', mm.totalPages),
    kb(
      'VmLck',
      pagesWhere(mm, (vma) => (vma.flags & VM_LOCKED) !== 0),
    ),
    kb('VmPin', 0),
    kb('VmHWM', Math.max(peakPages, mm.present)),
    kb('VmRSS', mm.present),
    kb('RssAnon', mm.present - fileBacked),
    kb('RssFile', fileBacked),
    kb('RssShmem', 0),
    kb(
      'VmData',
      pagesWhere(mm, (vma) => vma.file === null && (vma.flags & VM_WRITE) !== 0 && !isStack(vma)),
    ),
    kb('VmStk', pagesWhere(mm, isStack)),
    kb(
      'VmExe',
      pagesWhere(mm, (vma) => vma.file === mm.exe && (vma.flags & VM_EXEC) !== 0),
    ),
    kb(
      'VmLib',
      pagesWhere(mm, (vma) => vma.file !== null && vma.file !== mm.exe && (vma.flags & VM_EXEC) !== 0),
    ),
    kb('VmPTE', mm.tables.tableFrames().length - 1),
    kb('VmSwap', 0),
  ];
}

function identityLines(query: Query): string[] {
  const { task } = query;
  const ns = query.pidNs;
  const { cred } = task;
  const { userNs } = query.reader.cred;
  const uids = [cred.uid, cred.euid, cred.suid, cred.fsuid];
  const gids = [cred.gid, cred.egid, cred.sgid, cred.fsgid];
  const letter = stateLetter(task);
  return [
    `Name:\t${task.comm}`,
    `Umask:\t${(task.fs?.umask ?? 0o22).toString(8).padStart(4, '0')}`,
    `State:\t${letter} (${STATE_NAMES[letter]})`,
    `Tgid:\t${task.signal.tgid.in(ns)}`,
    'Ngid:\t0',
    `Pid:\t${task.pid.in(ns)}`,
    `PPid:\t${task.parent?.signal.tgid.in(ns) ?? 0}`,
    `TracerPid:\t${traceOf(task)?.tracer?.pid.in(ns) ?? 0}`,
    `Uid:\t${uids.map((id) => userNs.shownUid(id)).join('\t')}`,
    `Gid:\t${gids.map((id) => userNs.shownGid(id)).join('\t')}`,
    `FDSize:\t64`,
    `Groups:\t${cred.groups.map((g) => `${userNs.shownGid(g)} `).join('')}`,
    ...numberLines(task, ns),
  ];
}

/** Numbers in the namespace of this /proc and in those below it, down to the task's own. */
function numberLines(task: Task, ns: PidNs): string[] {
  const from = (pid: Pid): string =>
    pid.numbers
      .slice(ns.level)
      .map(({ nr }) => `\t${nr}`)
      .join('');
  const { tgid, pgrp, session } = task.signal;
  return [`NStgid:${from(tgid)}`, `NSpid:${from(task.pid)}`, `NSpgid:${from(pgrp)}`, `NSsid:${from(session)}`];
}

function signalLines(task: Task): string[] {
  const { signal } = task;
  const pending = (list: readonly { signo: number }[]): string => maskText(setOf(...list.map((i) => i.signo)));
  const queued = signal.pending.length + task.pending.length;
  return [
    `Threads:\t${livingThreads(task).length}`,
    `SigQ:\t${queued}/${signal.limit(11)}`,
    `SigPnd:\t${pending(task.pending)}`,
    `ShdPnd:\t${pending(signal.pending)}`,
    `SigBlk:\t${maskText(task.sigmask)}`,
    `SigIgn:\t${maskText(ignored(task))}`,
    `SigCgt:\t${maskText(caught(task))}`,
  ];
}

function privilegeLines(task: Task): string[] {
  const caps = (n: bigint): string => n.toString(16).padStart(16, '0');
  const { cred } = task;
  return [
    `CapInh:\t${caps(cred.capInheritable)}`,
    `CapPrm:\t${caps(cred.capPermitted)}`,
    `CapEff:\t${caps(cred.capEffective)}`,
    `CapBnd:\t${caps(cred.capBounding)}`,
    `CapAmb:\t${caps(cred.capAmbient)}`,
    `NoNewPrivs:\t${task.noNewPrivs ? 1 : 0}`,
    `Seccomp:\t${task.seccompMode}`,
    `Seccomp_filters:\t${task.seccomp?.count ?? 0}`,
    'Cpus_allowed:\t1',
    'Cpus_allowed_list:\t0',
    `voluntary_ctxt_switches:\t${task.used.nvcsw}`,
    `nonvoluntary_ctxt_switches:\t${task.used.nivcsw}`,
  ];
}

function status(query: Query): string {
  const { task } = query;
  const memoryPart = task.mm === null ? [] : memoryLines(task.mm, task.signal.used.maxrss);
  const lines = [...identityLines(query), ...memoryPart, ...signalLines(task), ...privilegeLines(task)];
  return `${lines.join('\n')}\n`;
}

const LIMITS: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
];

function limits({ task }: Query): string {
  const value = (n: bigint | undefined): string => (n === undefined || n === RLIM_INFINITY ? 'unlimited' : String(n));
  const row = (name: string, soft: string, hard: string, units: string): string =>
    `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${units.padEnd(10)}\n`;
  const rows = LIMITS.map(([name, units], i) => {
    const limit = task.signal.rlimits[i];
    return row(name, value(limit?.cur), value(limit?.max), units);
  });
  return row('Limit', 'Soft Limit', 'Hard Limit', 'Units') + rows.join('');
}

/** A link that leads to a place of the task: its text and its target. */
function placeLink(place: (query: Query) => Path | null | number): Node {
  return magicLink(
    (query) => {
      const path = place(query);
      return path === null ? -ENOENT : typeof path === 'number' ? path : pathname(query.reader, path);
    },
    (query) => place(query) ?? -ENOENT,
  );
}

/** An entry of /proc/PID/fd: opens the same file anew where it has a name. */
export const fdLink: Node = magicLink(
  (query) => {
    const open = query.task.files?.file(query.fd) ?? null;
    return open === null ? -ENOENT : fileName(query.reader, open);
  },
  (query) => {
    const open = query.task.files?.file(query.fd) ?? null;
    if (open === null) return -ENOENT;
    return open.path ?? -EACCES;
  },
);

/** An entry of /proc/PID/fdinfo. */
export const fdInfo: Node = file(fdinfo);

function mapped(text: (query: Query, mm: Mm) => string): Node {
  return forTracers(file((query) => withMm(query, (mm) => text(query, mm))));
}

const listing = (dynamic: 'fds' | 'fdinfo', permissions: number): Node => ({
  mode: (directory({}).mode & ~0o777) | permissions,
  entries: {},
  dynamic,
});

const common: Readonly<Record<string, Node>> = {
  ...controls,
  auxv: forTracers(file(({ task }) => (task.mm === null ? '' : latin1(task.mm.auxv)), 0o400)),
  cgroup: file(() => '0::/\n'),
  clear_refs: { mode: S_IFREG | 0o200, write: whole(clearRefs), pwrite: true },
  cmdline: file((query) => memory(query, ({ layout }) => [layout.argStart, layout.argEnd])),
  gid_map: idMap('gid'),
  uid_map: idMap('uid'),
  cwd: forTracers(placeLink(({ task }) => task.fs?.cwd ?? null)),
  environ: forTracers(file((query) => memory(query, ({ layout }) => [layout.envStart, layout.envEnd]), 0o400)),
  exe: forTracers(placeLink(({ task }) => task.mm?.exe?.path ?? null)),
  fd: listing('fds', 0o500),
  fdinfo: forTracers(listing('fdinfo', 0o555)),
  limits: file(limits),
  maps: mapped((query, mm) => mm.vmas.map((vma) => mapsLine(query, vma)).join('')),
  mem: forTracers(binaryFile({ read: readMem, write: writeMem }, 0o600)),
  mountinfo: file((query) => (query.task.nsproxy === null ? -ESRCH : mountinfo(query.task))),
  mounts: file((query) => (query.task.nsproxy === null ? -ESRCH : mounts(query.task))),
  ns: { ...directory(nsEntries()), mode: S_IFDIR | 0o511 },
  net: netDirectory,
  oom_score: file(() => '0\n'),
  pagemap: forTracers(binaryFile({ read: readPagemap }, 0o400)),
  personality: forTracers(
    file(({ task }) => `${hex8(task.personality)}\n`, 0o400),
    EPERM,
  ),
  root: forTracers(placeLink(({ task }) => task.fs?.root ?? null)),
  sched: file(sched, 0o644),
  schedstat: file(schedstat),
  sessionid: file(() => '4294967295'),
  smaps: mapped(smaps),
  smaps_rollup: mapped(smapsRollup),
  // Kernel stacks are nobody's to see here.
  stack: file(() => -EACCES, 0o400),
  stat: file(stat),
  setgroups: {
    ...file(({ task }) => (task.cred.userNs.setgroups ? 'allow\n' : 'deny\n'), 0o644),
    write: ({ task }, { text, pos }) => writeSetgroups(task.cred.userNs, text, pos),
    mayOpen: ({ task, reader }, flags) =>
      (flags & O_ACCMODE) === O_RDONLY ? 0 : mayOpenSetgroups(reader, task.cred.userNs),
  },
  statm: file(statm),
  timens_offsets: {
    ...file(({ task }) => (task.alive ? showOffsets(task.nsproxy.timeForChildren) : -ESRCH), 0o644),
    write: ({ kernel, reader, task }, { text, pos }) =>
      task.alive ? writeOffsets(reader, task.nsproxy.timeForChildren, text, pos, kernel.clock.now()) : -ESRCH,
  },
  status: file(status),
  syscall: file(currentCall, 0o400),
  wchan: file(() => '0'),
};

/** The links of /proc/PID/ns. */
function nsEntries(): Record<string, Node> {
  const find = (name: string, { reader, task }: Query): Namespace | Result => {
    if (!task.alive) return -ENOENT;
    return ptraceMayAccess(reader, task, 'fs') ? (NS_ENTRIES[name]!(task) ?? -ENOENT) : -EACCES;
  };
  const entry = (name: string): Node =>
    magicLink(
      (query) => {
        const ns = find(name, query);
        return typeof ns === 'number' ? ns : nsLabel(ns);
      },
      (query) => {
        const ns = find(name, query);
        return typeof ns === 'number' ? ns : nsPath(query.kernel, ns);
      },
    );
  return Object.fromEntries(Object.keys(NS_ENTRIES).map((name) => [name, entry(name)]));
}

function idMap(which: 'uid' | 'gid'): Node {
  return {
    ...file(({ task, reader }) => showMap(task.cred.userNs, which, reader.cred.userNs), 0o644),
    write: ({ task, reader }, { text, pos, opener }) => writeMap(reader, opener, task.cred.userNs, which, text, pos),
  };
}

/** /proc/PID/task/TID */
export const threadNode: Node = owned(directory({ ...common, children: file(children) }));
/** /proc/PID */
export const processNode: Node = owned(directory({ ...common, timers: file(timers), task: directory({}, 'tasks') }));

function owned(node: Node): Node {
  const entries = Object.entries(node.entries ?? {}).map(([name, entry]) => [name, owned(entry)]);
  return { ...node, owned: true, entries: Object.fromEntries(entries) };
}
