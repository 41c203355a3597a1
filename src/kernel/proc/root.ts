/** The fixed entries of /proc: proc(5), and /proc/sys. */
import { CPU_VENDOR, familyOf, modelNumberOf } from '../../cpu/model.ts';
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { PID_MAX } from '../task/pid.ts';
import { UTS_RELEASE, UTS_SYSNAME, UTS_VERSION } from '../task/uts.ts';
import { directory, file, link, type Node, type Query } from './nodes.ts';

const NS_PER_TICK = 1e7;
const KIB = 1024;

function seconds(ns: number): string {
  return (Math.floor(ns / NS_PER_TICK) / 100).toFixed(2);
}

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
    ['Buffers', 0],
    ['Cached', 0],
    ['SwapCached', 0],
    ['Active', total - free],
    ['Inactive', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Shmem', 0],
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

function loadavg({ kernel, reader }: Query): string {
  const { tasks } = kernel.container;
  const running = tasks.filter((t) => t.state === 'running').length;
  return `0.00 0.00 0.00 ${running}/${tasks.length} ${reader.pid.ns.last}\n`;
}

const FILESYSTEMS = 'nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tramfs\n';

const kernelDirectory = directory({
  cap_last_cap: file(() => '40\n'),
  domainname: file(({ reader }) => `${reader.nsproxy.uts.domainname}\n`),
  hostname: file(({ reader }) => `${reader.nsproxy.uts.nodename}\n`),
  ngroups_max: file(() => '65536\n'),
  osrelease: file(() => `${UTS_RELEASE}\n`),
  ostype: file(() => `${UTS_SYSNAME}\n`),
  pid_max: file(() => `${PID_MAX}\n`),
  random: directory({ boot_id: file(({ kernel }) => `${kernel.container.bootId}\n`) }),
  'threads-max': file(({ kernel }) => `${Math.floor(kernel.ram.frames / 16)}\n`),
  version: file(() => `${UTS_VERSION}\n`),
});

const sysDirectory = directory({
  fs: directory({
    'file-max': file(() => '9223372036854775807\n'),
    nr_open: file(() => '1048576\n'),
    'pipe-max-size': file(() => '1048576\n'),
  }),
  kernel: kernelDirectory,
  vm: directory({
    max_map_count: file(() => '65530\n'),
    mmap_min_addr: file(() => '65536\n'),
    overcommit_memory: file(() => '0\n'),
  }),
});

/** /proc itself. */
export const rootNode: Node = directory(
  {
    cmdline: file(() => '\n'),
    cpuinfo: file(cpuinfo),
    filesystems: file(() => FILESYSTEMS),
    loadavg: file(loadavg),
    meminfo: file(meminfo),
    mounts: link(() => 'self/mounts'),
    self: link(({ reader }) => String(reader.tgid)),
    stat: file(stat),
    sys: sysDirectory,
    'thread-self': link(({ reader }) => `${reader.tgid}/task/${reader.tid}`),
    uptime: file(({ kernel }) => `${seconds(kernel.clock.now())} ${seconds(kernel.container.idleNs)}\n`),
    version: file(() => `Linux version ${UTS_RELEASE} (cr86) ${UTS_VERSION}\n`),
  },
  'pids',
);
