/** The end of an AF_UNIX socket. Linux net/unix/af_unix.c unix_release_sock. */
import { ECONNRESET } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { get, put } from '../../kobject/kobject.ts';
import { SHUTDOWN_MASK } from '../constants.ts';
import { STATE } from '../sock.ts';
import { purge } from './queue.ts';
import { PEER_ROOM } from './room.ts';
import type { UnixSock } from './sock.ts';

/** The peer learns of it: a connection ends, with an error when something was not read or nobody had accepted it. */
function leavePeer(sock: UnixSock, waiting: boolean): void {
  const { peer } = sock;
  if (peer === null) return;
  get(peer);
  const unreadLeft = sock.queue.length > 0 || waiting;
  sock.setPeer(null);
  if (!sock.isDatagram) {
    peer.shutdown = SHUTDOWN_MASK;
    if (unreadLeft) peer.err = ECONNRESET;
    peer.stateChanged();
  }
  put(peer);
}

/** `waiting`: it is a connection that nobody has accepted. */
export function closeUnix(k: Kernel, sock: UnixSock, waiting: boolean): void {
  const listened = sock.state === STATE.LISTEN;
  sock.dead = true;
  sock.bound = false;
  sock.state = STATE.CLOSE;
  sock.shutdown = SHUTDOWN_MASK;
  // Those who wait for room find nobody.
  sock.wake(PEER_ROOM);
  leavePeer(sock, waiting);
  if (listened) {
    for (const connection of sock.pending.splice(0)) {
      closeUnix(k, connection, true);
      put(connection);
    }
  }
  purge(sock);
  const { dentry, mount } = sock;
  sock.dentry = sock.mount = null;
  if (dentry !== null) put(dentry);
  if (mount !== null) put(mount);
}
