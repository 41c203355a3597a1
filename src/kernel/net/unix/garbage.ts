/**
 * Files that travel between AF_UNIX sockets may be sockets in whose queues they lie themselves. Nobody can receive such a
 * circle, and references alone never let it go: it is looked for after each call while files travel. Linux net/unix/garbage.c.
 */
import type { Container } from '../../container.ts';
import type { File } from '../../fd/file.ts';
import { remove, takeFiles } from './queue.ts';
import { UnixSock } from './sock.ts';

function unixSocks(container: Container): UnixSock[] {
  return container.socks.filter((sock) => sock instanceof UnixSock);
}

/** How many files a user has under way in messages. */
export function inflightOf(container: Container, user: number): number {
  let found = 0;
  for (const sock of unixSocks(container)) {
    for (const message of sock.queue) if (message.user === user) found += message.files.length;
  }
  return found;
}

/** How often each file is in a queue. */
function countInQueues(socks: readonly UnixSock[]): Map<File, number> {
  const counts = new Map<File, number>();
  for (const sock of socks) {
    for (const { files } of sock.queue) for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  return counts;
}

/** Sockets that somebody can still get at: those open somewhere else than in queues, and what is in the queues of such. */
function reachable(socks: readonly UnixSock[]): Set<UnixSock> {
  const counts = countInQueues(socks);
  const byFile = new Map<File, UnixSock>();
  for (const sock of socks) if (sock.file !== null) byFile.set(sock.file, sock);
  const found = new Set(socks.filter(({ file }) => file !== null && file.refs > (counts.get(file) ?? 0)));
  for (const sock of found) {
    for (const connection of sock.pending) found.add(connection);
    for (const { files } of sock.queue) {
      for (const file of files) {
        const other = byFile.get(file);
        if (other !== undefined) found.add(other);
      }
    }
  }
  return found;
}

/** Takes all files out of the queues of sockets that nobody can get at; the caller drops them. */
export function collectGarbage(container: Container): File[] {
  if (container.inflight === 0) return [];
  const socks = unixSocks(container);
  const alive = reachable(socks);
  const files: File[] = [];
  for (const sock of socks) {
    if (alive.has(sock)) continue;
    for (const message of sock.queue.filter((each) => each.files.length > 0)) {
      files.push(...takeFiles(sock, message));
      remove(sock, message);
    }
  }
  return files;
}
