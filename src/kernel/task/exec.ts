/** execve(2): another program in the same process. Linux fs/exec.c, fs/binfmt_script.c. */
import { platformOf } from '../../cpu/model.ts';
import { latin1 } from '../bytes.ts';
import { E2BIG, EBADF, EFAULT, EINVAL, ELOOP, ENOENT, ENOEXEC } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { openExec, openExecPath } from '../fs/open.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { type Loaded, loadElf, readExactly } from '../mm/elf.ts';
import { executed } from '../ptrace/stops.ts';
import { initialFpu } from '../signal/fpstate.ts';
import { SIGCHLD, SIGKILL } from '../signal/numbers.ts';
import { threadsOf } from '../signal/send.ts';
import { atFd, flagSet, path } from '../syscall/args.ts';
import { NO_RETURN, type Result, type Syscall, syscall } from '../syscall/define.ts';
import { environment, strings } from '../syscall/pointers.ts';
import { emptyDebug } from './debug.ts';
import { execCredentials, shownIds } from './exec-cred.ts';
import { endTask, reap, releaseUserMemory } from './exit.ts';
import { commOf } from './prctl.ts';
import { randomBytes } from './random.ts';
import { RLIMIT } from './signal.ts';
import { EFLAGS_FIXED, EFLAGS_IF, type Registers, type Task, USER_CS, USER_DS } from './task.ts';

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Bytes of a file that say what it is (Linux BINPRM_BUF_SIZE). */
const HEAD_SIZE = 256;
const MAX_SCRIPT_DEPTH = 5;
/** Longest single argument, and as many of them as a stack could hold pointers. */
const MAX_ARG_STRLEN = 131_072;
const MAX_ARG_STRINGS = 1 << 20;

interface Program {
  readonly file: File;
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** The path names a descriptor that exec closes, so that no interpreter could open it. */
  readonly inaccessible?: boolean;
}

/** Runs a program in place of the task's own: NO_RETURN, or a negated errno with the old program unharmed. */
export function execFile(kernel: Kernel, task: Task, program: Program): Result {
  const { file } = program;
  get(file);
  const result = execThroughScripts(kernel, task, program);
  put(file);
  return result;
}

function execThroughScripts(kernel: Kernel, task: Task, program: Program): Result {
  let { file, argv } = program;
  let name = program.path;
  const opened: File[] = [];
  let result: Result = -ELOOP;
  for (let depth = 0; depth <= MAX_SCRIPT_DEPTH; depth++) {
    const line = scriptLine(kernel, file);
    if (line === null) {
      result = replaceProgram(kernel, task, { ...program, file, argv });
      break;
    }
    if (typeof line === 'number') {
      result = line;
      break;
    }
    if (program.inaccessible === true) {
      result = -ENOENT;
      break;
    }
    argv = [line.interpreter, ...(line.argument === null ? [] : [line.argument]), name, ...argv.slice(1)];
    name = line.interpreter;
    const next = openExec(kernel, task, AT_FDCWD, name);
    if (typeof next === 'number') {
      result = next;
      break;
    }
    opened.push(get(next));
    file = next;
  }
  for (const each of opened) put(each);
  return result;
}

