/** seccomp(2), and prctl(2) with PR_SET_SECCOMP. Linux kernel/seccomp.c. */
import { EACCES, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { threadsOf } from '../signal/send.ts';
import { choice, hex32, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { BPF_MAXINSNS, checkProgram, type Insn } from './bpf.ts';
import { SECCOMP_MODE_DISABLED, SECCOMP_MODE_FILTER, SECCOMP_MODE_STRICT } from './enter.ts';
import { MAX_INSNS_PER_PATH, SECCOMP_RET, SeccompFilter } from './filter.ts';

// include/uapi/linux/seccomp.h
const SECCOMP_SET_MODE_STRICT = 0;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_GET_ACTION_AVAIL = 2;
const SECCOMP_GET_NOTIF_SIZES = 3;
const TSYNC = 1;
const LOG = 2;
const SPEC_ALLOW = 4;
const TSYNC_ESRCH = 0x10;
/** Without the listener flags: what needs an answer from outside gets ENOSYS. */
const KNOWN_FLAGS = TSYNC | LOG | SPEC_ALLOW | TSYNC_ESRCH;
/** Bytes of struct seccomp_notif, seccomp_notif_resp and seccomp_data. */
const NOTIF_SIZES = [80, 24, 64] as const;
const INSN_SIZE = 8;

function mayAssign(task: Task, mode: number): boolean {
  return task.seccompMode === SECCOMP_MODE_DISABLED || task.seccompMode === mode;
}

function setStrict(task: Task): Result {
  if (!mayAssign(task, SECCOMP_MODE_STRICT)) return -EINVAL;
  task.seccompMode = SECCOMP_MODE_STRICT;
  return 0;
}

/** The program of a struct sock_fprog, or -EFAULT, -EINVAL, -EACCES. */
function readProgram(task: Task, at: number): Insn[] | Result {
  const head = copyIn(task, at, 8);
  if (head === null) return -EFAULT;
  const length = head.getUint16(0, true);
  if (length === 0 || length > BPF_MAXINSNS) return -EINVAL;
  if (!task.noNewPrivs && !task.cred.ownCapable(CAP.SYS_ADMIN)) return -EACCES;
  const code = head.getUint32(4, true);
  if (code === 0) return -EINVAL;
  const view = copyIn(task, code, length * INSN_SIZE);
  if (view === null) return -EFAULT;
  const program = Array.from({ length }, (_, i) => ({
    code: view.getUint16(INSN_SIZE * i, true),
    jt: view.getUint8(INSN_SIZE * i + 2),
    jf: view.getUint8(INSN_SIZE * i + 3),
    k: view.getUint32(INSN_SIZE * i + 4, true),
  }));
  return checkProgram(program) ? program : -EINVAL;
}

function setFilter(kernel: Kernel, task: Task, flags: number, at: number): Result {
  if ((flags & ~KNOWN_FLAGS) !== 0) return -EINVAL;
  const program = readProgram(task, at);
  if (typeof program === 'number') return program;
  if (!mayAssign(task, SECCOMP_MODE_FILTER)) return -EINVAL;
  const filter = get(new SeccompFilter({ previous: task.seccomp, log: (flags & LOG) !== 0, program }));
  const result = attach(kernel, task, flags, filter);
  put(filter);
  return result;
}

function attach(kernel: Kernel, task: Task, flags: number, filter: SeccompFilter): Result {
  if (filter.length > MAX_INSNS_PER_PATH) return -ENOMEM;
  const others = threadsOf(task.signal, kernel.container.tasks).filter((each) => each !== task && each.alive);
  if (flags & TSYNC) {
    const stray = others.find((each) => !canFollow(task, each));
    if (stray !== undefined) return flags & TSYNC_ESRCH ? -ESRCH : stray.pid.in(task.pid.ns);
    for (const each of others) {
      assign(each, filter);
      each.noNewPrivs ||= task.noNewPrivs;
    }
  }
  assign(task, filter);
  return 0;
}

/** A thread can be given the caller's filters when its own are among them. */
function canFollow(task: Task, thread: Task): boolean {
  if (thread.seccompMode === SECCOMP_MODE_DISABLED) return true;
  return thread.seccomp?.isAncestorOf(task.seccomp) ?? false;
}

function assign(task: Task, filter: SeccompFilter): void {
  const old = task.seccomp;
  task.seccomp = get(filter);
  task.seccompMode = SECCOMP_MODE_FILTER;
  if (old !== null) put(old);
}

/** PR_SET_SECCOMP. */
export function prctlSeccomp(kernel: Kernel, task: Task, mode: number, at: number): Result {
  if (mode === SECCOMP_MODE_STRICT) return setStrict(task);
  return mode === SECCOMP_MODE_FILTER ? setFilter(kernel, task, 0, at) : -EINVAL;
}

function isAvailable(task: Task, at: number): Result {
  const action = task.mm!.get32(at);
  if (action === null) return -EFAULT;
  return Object.values<number>(SECCOMP_RET).includes(action >>> 0) ? 0 : -EOPNOTSUPP;
}

function seccomp(kernel: Kernel, task: Task, operation: number, flags: number, args: number): Result {
  if (operation === SECCOMP_SET_MODE_FILTER) return setFilter(kernel, task, flags, args);
  if (flags !== 0) return -EINVAL;
  if (operation === SECCOMP_SET_MODE_STRICT) return args === 0 ? setStrict(task) : -EINVAL;
  if (operation === SECCOMP_GET_ACTION_AVAIL) return isAvailable(task, args);
  if (operation !== SECCOMP_GET_NOTIF_SIZES) return -EINVAL;
  return task.mm!.writeBytes(args, new Uint8Array(Uint16Array.from(NOTIF_SIZES).buffer)) ? 0 : -EFAULT;
}

const operations = choice({
  SECCOMP_SET_MODE_STRICT,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_GET_ACTION_AVAIL,
  SECCOMP_GET_NOTIF_SIZES,
});

export const seccompCalls: readonly Syscall[] = [
  syscall(354, 'seccomp', { operation: operations, flags: hex32, args: ptr }, (kernel, task, a) =>
    seccomp(kernel, task, a.operation, a.flags, a.args),
  ),
];
