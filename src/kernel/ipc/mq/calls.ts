/** mq_open(2) and its kin, mq_overview(7). Linux ipc/mqueue.c. */
import {
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENAMETOOLONG,
  ENOENT,
  ENOTSOCK,
  EROFS,
  ETIMEDOUT,
} from '../../errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../fd/poll.ts';
import { install } from '../../fd/table.ts';
import { copyIn, copyOut, openOf } from '../../fd/user.ts';
import { mayCreate } from '../../fs/create.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { MAY_EXEC, MAY_READ, MAY_WRITE, O_ACCMODE, O_CREAT, O_EXCL, O_NONBLOCK, S_IALLUGO } from '../../fs/flags.ts';
import type { Mount } from '../../fs/mount.ts';
import { IN_CREATE, IN_OPEN, notifyEntry, notifyFile } from '../../fs/notify.ts';
import { kept } from '../../fs/open.ts';
import { mayAccess } from '../../fs/permission.ts';
import { mayRemove, removeEntry } from '../../fs/remove.ts';
import { now } from '../../fs/timestamp.ts';
import type { Kernel } from '../../kernel.ts';
import { NetlinkSock } from '../../net/netlink/sock.ts';
import { SocketFile } from '../../net/socket-file.ts';
import type { Result } from '../../syscall/define.ts';
import { RLIMIT } from '../../task/signal.ts';
import type { Task } from '../../task/task.ts';
import { block } from '../../task/wait.ts';
import { packBytes, unpackBytes } from '../packed.ts';
import { MqFile } from './file.ts';
import { COOKIE_SIZE, NOTICES, type Notice, removeNotice, setNotice, tell } from './notice.ts';
import { MQ, MQ_PRIO_MAX, type MqLimits, type MqMessage, type Mqueue } from './queue.ts';
import { type MqueueRoot, mqMount } from './root.ts';

const NAME_MAX = 255;
/** sizeof(struct mq_attr), of struct sigevent. */
const ATTR_SIZE = 32;
const SIGEVENT_SIZE = 64;
const INPUT = POLLIN | POLLRDNORM;
const OUTPUT = POLLOUT | POLLWRNORM;
/** No event of a queue: senders and receivers are woken by name. */
const BY_NAME = 0x4000_0000;

/** The directory of the caller's queues. */
function rootOf(mount: Mount): MqueueRoot {
  return mount.root.target as MqueueRoot; // mqMount has made it
}

/** The queue of that name, null when there is none (Linux lookup_one_len). */
function find(t: Task, mount: Mount, name: string): Dentry | null | Result {
  if (name === '') return -ENOENT;
  if (name === '.' || name === '..' || name.includes('/')) return -EACCES;
  const denied = mayAccess(t, mount.root.target, MAY_EXEC);
  if (denied < 0) return denied;
  return name.length > NAME_MAX ? -ENAMETOOLONG : (mount.root.children.get(name) ?? null);
}

function create(t: Task, mount: Mount, name: string, mode: number, limits: MqLimits | null): Dentry | Result {
  const denied = mayCreate(t, { mount, dentry: mount.root });
  if (denied < 0) return denied;
  const root = rootOf(mount);
  const init = { uid: t.cred.fsuid, gid: t.cred.fsgid };
  const inode = root.makeChild(t, mode & S_IALLUGO & ~t.fs.umask, init, limits);
  if (typeof inode === 'number') return inode;
  const dentry = root.enter(mount.root, name, inode);
  root.touchMtime();
  notifyEntry(root, name, inode, IN_CREATE);
  return dentry;
}

/** Linux prepare_open of a queue that exists. */
function mayOpen(t: Task, { target }: Dentry, flags: number): Result {
  if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) return -EEXIST;
  const access = flags & O_ACCMODE;
  if (access === O_ACCMODE) return -EINVAL;
  return mayAccess(t, target, [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE][access]!);
}