/** The `#!` line of a script: interpreter and its one optional argument; null when the file is none. */
function scriptLine(kernel: Kernel, file: File): { interpreter: string; argument: string | null } | number | null {
  const size = file.mappable()?.size ?? 0;
  const bytes = readExactly(kernel, file, 0, Math.min(size, HEAD_SIZE));
  if (bytes === null) return -ENOEXEC;
  const text = latin1(bytes);
  if (!text.startsWith('#!')) return null;
  const end = text.search(/[\n\0]/);
  // A line that does not end here may have been cut in the middle of the interpreter's name.
  if (end < 0 && text.length === HEAD_SIZE && !/^#![ \t]*[^ \t]+[ \t]/.test(text)) return -ENOEXEC;
  const match = /^[ \t]*([^ \t]+)(?:[ \t]+(.*?))?[ \t]*$/s.exec(text.slice(2, end < 0 ? undefined : end));
  const interpreter = match?.[1];
  if (interpreter === undefined) return -ENOEXEC;
  return { interpreter, argument: match?.[2] || null };
}

function replaceProgram(kernel: Kernel, task: Task, program: Program): Result {
  const { cred, secure } = execCredentials(kernel, task, program.file);
  const loaded = loadElf(kernel, {
    file: program.file,
    argv: program.argv,
    envp: program.envp,
    path: program.path,
    stackLimit: Math.min(0xffff_ffff, task.signal.limit(RLIMIT.RLIMIT_STACK)),
    ids: shownIds(cred),
    secure,
    hwcap: kernel.cpu.model.hwcap >>> 0,
    platform: platformOf(kernel.cpu.model),
    random: randomBytes(kernel, 16),
    openInterpreter: (name) => openExec(kernel, task, AT_FDCWD, name),
  });
  if (typeof loaded === 'number') {
    put(get(cred));
    return loaded;
  }
  const oldTid = task.tid;
  pointOfNoReturn(kernel, task, loaded);
  const { uid, euid, gid, egid } = task.cred;
  task.signal.dumpable = uid === euid && gid === egid ? 1 : 0;
  task.commitCred(cred);
  task.comm = commOf(program.path);
  if (secure) task.pdeathSignal = 0;
  executed(kernel, task, oldTid);
  return NO_RETURN;
}

/** From here on the old program is gone (Linux begin_new_exec). */
function pointOfNoReturn(kernel: Kernel, task: Task, { mm, eip, esp }: Loaded): void {
  killOtherThreads(kernel, task);
  const old = task.mm;
  if (old !== null) {
    releaseUserMemory(kernel, task);
    task.signal.used.maxrss = Math.max(task.signal.used.maxrss, old.present);
  }
  task.mm = get(mm);
  if (old !== null) put(old);
  closeFiles(kernel, task);
  resetSignals(kernel, task);
  task.tls.fill(0);
  kernel.sched.descriptorsChanged(task);
  task.debug = emptyDebug();
  kernel.sched.debugChanged(task);
  task.fpu = initialFpu();
  kernel.sched.fpuChanged(task);
  task.regs = startRegisters(eip, esp, task.regs.origEax);
  task.robustList = 0;
  task.exitSignal = SIGCHLD;
  task.signal.didExec = true;
}

/** The call stays in origEax until the program runs: a tracer sees it end. */
function startRegisters(eip: number, esp: number, origEax: number): Registers {
  const zero = { eax: 0, ecx: 0, edx: 0, ebx: 0, ebp: 0, esi: 0, edi: 0, fs: 0, gs: 0 };
  const segments = { cs: USER_CS, ss: USER_DS, ds: USER_DS, es: USER_DS };
  return { ...zero, ...segments, eip, esp, eflags: EFLAGS_IF | EFLAGS_FIXED, origEax };
}

/** The calling thread stays, and becomes the leader if it was not (Linux de_thread). */
function killOtherThreads(kernel: Kernel, task: Task): void {
  const { container } = kernel;
  for (const thread of threadsOf(task.signal, container.tasks)) {
    if (thread !== task && thread.alive) endTask(kernel, thread, SIGKILL);
  }
  const leader = task.signal.leader;
  if (leader === null || leader === task) return;
  [task.pid, leader.pid] = [leader.pid, task.pid];
  task.parent = leader.parent;
  task.startTime = leader.startTime;
  task.signal.leader = task;
  for (const child of container.tasks) if (child.parent === leader) child.parent = task;
  if (container.init === leader) container.init = task;
  const { ns } = task.pid;
  if (ns.reaper === leader) ns.reaper = task;
  reap(kernel, leader);
}

function closeFiles(kernel: Kernel, task: Task): void {
  if (task.files.refs > 1) {
    const own = get(task.files.clone());
    put(task.files);
    task.files = own;
  }
  task.files.closeOnExec(kernel, task);
}

/** Handlers become default, ignored signals stay ignored; mask and pending signals stay too. */
function resetSignals(kernel: Kernel, task: Task): void {
  if (task.sighand.refs > 1) {
    const own = get(task.sighand.copy());
    put(task.sighand);
    task.sighand = own;
  }
  task.sighand.resetHandlers();
  task.altstack = { sp: 0, flags: 0, size: 0 };
  task.signal.timers = [];
  kernel.container.deadlinesChanged = true;
}

/** A NULL-terminated array of strings; null pointer means empty, as Linux takes it. */
function readStrings(task: Task, address: number): string[] | number {
  const list: string[] = [];
  if (address === 0) return list;
  let total = 0;
  for (let at = address; ; at += 4) {
    const pointer = task.mm!.get32(at);
    if (pointer === null) return -EFAULT;
    if (pointer === 0) return list;
    const text = task.mm!.readString(pointer >>> 0, MAX_ARG_STRLEN);
    if (text === null) return -EFAULT;
    total += text.length + 5;
    if (text.length >= MAX_ARG_STRLEN || list.length >= MAX_ARG_STRINGS || total > 64 << 20) return -E2BIG;
    list.push(text);
  }
}

interface ExecCall {
  readonly dirfd: number;
  readonly path: string;
  readonly argv: number;
  readonly envp: number;
  readonly flags: number;
}

function execve(kernel: Kernel, task: Task, call: ExecCall): Result {
  if (call.path === '' && (call.flags & AT_EMPTY_PATH) === 0) return -ENOENT;
  if ((call.flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL;
  const file = openProgram(kernel, task, call);
  if (typeof file === 'number') return file;
  get(file);
  const argv = readStrings(task, call.argv);
  const envp = readStrings(task, call.envp);
  let result: Result;
  if (typeof argv === 'number') result = argv;
  else if (typeof envp === 'number') result = envp;
  else {
    // A program that counts on argv[0] gets one (Linux since 5.18).
    const byName = call.dirfd === AT_FDCWD || call.path.startsWith('/');
    const shown = byName ? call.path : `/dev/fd/${call.dirfd}/${call.path}`;
    result = execFile(kernel, task, {
      file,
      path: shown.replace(/\/$/, ''),
      argv: argv.length > 0 ? argv : [''],
      envp,
      inaccessible: !byName && task.files.fds.get(call.dirfd)?.cloexec === true,
    });
  }
  put(file);
  return result;
}

function openProgram(kernel: Kernel, task: Task, call: ExecCall): File | Result {
  if (call.path !== '' || (call.flags & AT_EMPTY_PATH) === 0) {
    return openExec(kernel, task, call.dirfd, call.path, (call.flags & AT_SYMLINK_NOFOLLOW) === 0);
  }
  const file = task.files.file(call.dirfd);
  if (file === null && call.dirfd !== AT_FDCWD) return -EBADF;
  const place = file === null ? task.fs.cwd : file.path;
  return place === null ? -ENOENT : openExecPath(kernel, task, place);
}

export const execCalls: readonly Syscall[] = [
  syscall(11, 'execve', { pathname: path, argv: strings, envp: environment }, (kernel, task, a) =>
    execve(kernel, task, { dirfd: AT_FDCWD, path: a.pathname, argv: a.argv, envp: a.envp, flags: 0 }),
  ),
  syscall(
    358,
    'execveat',
    {
      dirfd: atFd,
      pathname: path,
      argv: strings,
      envp: environment,
      flags: flagSet({ AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW }),
    },
    (kernel, task, a) =>
      execve(kernel, task, { dirfd: a.dirfd, path: a.pathname, argv: a.argv, envp: a.envp, flags: a.flags }),
  ),
];
