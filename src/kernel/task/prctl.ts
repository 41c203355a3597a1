/** prctl(2). Linux kernel/sys.c. */
import { fromLatin1 } from '../bytes.ts';
import { EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { prctlSeccomp } from '../seccomp/calls.ts';
import { choice, hex32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import { ambient, dropBounding, readBounding, setKeepCaps, setSecurebits } from './capability.ts';
import { SECBIT } from './cred.ts';
import { COMM_LENGTH, type Task } from './task.ts';

// include/uapi/linux/prctl.h
const PR = {
  PR_SET_PDEATHSIG: 1,
  PR_GET_PDEATHSIG: 2,
  PR_GET_DUMPABLE: 3,
  PR_SET_DUMPABLE: 4,
  PR_GET_KEEPCAPS: 7,
  PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15,
  PR_GET_NAME: 16,
  PR_GET_SECCOMP: 21,
  PR_SET_SECCOMP: 22,
  PR_CAPBSET_READ: 23,
  PR_CAPBSET_DROP: 24,
  PR_GET_TSC: 25,
  PR_GET_SECUREBITS: 27,
  PR_SET_SECUREBITS: 28,
  PR_SET_TIMERSLACK: 29,
  PR_GET_TIMERSLACK: 30,
  PR_SET_MM: 35,
  PR_SET_CHILD_SUBREAPER: 36,
  PR_GET_CHILD_SUBREAPER: 37,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_GET_NO_NEW_PRIVS: 39,
  PR_SET_THP_DISABLE: 41,
  PR_GET_THP_DISABLE: 42,
  PR_CAP_AMBIENT: 47,
  PR_SET_VMA: 0x53564d41,
} as const;
const PR_TSC_ENABLE = 1;

type Option = (task: Task, arg: number, kernel: Kernel, rest: readonly [number, number, number]) => Result;

/** Each option; those that are not here are EINVAL, as unknown ones are on Linux. */
const OPTIONS = new Map<number, Option>([
  [
    PR.PR_SET_PDEATHSIG,
    (task, sig) => {
      if (sig > 64) return -EINVAL;
      task.pdeathSignal = sig;
      return 0;
    },
  ],
  [PR.PR_GET_PDEATHSIG, (task, to) => (task.mm!.put32(to, task.pdeathSignal) ? 0 : -EFAULT)],
  [PR.PR_GET_DUMPABLE, (task) => task.signal.dumpable],
  [
    PR.PR_SET_DUMPABLE,
    (task, value) => {
      if (value > 1) return -EINVAL;
      task.signal.dumpable = value;
      return 0;
    },
  ],
  [PR.PR_GET_KEEPCAPS, (task) => ((task.cred.securebits & SECBIT.KEEP_CAPS) === 0 ? 0 : 1)],
  [PR.PR_SET_KEEPCAPS, setKeepCaps],
  [PR.PR_SET_NAME, setName],
  [PR.PR_GET_NAME, getName],
  [PR.PR_GET_SECCOMP, (task) => task.seccompMode],
  [PR.PR_SET_SECCOMP, (task, mode, kernel, [filter]) => prctlSeccomp(kernel, task, mode, filter)],
  [PR.PR_CAPBSET_READ, readBounding],
  [PR.PR_CAPBSET_DROP, dropBounding],
  [PR.PR_GET_TSC, (task, to) => (task.mm!.put32(to, PR_TSC_ENABLE) ? 0 : -EFAULT)],
  [PR.PR_GET_SECUREBITS, (task) => task.cred.securebits],
  [PR.PR_SET_SECUREBITS, setSecurebits],
  [PR.PR_CAP_AMBIENT, (task, what, _kernel, [cap, arg4, arg5]) => ambient(task, what, cap, arg4 | arg5)],
  [
    PR.PR_SET_TIMERSLACK,
    (task, ns) => {
      task.timerSlack = ns === 0 ? 50_000 : ns;
      return 0;
    },
  ],
  [PR.PR_GET_TIMERSLACK, (task) => task.timerSlack],
  [
    PR.PR_SET_CHILD_SUBREAPER,
    (task, on) => {
      task.signal.subreaper = on !== 0;
      return 0;
    },
  ],
  [PR.PR_GET_CHILD_SUBREAPER, (task, to) => (task.mm!.put32(to, task.signal.subreaper ? 1 : 0) ? 0 : -EFAULT)],
  [
    PR.PR_SET_NO_NEW_PRIVS,
    (task, on, _kernel, rest) => {
      if (on !== 1 || rest.some((arg) => arg !== 0)) return -EINVAL;
      task.noNewPrivs = true;
      return 0;
    },
  ],
  [
    PR.PR_GET_NO_NEW_PRIVS,
    (task, arg, _kernel, rest) => ([arg, ...rest].some((each) => each !== 0) ? -EINVAL : task.noNewPrivs ? 1 : 0),
  ],
  [PR.PR_SET_THP_DISABLE, () => 0],
  [PR.PR_GET_THP_DISABLE, () => 0],
]);

function setName(task: Task, from: number): Result {
  const name = task.mm!.readString(from, COMM_LENGTH);
  if (name === null) return -EFAULT;
  task.comm = name;
  return 0;
}

function getName(task: Task, to: number): Result {
  const out = new Uint8Array(COMM_LENGTH + 1);
  out.set(fromLatin1(task.comm));
  return task.mm!.writeBytes(to, out) ? 0 : -EFAULT;
}

/** The last path component as a task's name. */
export function commOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).slice(0, COMM_LENGTH);
}

export const prctlCalls: readonly Syscall[] = [
  syscall(
    172,
    'prctl',
    { option: choice(PR), arg2: hex32, arg3: hex32, arg4: hex32, arg5: hex32 },
    (kernel, task, a) => OPTIONS.get(a.option)?.(task, a.arg2, kernel, [a.arg3, a.arg4, a.arg5]) ?? -EINVAL,
  ),
  unsupported(384, 'arch_prctl', 38, 'x86-64 segments, CPUID faulting: not of this processor'),
];
