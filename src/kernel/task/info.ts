/** What the machine tells of itself, and calls that a machine with one processor answers at once: sysinfo(2), personality(2), membarrier(2). */
import { EFAULT, EINVAL, ENODEV, ENOSYS, EPERM } from '../errno.ts';
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

export const infoCalls: readonly Syscall[] = [
  ...randomCalls,
  syscall(116, 'sysinfo', { info: ptr }, (kernel, task, a) => sysinfo(kernel, task, a.info)),
  syscall(136, 'personality', { persona: hex32 }, (_kernel, task, a) => personality(task, a.persona)),
  syscall(375, 'membarrier', { cmd: choice(MEMBARRIER), flags: hex32, cpu_id: i32 }, (_kernel, _task, a) =>
    membarrier(a.cmd, a.flags),
  ),
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
  unsupported(336, 'perf_event_open', ENODEV, 'no performance counters'),
  unsupported(351, 'sched_setattr', ENOSYS, 'no deadline scheduling; callers fall back to sched_setscheduler'),
  unsupported(352, 'sched_getattr', ENOSYS, 'no deadline scheduling; callers fall back to sched_getscheduler'),
  unsupported(357, 'bpf', EPERM, 'no BPF'),
  unsupported(374, 'userfaultfd', ENOSYS, 'page faults are the kernel’s'),
  unsupported(386, 'rseq', ENOSYS, 'restartable sequences are optional; C libraries go on without'),
  unsupported(425, 'io_uring_setup', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(426, 'io_uring_enter', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(427, 'io_uring_register', ENOSYS, 'no ring objects; callers fall back'),
  unsupported(444, 'landlock_create_ruleset', ENOSYS, 'no landlock'),
];
