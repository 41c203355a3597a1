/** Open files of sockets. Linux net/socket.c. */
import { ENODEV, ESPIPE } from '../errno.ts';
import { type File, fileKind } from '../fd/file.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import { Dentry } from '../fs/dentry.ts';
import { O_NONBLOCK, O_RDWR, S_IFSOCK } from '../fs/flags.ts';
import { makeInode } from '../fs/make.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { ref } from '../kobject/fields.ts';
import { get, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Waitable } from '../task/wait.ts';
import { MSG_DONTWAIT, MSG_EOR, SOCK_SEQPACKET } from './constants.ts';
import { socketIoctl } from './ioctl.ts';
import { receiving } from './message.ts';
import { dropFiles } from './scm.ts';
import type { Sock } from './sock.ts';

export class SocketFile extends fileKind('socket', 1, {
  sock: ref<Sock>('sock', 'the socket'),
}) {
  get modeFlags(): number {
    return this.nonblock ? MSG_DONTWAIT : 0;
  }

  override read(k: Kernel, t: Task, to: ByteSink): Result {
    if (to.count === 0) return 0;
    const into = receiving(to, this.modeFlags);
    const result = this.sock.receive(k, t, into);
    dropFiles(k.container, into.files);
    return result;
  }

  override write(k: Kernel, t: Task, from: ByteSource): Result {
    const record = this.sock.type === SOCK_SEQPACKET ? MSG_EOR : 0;
    return this.sock.send(k, t, { from, flags: this.modeFlags | record, name: null, control: NOTHING });
  }

  override poll(k: Kernel): number {
    return this.sock.poll(k);
  }

  override pollOn(): Waitable {
    return this.sock;
  }

  override asyncOn(): Waitable {
    return this.sock;
  }

  override ioctl(k: Kernel, t: Task, cmd: number, arg: number): Result {
    return socketIoctl(k, t, this, cmd, arg);
  }

  override seek(): number {
    return -ESPIPE;
  }

  override mayMap(): Result {
    return -ENODEV;
  }

  override released(): void {
    super.released();
    const { sock } = this;
    // The names that sock.close() may look for need the sock, and the sock's own list needs it to have no file.
    get(sock);
    sock.file = null;
    sock.close(sock.k);
    put(sock);
  }

  override get label(): string | null {
    return this.dentry?.name ?? null;
  }

  override check(): void {
    super.check();
    assert(this.inode !== null && this.inode.type === S_IFSOCK, 'a socket without an inode');
    assert(this.sock.file === this, 'a socket with two open files');
  }
}

const NOTHING = new Uint8Array(0);

/** An open file (refs 0) for a sock that has none. `flags`: O_NONBLOCK or 0. */
export function openSocket(t: Task, sock: Sock, flags: number): SocketFile {
  const { fsuid, fsgid } = t.cred;
  const mount = sock.net.sockfs;
  const inode = makeInode(mount.sb, S_IFSOCK | 0o777, { uid: fsuid, gid: fsgid });
  const dentry = new Dentry({ name: `socket:[${inode.ino}]`, parent: null, inode });
  const file = new SocketFile({ flags: O_RDWR | (flags & O_NONBLOCK), mount, dentry, inode, sock });
  sock.file = file;
  return file;
}

/** The socket behind a file, or null. */
export function asSocket(file: File | null): SocketFile | null {
  return file instanceof SocketFile ? file : null;
}
