/** Who may see which entries of /proc/PID: as ptrace(2) has it, with the ids for files. */
import { EACCES } from '../errno.ts';
import { ptraceMayAccess } from '../task/access.ts';
import type { Node, Query } from './nodes.ts';

/** 0, or the error with which an entry that needs the right to trace refuses. */
export function checkReader({ reader, task }: Query, error: number = EACCES): number {
  return ptraceMayAccess(reader, task, 'fs') ? 0 : -error;
}

/** The same entry for those who may trace the process; others get `error`, EACCES by default, when they open or read it. */
export function forTracers(node: Node, error: number = EACCES): Node {
  const { text, follow } = node;
  return {
    ...node,
    mayOpen: (query) => checkReader(query, error),
    ...(text && { text: (query: Query) => checkReader(query, error) || text(query) }),
    ...(follow && { follow: (query: Query) => checkReader(query, error) || follow(query) }),
  };
}