export function mqOpen(k: Kernel, t: Task, name: string, flags: number, mode: number, at: number): Result {
  let limits: MqLimits | null = null;
  if (at !== 0) {
    const attr = copyIn(t, at, ATTR_SIZE);
    if (attr === null) return -EFAULT;
    limits = { maxMsg: attr.getInt32(4, true), msgSize: attr.getInt32(8, true) };
  }
  const free = t.files.free(0, t.signal.limit(RLIMIT.RLIMIT_NOFILE));
  if (free < 0) return free;
  const mount = mqMount(k, t.nsproxy.ipc);
  const found = find(t, mount, name);
  if (typeof found === 'number') return found;
  const dentry = found ?? (flags & O_CREAT ? create(t, mount, name, mode, limits) : -ENOENT);
  if (typeof dentry === 'number') return dentry;
  const denied = found === null ? 0 : mayOpen(t, dentry, flags);
  if (denied < 0) return denied;
  const file = dentry.target.open(k, t, { mount, dentry }, kept(flags));
  if (typeof file === 'number') return file;
  notifyFile(file, IN_OPEN);
  return install(t, file, true);
}

export function mqUnlink(k: Kernel, t: Task, name: string): Result {
  const mount = mqMount(k, t.nsproxy.ipc);
  if (mount.readOnly) return -EROFS;
  const dentry = find(t, mount, name);
  if (typeof dentry === 'number') return dentry;
  if (dentry === null) return -ENOENT;
  const denied = mayRemove(t, { mount, dentry: mount.root }, dentry);
  if (denied < 0) return denied;
  removeEntry(k, mount.root, dentry);
  return 0;
}

/** The open queue of a descriptor, -EBADF for anything else. */
function queueFile(t: Task, fd: number): MqFile | Result {
  const file = openOf(t, fd);
  return file instanceof MqFile ? file : -EBADF;
}

function touch(k: Kernel, queue: Mqueue): void {
  queue.touchMtime();
  queue.atime = now(k);
}

/** A message as numbers for a wait record, after what the sleeper does. */
function packed({ priority, data }: MqMessage): number[] {
  return [priority, ...packBytes(data)];
}

function unpacked([, priority, ...data]: readonly number[]): MqMessage {
  return { priority: priority!, data: unpackBytes(data) };
}

export interface Transfer {
  readonly fd: number;
  readonly at: number;
  readonly length: number;
  /** mq_timedsend: the priority; mq_timedreceive: where it goes. */
  readonly priority: number;
  /** Virtual ns. */
  readonly deadline: number | null;
}

/** A call that slept: it goes on sleeping, or its time is up. */
function sleepOn(t: Task): Result {
  return t.wait?.timedOut ? -ETIMEDOUT : block(t, {});
}

export function mqSend(k: Kernel, t: Task, { fd, at, length, priority, deadline }: Transfer): Result {
  if (t.wait !== null) return t.wait.data[0] === MQ.TAKEN ? 0 : sleepOn(t);
  if (priority >= MQ_PRIO_MAX) return -EINVAL;
  const file = queueFile(t, fd);
  if (typeof file === 'number') return file;
  if (!file.writable) return -EBADF;
  const { queue } = file;
  if (length > queue.msgSize) return -EMSGSIZE;
  const data = t.mm!.readBytes(at, length);
  if (data === null) return -EFAULT;
  const message = { priority, data: data.slice() };
  if (queue.isFull) {
    if (file.nonblock) return -EAGAIN;
    return block(t, { on: [queue], events: BY_NAME, deadline, data: [MQ.SENDING, ...packed(message)] });
  }
  const receiver = queue.sleeper(MQ.RECEIVING);
  if (receiver !== null) {
    receiver.wakeUp();
    receiver.wait!.data = [MQ.GIVEN, ...packed(message)];
  } else {
    queue.insert(message);
    if (queue.messages.length === 1) tell(k, t, queue);
    queue.wake(INPUT);
  }
  touch(k, queue);
  return 0;
}

