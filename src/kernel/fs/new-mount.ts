/** New filesystems: types and their options. tmpfs(5), Linux mm/shmem.c. */
import { EINVAL, ENODEV } from '../errno.ts';
import { mqueueFs } from '../ipc/mq/root.ts';
import type { Kernel } from '../kernel.ts';
import { NO_ID } from '../ns/id-map.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { devpts, procfs, sysfs, tmpfs } from './boot.ts';
import type { SuperBlock } from './superblock.ts';

type Maker = (k: Kernel, t: Task, data: string) => SuperBlock | Result;

export interface FsType {
  readonly make: Maker;
  /** Also the administrator of a user namespace may mount it (FS_USERNS_MOUNT). */
  readonly anyUser: boolean;
  /** Whether there is one for each mount. */
  readonly nodev: boolean;
}

const TYPES = new Map<string, FsType>([
  ['sysfs', { make: (k, t) => sysfs(k, t.cred.userNs), anyUser: true, nodev: true }],
  ['tmpfs', { make: (k, t, data) => memoryFilesystem(k, t, data, 'tmpfs', 0o1777), anyUser: true, nodev: true }],
  ['proc', { make: (k, t) => procfs(k, t.pid.ns), anyUser: true, nodev: true }],
  ['devtmpfs', { make: (k) => k.container.devtmpfs ?? -ENODEV, anyUser: false, nodev: true }],
  ['devpts', { make: (k, t, data) => devpts(k, t.cred.userNs, data, t), anyUser: true, nodev: true }],
  ['mqueue', { make: (k, t, data) => mqueueFs(k, t, data), anyUser: true, nodev: true }],
  ['ramfs', { make: (k, t, data) => ramfs(k, t, data), anyUser: true, nodev: true }],
]);

export function fsTypeOf(name: string): FsType | undefined {
  return TYPES.get(name);
}

/** Names of all types, for /proc/filesystems. */
export function fsTypeNames(): string[] {
  return [...TYPES.keys()];
}

const SIZE = /^(?:\d+|0x[0-9a-f]+)[kmgKMG]?$/;
/** How the value of each option is read. */
const TMPFS_OPTIONS: Readonly<Record<string, RegExp>> = {
  mode: /^0?[0-7]+$/,
  uid: /^\d{1,10}$/,
  gid: /^\d{1,10}$/,
  size: /^(?:\d+|0x[0-9a-f]+)[kmgKMG%]?$/,
  nr_blocks: SIZE,
  nr_inodes: SIZE,
  huge: /^(never|always|within_size|advise)$/,
  mpol: /./,
};
const FLAGS: readonly string[] = [
  'inode32',
  'inode64',
  'rw',
  'ro',
  'sync',
  'async',
  'dirsync',
  'lazytime',
  'nolazytime',
];
const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const BLOCK = 4096;

/** A number with a unit, memparse. */
function amount(text: string): number {
  const unit = UNITS[text.slice(-1).toLowerCase()];
  return unit === undefined ? Number(text) : Number(text.slice(0, -1)) * unit;
}

export function parseOptions(data: string): Map<string, string> | Result {
  const values = new Map<string, string>();
  for (const option of data.split(',').filter((each) => each !== '')) {
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    if (equals < 0 && FLAGS.includes(name)) continue;
    if (equals < 0 || TMPFS_OPTIONS[name]?.test(option.slice(equals + 1)) !== true) return -EINVAL;
    values.set(name, option.slice(equals + 1));
  }
  return values;
}

/** Limits of a memory filesystem from its options; what is left out stays. */
export function setLimits(k: Kernel, sb: SuperBlock, values: ReadonlyMap<string, string>): void {
  const size = values.get('size');
  const blocks = values.get('nr_blocks');
  const inodes = values.get('nr_inodes');
  if (size?.endsWith('%')) sb.maxBlocks = Math.floor((k.ram.frames * Number(size.slice(0, -1))) / 100);
  else if (size !== undefined) sb.maxBlocks = Math.ceil(amount(size) / BLOCK);
  if (blocks !== undefined) sb.maxBlocks = amount(blocks);
  if (inodes !== undefined) sb.maxInodes = amount(inodes);
}

function memoryFilesystem(k: Kernel, t: Task, data: string, fsType: string, mode: number): SuperBlock | Result {
  const values = parseOptions(data);
  if (typeof values === 'number') return values;
  const { userNs } = t.cred;
  const [uid, gid] = [values.get('uid'), values.get('gid')];
  const owner = uid === undefined ? t.cred.fsuid : userNs.kuid(Number(uid));
  const group = gid === undefined ? t.cred.fsgid : userNs.kgid(Number(gid));
  if (owner === NO_ID || group === NO_ID) return -EINVAL;
  const sb = tmpfs(k, userNs, fsType, Number.parseInt(values.get('mode') ?? mode.toString(8), 8) & 0o7777);
  // Half of memory, as pages and as inodes.
  sb.maxBlocks = sb.maxInodes = Math.floor(k.ram.frames / 2);
  setLimits(k, sb, values);
  const inode = sb.root!.target;
  inode.uid = owner;
  inode.gid = group;
  return sb;
}

/** ramfs(5) knows a mode and forgives everything else. */
function ramfs(k: Kernel, t: Task, data: string): SuperBlock | Result {
  const mode = /(?:^|,)mode=([0-7]+)(?:,|$)/.exec(data)?.[1] ?? '755';
  const sb = tmpfs(k, t.cred.userNs, 'ramfs', Number.parseInt(mode, 8) & 0o7777);
  const inode = sb.root!.target;
  inode.uid = t.cred.fsuid;
  inode.gid = t.cred.fsgid;
  return sb;
}
