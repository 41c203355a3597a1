/** /proc/sys: values that programs read, and the few that can be set. What was set is the container's state. proc_sys(5). */
import { EINVAL } from '../errno.ts';
import { ipcLimits, mqLimits } from '../ipc/proc.ts';
import { PID_MAX } from '../task/pid.ts';
import { UTS_RELEASE, UTS_SYSNAME, UTS_VERSION } from '../task/uts.ts';
import { numberIn } from './controls.ts';
import { file, type Node, type Query, writable } from './nodes.ts';

/** A number that can be set within bounds. */
interface Setting {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

const INT_MAX = 0x7fff_ffff;

function setting(initial: number, min = 0, max = INT_MAX): Setting {
  return { initial, min, max };
}

/** Settings that nothing here depends on, but that programs read and write. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  'fs/lease-break-time': setting(45),
  'fs/leases-enable': setting(1),
  'fs/pipe-user-pages-hard': setting(0),
  'fs/pipe-user-pages-soft': setting(16384),
  'fs/protected_fifos': setting(1, 0, 2),
  'fs/protected_hardlinks': setting(1, 0, 1),
  'fs/protected_regular': setting(2, 0, 2),
  'fs/protected_symlinks': setting(1, 0, 1),
  'fs/suid_dumpable': setting(0, 0, 2),
  'kernel/core_pipe_limit': setting(0),
  'kernel/core_uses_pid': setting(0),
  'kernel/dmesg_restrict': setting(1, 0, 1),
  'kernel/kptr_restrict': setting(0, 0, 2),
  'kernel/panic': setting(0, -INT_MAX),
  'kernel/panic_on_oops': setting(0),
  'kernel/perf_event_paranoid': setting(3, -1),
  'kernel/randomize_va_space': setting(0, 0, 2),
  'kernel/sched_autogroup_enabled': setting(1, 0, 1),
  'kernel/sysrq': setting(438),
  'kernel/yama/ptrace_scope': setting(0, 0, 3),
  'vm/dirty_background_ratio': setting(10, 0, 100),
  'vm/dirty_expire_centisecs': setting(3000),
  'vm/dirty_ratio': setting(20, 0, 100),
  'vm/dirty_writeback_centisecs': setting(500),
  'vm/laptop_mode': setting(0),
  'vm/max_map_count': setting(65530),
  'vm/min_free_kbytes': setting(2048),
  'vm/mmap_min_addr': setting(65536),
  'vm/overcommit_memory': setting(0, 0, 2),
  'vm/overcommit_ratio': setting(50),
  'vm/overcommit_kbytes': setting(0),
  'vm/page-cluster': setting(3),
  'vm/panic_on_oom': setting(0, 0, 2),
  'vm/swappiness': setting(60, 0, 200),
  'vm/vfs_cache_pressure': setting(100),
  'vm/zone_reclaim_mode': setting(0),
};

function settingNode(path: string, { initial, min, max }: Setting): Node {
  return writable(
    ({ kernel }) => `${kernel.container.sysctl.get(path) ?? initial}\n`,
    ({ kernel }, text) => {
      const value = numberIn(text);
      if (value === null || value < min || value > max) return -EINVAL;
      kernel.container.sysctl.set(path, String(value));
      return 0;
    },
  );
}

export const CORE_PATTERN = 'kernel/core_pattern';
const CORE_PATTERN_MAX = 127;

/** The name of core files; a pipe to a program is not offered. */
const corePattern: Node = writable(
  ({ kernel }) => `${kernel.container.sysctl.get(CORE_PATTERN) ?? 'core'}\n`,
  ({ kernel }, text) => {
    const pattern = text.replace(/[\n\0].*$/s, '').slice(0, CORE_PATTERN_MAX);
    if (pattern.startsWith('|')) return -EINVAL;
    kernel.container.sysctl.set(CORE_PATTERN, pattern);
    return 0;
  },
);

function fixed(text: string): Node {
  return file(() => `${text}\n`);
}

const FIXED: Readonly<Record<string, string>> = {
  'fs/aio-max-nr': '65536',
  'fs/aio-nr': '0',
  'fs/dentry-state': '0\t0\t45\t0\t0\t0',
  'fs/dir-notify-enable': '1',
  'fs/file-max': '9223372036854775807',
  'fs/inode-state': '0\t0\t0\t0\t0\t0\t0',
  'fs/mount-max': '100000',
  'fs/nr_open': '1048576',
  'fs/overflowgid': '65534',
  'fs/overflowuid': '65534',
  'fs/pipe-max-size': '1048576',
  'kernel/cap_last_cap': '40',
  'kernel/ctrl-alt-del': '0',
  'kernel/modprobe': '/sbin/modprobe',
  'kernel/modules_disabled': '1',
  'kernel/ngroups_max': '65536',
  'kernel/osrelease': UTS_RELEASE,
  'kernel/ostype': UTS_SYSNAME,
  'kernel/overflowgid': '65534',
  'kernel/overflowuid': '65534',
  'kernel/pid_max': String(PID_MAX),
  'kernel/printk': '4\t4\t1\t7',
  'kernel/random/entropy_avail': '256',
  'kernel/random/poolsize': '256',
  'kernel/tainted': '0',
  'kernel/version': UTS_VERSION,
  'vm/nr_hugepages': '0',
  'vm/nr_overcommit_hugepages': '0',
};

const COMPUTED: Readonly<Record<string, (query: Query) => string>> = {
  'fs/file-nr': ({ kernel }) => `${openFiles(kernel.container.tasks)}\t0\t9223372036854775807`,
  'kernel/domainname': ({ reader }) => reader.nsproxy.uts.domainname,
  'kernel/hostname': ({ reader }) => reader.nsproxy.uts.nodename,
  'kernel/random/boot_id': ({ kernel }) => kernel.container.bootId,
  'kernel/threads-max': ({ kernel }) => String(Math.floor(kernel.ram.frames / 16)),
};

function openFiles(tasks: Query['kernel']['container']['tasks']): number {
  const tables = new Set(tasks.map((task) => task.files).filter((table) => table !== null));
  return new Set([...tables].flatMap((table) => Array.from(table.fds.values(), ({ file: open }) => open))).size;
}

/** Every value below /proc/sys, by its path there. */
export function sysctlNodes(): Map<string, Node> {
  const nodes = new Map<string, Node>([[CORE_PATTERN, corePattern]]);
  for (const [name, node] of Object.entries(ipcLimits)) nodes.set(`kernel/${name}`, node);
  for (const [name, node] of mqLimits) nodes.set(`fs/mqueue/${name}`, node);
  for (const [path, value] of Object.entries(SETTINGS)) nodes.set(path, settingNode(path, value));
  for (const [path, text] of Object.entries(FIXED)) nodes.set(path, fixed(text));
  for (const [path, text] of Object.entries(COMPUTED))
    nodes.set(
      path,
      file((query) => `${text(query)}\n`),
    );
  return new Map([...nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
}
