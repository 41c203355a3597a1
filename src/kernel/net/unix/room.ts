/** How those who wait for room in another socket's queue are woken: not by what wakes its own readers and writers. */
import { POLLMSG } from '../../fd/poll.ts';
import { WRITE_EVENTS } from '../sock.ts';
import type { UnixSock } from './sock.ts';

export const PEER_ROOM = POLLMSG;

/** A queue has room again: senders that sleep for it go on, and pollers of connected ones are told. */
export function madeRoom(sock: UnixSock): void {
  sock.wake(PEER_ROOM);
  for (const client of sock.clients) {
    if (!client.wantsRoom) continue;
    client.wantsRoom = false;
    client.notify(WRITE_EVENTS);
  }
}
