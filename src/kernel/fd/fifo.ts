/** FIFOs, fifo(7), and fresh pipes. Linux fs/pipe.c fifo_open, create_pipe_files. */
import { EINVAL, ENXIO } from '../errno.ts';
import { Dentry } from '../fs/dentry.ts';
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, S_IFIFO } from '../fs/flags.ts';
import { makeInode } from '../fs/make.ts';
import type { Path } from '../fs/path.ts';
import type { Special } from '../fs/special.ts';
import { MAGIC } from '../fs/superblock.ts';
import { assert } from '../kobject/errors.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import type { File } from './file.ts';
import { Pipe, PipeFile } from './pipe.ts';

/** The pipe of a FIFO, made for its first user. */
function pipeOf(inode: Special): Pipe {
  inode.pipe ??= get(new Pipe({}));
  return inode.pipe;
}

/**
 * Opens a FIFO: the file, -ENXIO for a non-blocking writer without reader, or BLOCKED until the other side comes. The file
 * that waits counts as reader or writer already; the wait record holds it, and lets it go when a signal ends the call.
 */
export function openFifo(t: Task, inode: Special, { mount, dentry }: Path, flags: number): File | Result {
  const access = flags & O_ACCMODE;
  if (access === O_ACCMODE) return -EINVAL;
  const pipe = pipeOf(inode);
  if (inode.superblock.magic === MAGIC.pipefs) return reopenPipe(pipe, { mount, dentry }, flags);
  const nonblock = (flags & O_NONBLOCK) !== 0;
  if (access === O_WRONLY && nonblock && pipe.readers === 0) {
    dropUnused(inode);
    return -ENXIO;
  }
  const writersAtOpen = access === O_RDONLY && pipe.writers === 0 ? pipe.writersEver : 0;
  const file = new PipeFile({ flags, mount, dentry, inode, pipe, writersAtOpen });
  file.enter();
  const partner = access === O_RDONLY ? pipe.writers : pipe.readers;
  if (access === O_RDWR || partner > 0 || nonblock) return file;
  const seen = access === O_RDONLY ? pipe.writersEver : pipe.readersEver;
  return block(t, { on: [file, pipe], data: [seen] });
}

/** Opens a pipe(2) through /proc/PID/fd: it waits for nobody. */
function reopenPipe(pipe: Pipe, { mount, dentry }: Path, flags: number): PipeFile {
  const file = new PipeFile({ flags, mount, dentry, inode: dentry.target, pipe });
  file.enter();
  return file;
}

function dropUnused(inode: Special): void {
  const { pipe } = inode;
  if (pipe === null || pipe.readers > 0 || pipe.writers > 0) return;
  inode.pipe = null;
  put(pipe);
}

/** A sleeping open of a FIFO that was entered again: the file, or BLOCKED. Null when the task's call is no such open. */
export function resumeFifo(t: Task): PipeFile | Result | null {
  const file = t.wait?.on[0];
  if (!(file instanceof PipeFile)) return null;
  const { pipe } = file;
  const now = file.readable ? pipe.writersEver : pipe.readersEver;
  return now !== t.wait?.data[0] ? file : block(t, {});
}

/** Both ends of a new pipe, with refs 0. */
export function makePipe(t: Task, flags: number): { reader: PipeFile; writer: PipeFile } {
  const { fsuid, fsgid } = t.cred;
  const mount = t.nsproxy.mnt.anonymous;
  const inode = makeInode(mount.sb, S_IFIFO | 0o600, { uid: fsuid, gid: fsgid }) as Special;
  assert(inode.pipe === null, 'a new inode with a pipe');
  const pipe = pipeOf(inode);
  const dentry = new Dentry({ name: `pipe:[${inode.ino}]`, parent: null, inode });
  const reader = new PipeFile({ flags: O_RDONLY | flags, mount, dentry, inode, pipe });
  const writer = new PipeFile({ flags: O_WRONLY | flags, mount, dentry, inode, pipe });
  reader.enter();
  writer.enter();
  return { reader, writer };
}
