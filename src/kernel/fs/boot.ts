/** The filesystems of a machine that starts: root over the base layer, /dev, /proc, /sys, and init's first three files. */
import { FdTable } from '../fd/table.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { get } from '../kobject/kobject.ts';
import { FIRST_INO } from '../ns/namespace.ts';
import type { UserNs } from '../ns/user-ns.ts';
import { makeProcRoot } from '../proc/inode.ts';
import { ProcSuper } from '../proc/super.ts';
import type { Result } from '../syscall/define.ts';
import type { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { Console } from '../tty/console.ts';
import { DEVPTS_MAGIC, DevptsRoot, parseDevptsOptions } from '../tty/devpts.ts';
import { StreamFile, StreamInode } from '../tty/stream.ts';
import { Tty } from '../tty/tty.ts';
import { TtyFile } from '../tty/tty-file.ts';
import { bindReadOnly } from './boot-mounts.ts';
import { Dentry } from './dentry.ts';
import { deviceNumber } from './device-number.ts';
import { Directory } from './directory.ts';
import { O_LARGEFILE, O_RDONLY, O_RDWR, O_WRONLY, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK } from './flags.ts';
import { Fs } from './fs.ts';
import type { Inode } from './inode.ts';
import { makeInode } from './make.ts';
import { MntNs, Mount } from './mount.ts';
import { MNT_NOATIME, MNT_NODEV, MNT_NOEXEC, MNT_NOSUID } from './mount-flags.ts';
import { namespaceRoot } from './mount-tree.ts';
import type { Path } from './path.ts';
import { MAGIC, SuperBlock } from './superblock.ts';
import { fromNs, now, timesOf } from './timestamp.ts';

export interface BootOptions {
  /** One terminal for all three streams; else three streams that are no terminals. */
  readonly tty: boolean;
  readonly rows?: number;
  readonly cols?: number;
  /** Directories that are mounted read-only. */
  readonly readOnly?: readonly string[];
  readonly userNs: UserNs;
}

export interface BootedFiles {
  readonly mnt: MntNs;
  readonly fs: Fs;
  readonly files: FdTable;
  readonly console: Console;
}

/** Builds everything that init starts with; all objects have refs 0 but those that others hold. The container's clock runs. */
export function bootFiles(k: Kernel, options: BootOptions): BootedFiles {
  const { userNs } = options;
  const mnt = createNamespace(k, userNs);
  const root = namespaceRoot(mnt);
  const devices = devtmpfs(k, userNs);
  devices.refs++;
  k.container.devtmpfs = devices;
  const dev = mountOn(mnt, directoryAt(root, 'dev', 0o755), devices, 'devtmpfs', MNT_NOSUID);
  // As Debian mounts it; 5 is the group tty.
  const terminals = devpts(k, userNs, 'gid=5,mode=620');
  assert(typeof terminals !== 'number', 'options of devpts');
  mountOn(mnt, { mount: dev, dentry: entry(dev.root, 'pts') }, terminals, 'devpts', MNT_NOSUID | MNT_NOEXEC);
  const restricted = MNT_NOSUID | MNT_NODEV | MNT_NOEXEC;
  mountOn(mnt, directoryAt(root, 'proc', 0o555), procfs(k, k.container.pidNs), 'proc', restricted);
  mountOn(mnt, directoryAt(root, 'sys', 0o555), sysfs(k, userNs), 'sysfs', restricted);
  directoryAt(root, 'tmp', 0o1777);
  bindReadOnly(k, mnt, root, options.readOnly ?? []);
  const size = { rows: options.rows ?? 24, cols: options.cols ?? 80, xpixel: 0, ypixel: 0 };
  const tty = options.tty ? new Tty({ rdev: deviceNumber(5, 1), winsize: size }) : null;
  const console = Console.create(tty);
  const files = new FdTable({});
  if (tty !== null) openTerminal(files, tty, { mount: dev, dentry: entry(dev.root, 'console') });
  else openStreams(k, files, console, mnt);
  return { mnt, fs: Fs.at(root), files, console };
}

/** Below the root filesystem lies an empty one, which it stands on like every other mount (Linux init_mount_tree). */
function createNamespace(k: Kernel, userNs: UserNs): MntNs {
  const base = newSuperBlock(k, userNs, 'overlay', MAGIC.overlay);
  const pipes = newSuperBlock(k, userNs, 'pipefs', MAGIC.pipefs);
  const bottom = newSuperBlock(k, userNs, 'rootfs', MAGIC.tmpfs);
  const namespaces = newSuperBlock(k, userNs, 'nsfs', MAGIC.nsfs);
  const time = fromNs(BigInt(k.container.bootTime) * 1_000_000_000n);
  addRoot(base, makeInode(base, S_IFDIR | 0o755, { uid: 0, gid: 0, lower: '/', time }));
  for (const sb of [bottom, pipes, namespaces]) addRoot(sb, makeInode(sb, S_IFDIR | 0o555, { uid: 0, gid: 0 }));
  const anonymous = mountOf(k, pipes, 'pipefs', 0);
  const nsfs = mountOf(k, namespaces, 'nsfs', 0);
  const mnt = new MntNs({ ino: FIRST_INO.mnt, owner: userNs, anonymous, nsfs });
  const lowest = mountOf(k, bottom, 'rootfs', 0);
  mnt.add(lowest);
  mnt.announce(k);
  mountOn(mnt, { mount: lowest, dentry: lowest.root }, base, 'overlay', 0);
  return mnt;
}

/** Gives a filesystem its root directory. */
export function addRoot(sb: SuperBlock, inode: Inode): Dentry {
  const root = new Dentry({ name: '', parent: null, inode });
  sb.root = get(root);
  return root;
}

/** A mount of a whole filesystem that stands nowhere yet (refs 0). */
export function mountOf(k: Kernel, sb: SuperBlock, source: string, flags: number): Mount {
  assert(sb.root !== null, 'a filesystem without a root');
  const id = k.container.nextMountId++;
  return new Mount({ id, sb, root: sb.root, parent: null, mountpoint: null, flags, source });
}

/** A new filesystem, without a root. */
export function newSuperBlock(k: Kernel, userNs: UserNs, fsType: string, magic: number): SuperBlock {
  return SuperBlock.create(k, { fsType, dev: k.container.nextDev++, magic, userNs });
}

/** Mounts a filesystem at a place. */
function mountOn(mnt: MntNs, at: Path, sb: SuperBlock, source: string, flags: number): Mount {
  const mount = mountOf(sb.k, sb, source, flags | MNT_NOATIME);
  mnt.add(mount);
  mount.attach(at.mount, at.dentry);
  return mount;
}

/** A memory filesystem with an empty root directory. */
export function tmpfs(k: Kernel, userNs: UserNs, fsType: string, mode: number): SuperBlock {
  const sb = newSuperBlock(k, userNs, fsType, fsType === 'ramfs' ? MAGIC.ramfs : MAGIC.tmpfs);
  addRoot(sb, makeInode(sb, S_IFDIR | mode, { uid: 0, gid: 0 }));
  return sb;
}

/** The directory `name` of the root; made when the base has none. */
function directoryAt(root: Path, name: string, mode: number): Path {
  const dir = directory(root.dentry);
  const found = dir.lookup(root.dentry, name);
  const dentry = found ?? addNode(root.dentry, name, S_IFDIR | mode, {});
  return { mount: root.mount, dentry };
}

function directory(dentry: Dentry): Directory {
  const inode = dentry.target;
  assert(inode instanceof Directory, `${dentry.name} is no directory`);
  return inode;
}

/** Adds an entry with a new inode of root's. */
function addNode(parent: Dentry, name: string, mode: number, what: { rdev?: number; target?: string }): Dentry {
  const dir = directory(parent);
  return dir.enter(parent, name, makeInode(dir.superblock, mode, { uid: 0, gid: 0, ...what }));
}

function entry(dir: Dentry, name: string): Dentry {
  const found = dir.children.get(name);
  assert(found !== undefined, `no ${name}`);
  return found;
}

const DEVICES: readonly (readonly [string, number, number, number])[] = [
  ['null', 1, 3, 0o666],
  ['zero', 1, 5, 0o666],
  ['full', 1, 7, 0o666],
  ['random', 1, 8, 0o666],
  ['urandom', 1, 9, 0o666],
  ['tty', 5, 0, 0o666],
  ['console', 5, 1, 0o620],
  ['ptmx', 5, 2, 0o666],
];

const DEV_LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

function devtmpfs(k: Kernel, userNs: UserNs): SuperBlock {
  const sb = tmpfs(k, userNs, 'devtmpfs', 0o755);
  const root = sb.root!;
  for (const [name, major, minor, mode] of DEVICES)
    addNode(root, name, S_IFCHR | mode, { rdev: deviceNumber(major, minor) });
  for (const [name, target] of DEV_LINKS) addNode(root, name, S_IFLNK | 0o777, { target });
  addNode(root, 'shm', S_IFDIR | 0o1777, {});
  addNode(root, 'pts', S_IFDIR | 0o755, {});
  return sb;
}

/** /proc as processes of a pid namespace see it. */
export function procfs(k: Kernel, pidNs: PidNs): SuperBlock {
  const { owner } = pidNs;
  assert(owner !== null, 'a pid namespace of nobody');
  const sb = new ProcSuper({ fsType: 'proc', dev: k.container.nextDev++, magic: MAGIC.proc, userNs: owner, pidNs });
  sb.kernel = k;
  addRoot(sb, makeProcRoot(sb));
  return sb;
}

export function sysfs(k: Kernel, userNs: UserNs): SuperBlock {
  const sb = newSuperBlock(k, userNs, 'sysfs', MAGIC.sysfs);
  addRoot(sb, makeInode(sb, S_IFDIR | 0o555, { uid: 0, gid: 0 }));
  return sb;
}

/** Each mount is an instance of its own. `t` is who mounts it. */
export function devpts(k: Kernel, userNs: UserNs, data: string, t: Task | null = null): SuperBlock | Result {
  const options = parseDevptsOptions(data);
  if (typeof options === 'number') return options;
  const sb = newSuperBlock(k, userNs, 'devpts', DEVPTS_MAGIC);
  const inode = DevptsRoot.create(sb, options);
  inode.addPtmx(addRoot(sb, inode), t?.cred.fsuid ?? 0, t?.cred.fsgid ?? 0);
  return sb;
}

function openTerminal(files: FdTable, tty: Tty, { mount, dentry }: Path): void {
  const file = new TtyFile({ flags: O_RDWR | O_LARGEFILE, mount, dentry, inode: dentry.target, tty }).enter();
  for (const fd of [0, 1, 2]) files.set(fd, file, false);
}

function openStreams(k: Kernel, files: FdTable, console: Console, mnt: MntNs): void {
  const mount = mnt.anonymous;
  for (const stream of [0, 1, 2]) {
    const time = now(k);
    const inode = new StreamInode({
      sb: mount.sb,
      ino: mount.sb.takeIno(),
      mode: S_IFIFO | 0o600,
      uid: 0,
      gid: 0,
      nlink: 1,
      ...timesOf(time),
      console,
      stream,
    });
    const dentry = new Dentry({ name: `pipe:[${inode.ino}]`, parent: null, inode });
    const flags = stream === 0 ? O_RDONLY : O_WRONLY;
    files.set(stream, new StreamFile({ flags, mount, dentry, inode, console, stream }), false);
  }
}