/** The bytes of the message; its priority goes to user memory as well. */
export function mqReceive(k: Kernel, t: Task, call: Transfer): Result {
  if (t.wait !== null) {
    return t.wait.data[0] === MQ.GIVEN ? deliver(t, call, unpacked(t.wait.data)) : sleepOn(t);
  }
  const file = queueFile(t, call.fd);
  if (typeof file === 'number') return file;
  if (!file.readable) return -EBADF;
  const { queue } = file;
  if (call.length < queue.msgSize) return -EMSGSIZE;
  const message = queue.messages.shift();
  if (message === undefined) {
    if (file.nonblock) return -EAGAIN;
    return block(t, { on: [queue], events: BY_NAME, deadline: call.deadline, data: [MQ.RECEIVING] });
  }
  touch(k, queue);
  const sender = queue.sleeper(MQ.SENDING);
  if (sender === null) queue.wake(OUTPUT);
  else {
    sender.wakeUp();
    queue.insert(unpacked(sender.wait!.data));
    sender.wait!.data = [MQ.TAKEN];
  }
  return deliver(t, call, message);
}

/** The message has left its queue: it is lost when the buffer cannot be written. */
function deliver(t: Task, { at, priority: to }: Transfer, { priority, data }: MqMessage): Result {
  if (to !== 0 && !t.mm!.put32(to, priority)) return -EFAULT;
  return t.mm!.writeBytes(at, data) ? data.length : -EFAULT;
}

/** struct sigevent: value, signo, notify. Null when the user asks for nothing any more. */
function readNotice(t: Task, at: number): Notice | Result {
  const event = copyIn(t, at, SIGEVENT_SIZE);
  if (event === null) return -EFAULT;
  const [value, signo, how] = [event.getInt32(0, true), event.getInt32(4, true), NOTICES[event.getInt32(8, true)]];
  if (how === undefined || (how === 'signal' && (signo < 0 || signo > 64))) return -EINVAL;
  const notice = { pid: t.signal.tgid, how, signo: 0, value, userNs: t.cred.userNs };
  if (how !== 'thread') {
    return { ...notice, signo: how === 'signal' ? signo : 0, cookie: new Uint8Array(0), socket: null };
  }
  const cookie = t.mm!.readBytes(value >>> 0, COOKIE_SIZE);
  if (cookie === null) return -EFAULT;
  const file = openOf(t, signo);
  if (file === null) return -EBADF;
  if (!(file instanceof SocketFile)) return -ENOTSOCK;
  return file.sock instanceof NetlinkSock ? { ...notice, cookie: cookie.slice(), socket: file.sock } : -EINVAL;
}

export function mqNotify(k: Kernel, t: Task, fd: number, at: number): Result {
  const notice = at === 0 ? null : readNotice(t, at);
  if (typeof notice === 'number') return notice;
  const file = queueFile(t, fd);
  if (typeof file === 'number') return file;
  const { queue } = file;
  if (notice === null) {
    if (queue.notice?.pid !== t.signal.tgid) return 0;
    removeNotice(queue);
  } else {
    if (queue.notice !== null) return -EBUSY;
    setNotice(queue, notice);
  }
  queue.atime = queue.ctime = now(k);
  return 0;
}

export function mqGetSetAttr(k: Kernel, t: Task, fd: number, next: number, old: number): Result {
  const asked = next === 0 ? null : copyIn(t, next, ATTR_SIZE);
  if (next !== 0 && asked === null) return -EFAULT;
  const flags = asked?.getUint32(0, true) ?? 0;
  if ((flags & ~O_NONBLOCK) !== 0) return -EINVAL;
  const file = queueFile(t, fd);
  if (typeof file === 'number') return file;
  const { maxMsg, msgSize, messages } = file.queue;
  const attr = Uint32Array.of(file.flags & O_NONBLOCK, maxMsg, msgSize, messages.length, 0, 0, 0, 0);
  if (asked !== null) {
    file.flags = (file.flags & ~O_NONBLOCK) | flags;
    file.queue.atime = file.queue.ctime = now(k);
  }
  return old === 0 ? 0 : copyOut(t, old, new Uint8Array(attr.buffer));
}
