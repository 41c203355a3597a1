/** The fixed entries of /proc: proc(5), and /proc/sys. */
import { CPU_VENDOR, familyOf, modelNumberOf } from '../../cpu/model.ts';
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { ENOENT } from '../errno.ts';
import { sysvipcDirectory } from '../ipc/proc.ts';
import { UTS_RELEASE, UTS_VERSION } from '../task/uts.ts';
import { locks } from './locks.ts';
import { directory, file, link, type Node, type Query } from './nodes.ts';
import { sysctlNodes } from './sysctl.ts';

const NS_PER_TICK = 1e7;
const KIB = 1024;

function seconds(ns: number): string {
  return (Math.floor(ns / NS_PER_TICK) / 100).toFixed(2);
}

/** What a machine without block devices, swap space and high memory has none of. */
const ZEROS_FIRST = ['Buffers', 'Cached', 'SwapCached'];
const ZEROS_THEN = [
  'Inactive(anon)',
  'Active(file)',
  'Inactive(file)',
  'Unevictable',
  'Mlocked',
  'HighTotal',
  'HighFree',
];
const ZEROS_LAST = ['SwapTotal', 'SwapFree', 'Dirty', 'Writeback'];

function meminfo({ kernel }: Query): string {
  const { frames } = kernel;
  const row = (name: string, pages: number): string =>
    `${`${name}:`.padEnd(16)}${String((pages * PAGE_SIZE) / KIB).padStart(8)} kB\n`;
  const total = kernel.ram.frames;
  const free = frames.available;
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', total],
    ['MemFree', free],
    ['MemAvailable', free],
    ...ZEROS_FIRST.map((name) => [name, 0] as const),
    ['Active', total - free],
    ['Inactive', 0],
    ['Active(anon)', total - free],
    ...ZEROS_THEN.map((name) => [name, 0] as const),
    ['LowTotal', total],
    ['LowFree', free],
    ...ZEROS_LAST.map((name) => [name, 0] as const),
    ['AnonPages', total - free],
    ['Mapped', 0],
    ['Shmem', 0],
    ['CommitLimit', Math.floor(total / 2)],
    ['Committed_AS', total - free],
  ];
  return rows.map(([name, pages]) => row(name, pages)).join('');
}

function cpuinfo({ kernel }: Query): string {
  const { model } = kernel.cpu;
  const rows: readonly (readonly [string, string])[] = [
    ['processor\t', '0'],
    ['vendor_id\t', CPU_VENDOR],
    ['cpu family\t', String(familyOf(model))],
    ['model\t\t', String(modelNumberOf(model))],
    ['model name\t', model.brand],
    ['stepping\t', String(model.signature & 15)],
    ['cpu MHz\t\t', '100.000'],
    ['fpu\t\t', 'yes'],
    ['cpuid level\t', String(model.basic.length - 1)],
    ['wp\t\t', 'yes'],
    ['flags\t\t', model.features.join(' ')],
    ['bogomips\t', '200.00'],
    ...(model.cacheLine === 0 ? [] : [['clflush size\t', String(model.cacheLine)] as const]),
    ['address sizes\t', '32 bits physical, 32 bits virtual'],
  ];
  return `${rows.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`;
}

function stat({ kernel }: Query): string {
  const { container, clock } = kernel;
  const idle = Math.floor(container.idleNs / NS_PER_TICK);
  const user = Math.floor(clock.now() / NS_PER_TICK) - idle;
  const running = container.tasks.filter((t) => t.state === 'running').length;
  const times = `${user} 0 0 ${idle} 0 0 0 0 0 0`;
  return [
    `cpu  ${times}`,
    `cpu0 ${times}`,
    'intr 0',
    `ctxt ${container.switches}`,
    `btime ${container.bootTime}`,
    `processes ${container.forks}`,
    `procs_running ${running}`,
    'procs_blocked 0',
    '',
  ].join('\n');
}

