/** Names of AF_UNIX sockets: paths, abstract names, and those that the kernel chooses. */
import { fromLatin1, latin1 } from '../../bytes.ts';
import { EADDRINUSE, ECONNREFUSED, EEXIST, EINVAL, ENOENT, ENOSPC, EPROTOTYPE } from '../../errno.ts';
import { newChild } from '../../fs/create.ts';
import { AT_FDCWD, MAY_WRITE, S_IALLUGO, S_IFSOCK } from '../../fs/flags.ts';
import { mayAccess } from '../../fs/permission.ts';
import { dropName } from '../../fs/remove.ts';
import { lookupAt, walk } from '../../fs/walk.ts';
import type { Kernel } from '../../kernel.ts';
import { get } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { AF_UNIX } from '../constants.ts';
import { PASSCRED } from '../option-bits.ts';
import { familyOf } from '../sockaddr.ts';
import { UnixSock } from './sock.ts';

/** sizeof(struct sockaddr_un): the family and 108 bytes of path. */
const SOCKADDR_UN_SIZE = 110;
/** Names that the kernel chooses have five hex digits. */
const NAMES = 0x10_0000;

/** The name in an address, with the NUL of an abstract one but none behind a path: -EINVAL (Linux unix_validate_addr). */
export function parseName(address: Uint8Array): string | Result {
  if (address.length <= 2 || address.length > SOCKADDR_UN_SIZE || familyOf(address) !== AF_UNIX) return -EINVAL;
  const text = latin1(address.subarray(2));
  const end = text.indexOf('\0');
  return end <= 0 ? text : text.slice(0, end);
}

function isPath(name: string): boolean {
  return !name.startsWith('\0');
}

/** struct sockaddr_un of a socket: the family alone when it has no name. */
export function sockaddrOf({ address }: UnixSock): Uint8Array {
  if (address === null) return Uint8Array.of(AF_UNIX, 0);
  const text = fromLatin1(isPath(address) ? `${address}\0` : address);
  const out = new Uint8Array(2 + text.length);
  out[0] = AF_UNIX;
  out.set(text, 2);
  return out;
}

function openSocks(k: Kernel): UnixSock[] {
  return k.container.socks.filter((sock) => sock instanceof UnixSock && !sock.dead) as UnixSock[];
}

/** Who has an abstract name: they are told apart by namespace and by type. */
function findAbstract(k: Kernel, of: UnixSock, name: string): UnixSock | null {
  const found = openSocks(k).find(
    (sock) => sock.bound && sock.net === of.net && sock.type === of.type && sock.address === name,
  );
  return found ?? null;
}

/** The socket at an address: -ENOENT and its kin for a path, -ECONNREFUSED, -EPROTOTYPE (Linux unix_find_other). */
export function findOther(k: Kernel, t: Task, of: UnixSock, name: string): UnixSock | Result {
  if (!isPath(name)) return findAbstract(k, of, name) ?? -ECONNREFUSED;
  const path = lookupAt(k, t, AT_FDCWD, name, true);
  if (typeof path === 'number') return path;
  const inode = path.dentry.target;
  const denied = mayAccess(t, inode, MAY_WRITE);
  if (denied < 0) return denied;
  const found = openSocks(k).find((sock) => sock.dentry?.inode === inode);
  if (found === undefined) return -ECONNREFUSED;
  return found.type === of.type ? found : -EPROTOTYPE;
}

/** bind(2). An address without a path asks for any name. */
export function bindUnix(k: Kernel, t: Task, sock: UnixSock, address: Uint8Array): Result {
  if (address.length === 2 && familyOf(address) === AF_UNIX) return autobind(k, sock);
  const name = parseName(address);
  if (typeof name === 'number') return name;
  if (isPath(name)) return bindPath(k, t, sock, name);
  if (sock.address !== null) return -EINVAL;
  if (findAbstract(k, sock, name) !== null) return -EADDRINUSE;
  sock.address = name;
  sock.bound = true;
  return 0;
}

/** The name is made first, and goes again if the socket has one already. */
function bindPath(k: Kernel, t: Task, sock: UnixSock, name: string): Result {
  const found = walk(k, t, AT_FDCWD, name, { follow: false, parent: true });
  if (typeof found === 'number') return found;
  if (found.path !== null) return -EADDRINUSE;
  if (found.trailing) return -ENOENT;
  const mode = (sock.file?.inode?.mode ?? 0) & S_IALLUGO & ~t.fs.umask;
  const dentry = newChild(t, found.parent, found.name, S_IFSOCK | mode, {});
  if (typeof dentry === 'number') return dentry === -EEXIST ? -EADDRINUSE : dentry;
  if (sock.address !== null) {
    dropName(k, found.parent.dentry, dentry);
    return -EINVAL;
  }
  sock.address = name;
  sock.bound = true;
  sock.dentry = get(dentry);
  sock.mount = get(found.parent.mount);
  return 0;
}

function autobind(k: Kernel, sock: UnixSock): Result {
  if (sock.address !== null) return 0;
  const { net } = sock;
  for (let tried = 0; tried < NAMES; tried++) {
    net.nextName = (net.nextName + 1) % NAMES;
    const name = `\0${net.nextName.toString(16).padStart(5, '0')}`;
    if (findAbstract(k, sock, name) !== null) continue;
    sock.address = name;
    sock.bound = true;
    return 0;
  }
  return -ENOSPC;
}

/** Who wants credentials must be answerable: it gets a name before it sends or connects. */
export function autobindForCredentials(k: Kernel, sock: UnixSock): Result {
  return sock.hasOption(PASSCRED) && sock.address === null ? autobind(k, sock) : 0;
}
