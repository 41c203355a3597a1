/** The filesystems of a machine that starts: root over the base layer, /dev, /proc, /sys, and init's first three files. */
import { deviceNumber } from '../fd/devices.ts';
import { FdTable } from '../fd/table.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { get } from '../kobject/kobject.ts';
import { makeProcRoot } from '../proc/inode.ts';
import { Console } from '../tty/console.ts';
import { StreamFile, StreamInode } from '../tty/stream.ts';
import { Tty } from '../tty/tty.ts';
import { TtyFile } from '../tty/tty-file.ts';
import { bindReadOnly } from './boot-mounts.ts';
import { Dentry } from './dentry.ts';
import { Directory } from './directory.ts';
import { O_LARGEFILE, O_RDONLY, O_RDWR, O_WRONLY, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK } from './flags.ts';
import { Fs } from './fs.ts';
import type { Inode } from './inode.ts';
import { makeInode } from './make.ts';
import { MntNs, Mount } from './mount.ts';
import { MNT_NOATIME, MNT_NODEV, MNT_NOEXEC, MNT_NOSUID } from './mount-flags.ts';
import type { Path } from './path.ts';
import { MAGIC, SuperBlock } from './superblock.ts';
import { fromNs, now } from './timestamp.ts';

export interface BootOptions {
  /** One terminal for all three streams; else three streams that are no terminals. */
  readonly tty: boolean;
  readonly rows?: number;
  readonly cols?: number;
  /** Directories that are mounted read-only. */
  readonly readOnly?: readonly string[];
}

export interface BootedFiles {
  readonly mnt: MntNs;
  readonly fs: Fs;
  readonly files: FdTable;
  readonly console: Console;
}

/** Device number of a filesystem without a device: major 0. The first is the root's. */
const FIRST_DEV = 1;

/** Builds everything that init starts with; all objects have refs 0 but those that others hold. The container's clock runs. */
export function bootFiles(k: Kernel, options: BootOptions): BootedFiles {
  const mnt = createNamespace(k);
  const root = { mount: mnt.root, dentry: mnt.root.root };
  const dev = mountOn(mnt, directoryAt(root, 'dev', 0o755), devtmpfs(k, mnt), 'devtmpfs', MNT_NOSUID);
  const restricted = MNT_NOSUID | MNT_NODEV | MNT_NOEXEC;
  mountOn(mnt, directoryAt(root, 'proc', 0o555), procfs(k, mnt), 'proc', restricted);
  mountOn(mnt, directoryAt(root, 'sys', 0o555), sysfs(k, mnt), 'sysfs', restricted);
  directoryAt(root, 'tmp', 0o1777);
  bindReadOnly(mnt, root, options.readOnly ?? []);
  const size = { rows: options.rows ?? 24, cols: options.cols ?? 80, xpixel: 0, ypixel: 0 };
  const tty = options.tty ? new Tty({ rdev: deviceNumber(5, 1), winsize: size }) : null;
  const console = Console.create(tty);
  const files = new FdTable({});
  if (tty !== null) openTerminal(files, tty, { mount: dev, dentry: entry(dev.root, 'console') });
  else openStreams(k, files, console, mnt);
  return { mnt, fs: Fs.at(root), files, console };
}

function createNamespace(k: Kernel): MntNs {
  const base = SuperBlock.create(k, { fsType: 'overlay', dev: FIRST_DEV, magic: MAGIC.overlay });
  const pipes = SuperBlock.create(k, { fsType: 'pipefs', dev: FIRST_DEV + 1, magic: MAGIC.pipefs });
  const time = fromNs(BigInt(k.container.bootTime) * 1_000_000_000n);
  addRoot(base, makeInode(base, S_IFDIR | 0o755, { uid: 0, gid: 0, lower: '/', time }));
  addRoot(pipes, makeInode(pipes, S_IFDIR | 0o555, { uid: 0, gid: 0 }));
  const root = mountOf(base, { id: 1, source: 'overlay', flags: MNT_NOATIME });
  const anonymous = mountOf(pipes, { id: 2, source: 'pipefs', flags: 0 });
  const mnt = new MntNs({ anonymous, nextDev: FIRST_DEV + 2, nextMountId: 3 });
  mnt.add(root);
  return mnt;
}

function addRoot(sb: SuperBlock, inode: Inode): Dentry {
  const root = new Dentry({ name: '', parent: null, inode });
  sb.root = get(root);
  return root;
}

function mountOf(sb: SuperBlock, init: { id: number; source: string; flags: number; at?: Path }): Mount {
  assert(sb.root !== null, 'a filesystem without a root');
  const { id, source, flags, at } = init;
  return new Mount({ id, sb, root: sb.root, parent: at?.mount ?? null, mountpoint: at?.dentry ?? null, flags, source });
}

/** A new filesystem of the namespace, without a root. */
export function newSuperBlock(k: Kernel, mnt: MntNs, fsType: string, magic: number): SuperBlock {
  return SuperBlock.create(k, { fsType, dev: mnt.nextDev++, magic });
}

/** Mounts a filesystem at a place. */
export function mountOn(mnt: MntNs, at: Path, sb: SuperBlock, source: string, flags: number): Mount {
  const mount = mountOf(sb, { id: mnt.nextMountId++, source, flags: flags | MNT_NOATIME, at });
  mnt.add(mount);
  return mount;
}

/** A memory filesystem with an empty root directory. */
export function tmpfs(k: Kernel, mnt: MntNs, fsType: string, mode: number): SuperBlock {
  const sb = newSuperBlock(k, mnt, fsType, MAGIC.tmpfs);
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
];

const DEV_LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

function devtmpfs(k: Kernel, mnt: MntNs): SuperBlock {
  const sb = tmpfs(k, mnt, 'devtmpfs', 0o755);
  const root = sb.root!;
  for (const [name, major, minor, mode] of DEVICES)
    addNode(root, name, S_IFCHR | mode, { rdev: deviceNumber(major, minor) });
  for (const [name, target] of DEV_LINKS) addNode(root, name, S_IFLNK | 0o777, { target });
  addNode(root, 'shm', S_IFDIR | 0o1777, {});
  return sb;
}

export function procfs(k: Kernel, mnt: MntNs): SuperBlock {
  const sb = newSuperBlock(k, mnt, 'proc', MAGIC.proc);
  addRoot(sb, makeProcRoot(sb));
  return sb;
}

export function sysfs(k: Kernel, mnt: MntNs): SuperBlock {
  const sb = newSuperBlock(k, mnt, 'sysfs', MAGIC.sysfs);
  addRoot(sb, makeInode(sb, S_IFDIR | 0o555, { uid: 0, gid: 0 }));
  return sb;
}

function openTerminal(files: FdTable, tty: Tty, { mount, dentry }: Path): void {
  const file = new TtyFile({ flags: O_RDWR | O_LARGEFILE, mount, dentry, inode: dentry.target, tty });
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
      atime: { ...time },
      mtime: { ...time },
      ctime: { ...time },
      btime: { ...time },
      console,
      stream,
    });
    const dentry = new Dentry({ name: `pipe:[${inode.ino}]`, parent: null, inode });
    const flags = stream === 0 ? O_RDONLY : O_WRONLY;
    files.set(stream, new StreamFile({ flags, mount, dentry, inode, console, stream }), false);
  }
}