function loadavg({ kernel, pidNs }: Query): string {
  const { tasks } = kernel.container;
  const running = tasks.filter((t) => t.state === 'running').length;
  return `0.00 0.00 0.00 ${running}/${tasks.length} ${pidNs.last}\n`;
}

/** Timer interrupts come once a slice would, were there a timer. */
function interrupts({ kernel }: Query): string {
  const ticks = Math.floor(kernel.clock.now() / NS_PER_TICK);
  const line = (name: string, count: number, what: string): string =>
    `${name.padStart(3)}: ${String(count).padStart(10)}   ${what}\n`;
  return `           CPU0       \n${line('0', ticks, 'XT-PIC      timer')}${line('NMI', 0, 'Non-maskable interrupts')}`;
}

function vmstat({ kernel }: Query): string {
  const { frames, container } = kernel;
  const faults = container.tasks.reduce((sum, task) => sum + task.used.minflt, 0);
  const major = container.tasks.reduce((sum, task) => sum + task.used.majflt, 0);
  const rows: readonly (readonly [string, number])[] = [
    ['nr_free_pages', frames.available],
    ['nr_active_anon', frames.used],
    ['nr_inactive_anon', 0],
    ['nr_anon_pages', frames.used],
    ['nr_file_pages', 0],
    ['nr_dirty', 0],
    ['nr_writeback', 0],
    ['pgpgin', 0],
    ['pgpgout', 0],
    ['pswpin', 0],
    ['pswpout', 0],
    ['pgfault', faults],
    ['pgmajfault', major],
    ['oom_kill', 0],
  ];
  return rows.map(([name, value]) => `${name} ${value}\n`).join('');
}

/** Drivers by major number: memory devices, terminals. */
const DEVICES =
  'Character devices:\n  1 mem\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n';

const FILESYSTEMS = 'nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tramfs\n';

/** A tree from nodes by path. */
function tree(nodes: ReadonlyMap<string, Node>): Node {
  const direct: Record<string, Node> = {};
  const below = new Map<string, Map<string, Node>>();
  for (const [path, node] of nodes) {
    const [first, ...rest] = path.split('/') as [string, ...string[]];
    if (rest.length === 0) direct[first] = node;
    else below.set(first, (below.get(first) ?? new Map<string, Node>()).set(rest.join('/'), node));
  }
  for (const [name, entries] of below) direct[name] = tree(entries);
  return directory(direct);
}

function numberOrNone(nr: number): string | number {
  return nr === 0 ? -ENOENT : String(nr);
}

/** /proc itself. */
export const rootNode: Node = directory(
  {
    cmdline: file(() => '\n'),
    cpuinfo: file(cpuinfo),
    devices: file(() => DEVICES),
    filesystems: file(() => FILESYSTEMS),
    locks: file(locks),
    interrupts: file(interrupts),
    loadavg: file(loadavg),
    meminfo: file(meminfo),
    misc: file(() => ''),
    modules: file(() => ''),
    mounts: link(() => 'self/mounts'),
    self: link(({ reader, pidNs }) => numberOrNone(reader.signal.tgid.in(pidNs))),
    net: link(() => 'self/net'),
    stat: file(stat),
    'thread-self': link(({ reader, pidNs }) => {
      const [tgid, tid] = [reader.signal.tgid.in(pidNs), reader.pid.in(pidNs)];
      return tgid === 0 ? -ENOENT : `${tgid}/task/${tid}`;
    }),
    sysvipc: sysvipcDirectory,
    partitions: file(() => 'major minor  #blocks  name\n\n'),
    swaps: file(() => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
    sys: tree(sysctlNodes()),
    uptime: file(({ kernel }) => `${seconds(kernel.clock.now())} ${seconds(kernel.container.idleNs)}\n`),
    vmstat: file(vmstat),
    version: file(() => `Linux version ${UTS_RELEASE} (cr86) ${UTS_VERSION}\n`),
  },
  'pids',
);
