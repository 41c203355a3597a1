/** Pseudo-terminals, pty(7): opening /dev/ptmx, a slave, /dev/tty, /dev/console. Linux drivers/tty/pty.c, tty_io.c tty_open. */

import { EBUSY, EIO, ENODEV, ENOENT, ENXIO } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { install } from '../fd/table.ts';
import { deviceNumber } from '../fs/device-number.ts';
import { O_CLOEXEC, O_NOCTTY } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import { down } from '../fs/mount.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import { get } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { consoleOf } from './console.ts';
import type { DevptsRoot } from './devpts.ts';
import { SLAVE_SETTINGS } from './hangup.ts';
import { openedTerminal } from './job.ts';
import { B38400, CREAD, CS8 } from './termios.ts';
import { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

const PTM_MAJOR = 128;
const PTS_MAJOR = 136;
const NO_SIZE = { rows: 0, cols: 0, xpixel: 0, ypixel: 0 };
const RAW = { iflag: 0, oflag: 0, cflag: B38400 | CS8 | CREAD, lflag: 0 } as const;

/** The devpts that a ptmx device belongs to: its own filesystem, or what is mounted at `pts` beside it. */
function devptsOf(path: Path): Path | Result {
  if (path.mount.sb.fsType === 'devpts') return path;
  const { parent } = path.dentry;
  const child = parent?.target.lookup(parent, 'pts') ?? null;
  if (child === null || typeof child === 'number') return -ENOENT;
  const found = down({ mount: path.mount, dentry: child });
  const { sb, root } = found.mount;
  return sb.fsType === 'devpts' && sb.root === root ? found : -ENODEV;
}

/** /dev/ptmx: each open makes a new pair, whose slave is locked. */
export function openPtmx(_k: Kernel, t: Task, inode: Inode, path: Path, flags: number): File | number {
  const at = devptsOf(path);
  if (typeof at === 'number') return at;
  const { sb } = at.mount;
  const root = sb.root?.inode as DevptsRoot; // what devpts() makes
  const index = root.takeNumber();
  if (index < 0) return index;
  const rdev = deviceNumber(PTS_MAJOR, index);
  const slave = new Tty({ ...SLAVE_SETTINGS, driver: 'pts', rdev, index, winsize: { ...NO_SIZE }, devpts: sb });
  const settings = { ...RAW, driver: 'ptm', rdev: deviceNumber(PTM_MAJOR, index), index } as const;
  const master = new Tty({ ...settings, winsize: { ...NO_SIZE }, link: slave, locked: true });
  slave.master = master;
  master.node = get(root.addNode(t, slave));
  return new TtyFile({ flags: flags & ~O_NOCTTY, ...path, inode, tty: master }).enter();
}

/** Opens a terminal that exists: -EBUSY for TIOCEXCL, -EIO for a slave that is locked or whose master is closed. */
function reopen(t: Task, tty: Tty, inode: Inode, path: Path, flags: number): TtyFile | Result {
  if (tty.exclusive && !t.cred.capable(CAP.SYS_ADMIN)) return -EBUSY;
  if (tty.driver !== 'console') {
    const { master } = tty;
    // A failed open spoils the terminal for all, until one succeeds.
    tty.ioError = master === null || tty.otherClosed || master.locked;
    if (master === null || tty.ioError) return -EIO;
    master.otherClosed = false;
  }
  return new TtyFile({ flags: flags & ~O_NOCTTY, ...path, inode, tty }).enter();
}

/** /dev/pts/N; `tty` is null when its master has been closed. */
export function openSlave(t: Task, tty: Tty | null, inode: Inode, path: Path, flags: number): File | Result {
  if (tty === null) return -EIO;
  const file = reopen(t, tty, inode, path, flags);
  if (typeof file !== 'number' && (flags & O_NOCTTY) === 0) openedTerminal(t, tty, file.readable);
  return file;
}

/** /dev/tty: the controlling terminal, or -ENXIO. */
export function openControllingTty(_k: Kernel, t: Task, inode: Inode, path: Path, flags: number): File | number {
  const { tty } = t.signal;
  return tty === null ? -ENXIO : reopen(t, tty, inode, path, flags);
}

/** /dev/console: the machine's terminal; -EIO when it has none. Never becomes the controlling one by being opened. */
export function openConsole(k: Kernel, t: Task, inode: Inode, path: Path, flags: number): File | number {
  const { tty } = consoleOf(k);
  return tty === null ? -EIO : reopen(t, tty, inode, path, flags);
}

/** TIOCGPTPEER: opens the slave wherever the caller's paths lead; the new descriptor. */
export function openPeer(t: Task, file: File, master: Tty, flags: number): Result {
  const { node, link } = master;
  if (link === null || node === null || file.path === null) return -EIO;
  const at = devptsOf(file.path);
  if (typeof at === 'number') return at;
  if (at.mount.sb !== link.devpts) return -ENODEV;
  const peer = openSlave(t, link, node.target, { mount: at.mount, dentry: node }, flags);
  return typeof peer === 'number' ? peer : install(t, peer, (flags & O_CLOEXEC) !== 0);
}
