/** What the machine tells of itself, and calls that a machine with one processor answers at once: sysinfo(2), personality(2), membarrier(2). */
import { EFAULT, EINVAL, ENODEV, ENOSYS, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, hex32, i32, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import { randomCalls } from './random.ts';
import type { Task } from './task.ts';

const PAGE_SIZE = 4096;
/** struct sysinfo on i386. */
const SYSINFO_SIZE = 64;

function sysinfo(kernel: Kernel, task: Task, to: number): Result {
  const out = new DataView(new ArrayBuffer(SYSINFO_SIZE));
  const { frames, clock, container } = kernel;
  out.setUint32(0, Math.floor(clock.now() / 1e9), true);
  // loads[3] stay 0: an emulated machine has no load but its guest's.
  out.setUint32(16, (frames.used + frames.available) * PAGE_SIZE, true);
  out.setUint32(20, frames.available * PAGE_SIZE, true);
  out.setUint16(40, container.tasks.length, true);
  out.setUint32(52, 1, true); // mem_unit
  return task.mm!.writeBytes(to, new Uint8Array(out.buffer)) ? 0 : -EFAULT;
}

const QUERY_PERSONALITY = 0xffff_ffff;

function personality(task: Task, wanted: number): Result {
  const old = task.personality;
  if (wanted !== QUERY_PERSONALITY) task.personality = wanted;
  return old;
}

const MEMBARRIER = {
  MEMBARRIER_CMD_QUERY: 0,
  MEMBARRIER_CMD_GLOBAL: 1,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED: 2,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: 4,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED: 8,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: 16,
} as const;
const MEMBARRIER_ALL = 31;

/** Tasks run one at a time, each in program order: every barrier is in place already. */
function membarrier(command: number, flags: number): Result {
  if (flags !== 0) return -EINVAL;
  if (command === MEMBARRIER.MEMBARRIER_CMD_QUERY) return MEMBARRIER_ALL;
  return (command & ~MEMBARRIER_ALL) === 0 && (command & (command - 1)) === 0 ? 0 : -EINVAL;
}

/** capget(2), capset(2): version 3 headers, two words of each set. */
const CAPABILITY_VERSIONS: readonly number[] = [0x1998_0330, 0x2007_1026, 0x2008_0522];
const CAPABILITY_VERSION = 0x2008_0522;

function capHeader(task: Task, header: number): { pid: number; words: number } | number {
  const version = task.mm!.get32(header);
  const nr = task.mm!.get32(header + 4);
  if (version === null || nr === null) return -EFAULT;
  const known = CAPABILITY_VERSIONS.indexOf(version >>> 0);
  if (known < 0) return task.mm!.put32(header, CAPABILITY_VERSION) ? -EINVAL : -EFAULT;
  return { pid: nr | 0, words: known === 0 ? 1 : 2 };
}

function capget(kernel: Kernel, task: Task, header: number, data: number): Result {
  const asked = capHeader(task, header);
  if (typeof asked === 'number') return data === 0 && asked === -EINVAL ? 0 : asked;
  if (asked.pid < 0) return -EINVAL;
  const target = asked.pid === 0 ? task : kernel.container.tasks.find((other) => other.tid === asked.pid);
  if (target === undefined) return -ESRCH;
  const { capEffective, capPermitted, capInheritable } = target.cred;
  const words: number[] = [];
  for (let i = 0; i < asked.words; i++) {
    for (const set of [capEffective, capPermitted, capInheritable]) {
      words.push(Number((set >> BigInt(32 * i)) & 0xffff_ffffn));
    }
  }
  return task.mm!.writeBytes(data, new Uint8Array(Uint32Array.from(words).buffer)) ? 0 : -EFAULT;
}

function capset(task: Task, header: number, data: number): Result {
  const asked = capHeader(task, header);
  if (typeof asked === 'number') return asked;
  if (asked.pid !== 0 && asked.pid !== task.tid) return -EPERM;
  const bytes = task.mm!.readBytes(data, 12 * asked.words);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const set = (at: number): bigint => {
    const high = asked.words === 2 ? view.getUint32(12 + at, true) : 0;
    return (BigInt(high) << 32n) | BigInt(view.getUint32(at, true));
  };
  const [effective, permitted, inheritable] = [set(0), set(4), set(8)];
  const { cred } = task;
  if ((permitted & ~cred.capPermitted) !== 0n || (effective & ~permitted) !== 0n) return -EPERM;
  if ((inheritable & ~(cred.capInheritable | cred.capPermitted)) !== 0n) return -EPERM;
  const next = cred.copy();
  next.capEffective = effective;
  next.capPermitted = permitted;
  next.capInheritable = inheritable;
  task.setCred(next);
  return 0;
}

export const infoCalls: readonly Syscall[] = [
  ...randomCalls,
  syscall(116, 'sysinfo', { info: ptr }, (kernel, task, a) => sysinfo(kernel, task, a.info)),
  syscall(136, 'personality', { persona: hex32 }, (_kernel, task, a) => personality(task, a.persona)),
  syscall(184, 'capget', { header: ptr, data: ptr }, (kernel, task, a) => capget(kernel, task, a.header, a.data)),
  syscall(185, 'capset', { header: ptr, data: ptr }, (_kernel, task, a) => capset(task, a.header, a.data)),
  syscall(375, 'membarrier', { cmd: choice(MEMBARRIER), flags: hex32, cpu_id: i32 }, (_kernel, _task, a) =>
    membarrier(a.cmd, a.flags),
  ),
  unsupported(26, 'ptrace', EPERM, 'no debugging from inside; EPERM is what a confined program sees'),
  unsupported(51, 'acct', ENOSYS, 'no process accounting'),
  unsupported(86, 'uselib', ENOSYS, 'a.out libraries are gone from Linux too'),
  unsupported(88, 'reboot', EPERM, 'a container cannot restart the machine'),
  unsupported(101, 'ioperm', EPERM, 'no I/O ports'),
  unsupported(103, 'syslog', EPERM, 'no kernel log for containers'),
  unsupported(110, 'iopl', EPERM, 'no I/O ports'),
  unsupported(113, 'vm86old', ENOSYS, 'no virtual-8086 mode'),
  unsupported(166, 'vm86', ENOSYS, 'no virtual-8086 mode'),
  unsupported(128, 'init_module', EPERM, 'no kernel modules'),
  unsupported(129, 'delete_module', EPERM, 'no kernel modules'),
  unsupported(350, 'finit_module', EPERM, 'no kernel modules'),
  unsupported(149, '_sysctl', ENOSYS, 'gone from Linux since 5.5; /proc/sys has the values'),
  unsupported(124, 'adjtimex', EPERM, 'the clock follows the instruction count'),
  unsupported(343, 'clock_adjtime', EPERM, 'the clock follows the instruction count'),
  unsupported(283, 'kexec_load', EPERM, 'a container cannot replace the kernel'),
  unsupported(286, 'add_key', ENOSYS, 'no keyrings; callers go on without'),
  unsupported(287, 'request_key', ENOSYS, 'no keyrings; callers go on without'),
  unsupported(288, 'keyctl', ENOSYS, 'no keyrings; callers go on without'),
  unsupported(289, 'ioprio_set', ENOSYS, 'no I/O scheduling'),
  unsupported(290, 'ioprio_get', ENOSYS, 'no I/O scheduling'),
  unsupported(310, 'unshare', EPERM, 'no further namespaces'),
  unsupported(346, 'setns', EPERM, 'no further namespaces'),
  unsupported(336, 'perf_event_open', ENODEV, 'no performance counters'),
  unsupported(349, 'kcmp', EPERM, 'needs ptrace rights'),
  unsupported(347, 'process_vm_readv', EPERM, 'needs ptrace rights'),
  unsupported(348, 'process_vm_writev', EPERM, 'needs ptrace rights'),
  unsupported(351, 'sched_setattr', ENOSYS, 'no deadline scheduling; callers fall back to sched_setscheduler'),
  unsupported(352, 'sched_getattr', ENOSYS, 'no deadline scheduling; callers fall back to sched_getscheduler'),
  unsupported(354, 'seccomp', EINVAL, 'no system call filters'),
  unsupported(357, 'bpf', EPERM, 'no BPF'),
  unsupported(374, 'userfaultfd', ENOSYS, 'page faults are the kernel’s'),
  unsupported(386, 'rseq', ENOSYS, 'restartable sequences are optional; C libraries go on without'),
  unsupported(424, 'pidfd_send_signal', ENOSYS, 'no process descriptors; callers fall back to kill'),
  unsupported(425, 'io_uring_setup', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(426, 'io_uring_enter', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(427, 'io_uring_register', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(434, 'pidfd_open', ENOSYS, 'no process descriptors; callers fall back to pids'),
  unsupported(435, 'clone3', ENOSYS, 'C libraries fall back to clone'),
  unsupported(438, 'pidfd_getfd', ENOSYS, 'no process descriptors'),
  unsupported(444, 'landlock_create_ruleset', ENOSYS, 'no landlock'),
];
