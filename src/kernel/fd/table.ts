/** Descriptor tables (files_struct); threads share one. */
import { EBADF, EMFILE } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, map, ref, struct, u32 } from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import type { File } from './file.ts';

const slot = struct(
  { file: ref<File>('file', 'open file'), cloexec: bool('FD_CLOEXEC: closed by exec') },
  'an open descriptor',
);

/** No descriptor is ever this large (fs.nr_open). */
export const NR_OPEN = 1 << 20;

export class FdTable extends kobject('files', 1, {
  fds: map(u32('descriptor'), slot, 'open descriptors, in the order they were opened'),
}) {
  /** The open file, or null. */
  file(fd: number): File | null {
    return this.fds.get(fd)?.file ?? null;
  }

  /** The lowest free descriptor from `from` on, or -EMFILE at `limit`. */
  free(from: number, limit: number): Result {
    let fd = from;
    while (this.fds.has(fd)) fd++;
    return fd < Math.min(limit, NR_OPEN) ? fd : -EMFILE;
  }

  /** Puts a file at a free descriptor and takes a reference. */
  set(fd: number, file: File, cloexec: boolean): void {
    assert(!this.fds.has(fd), `descriptor ${fd} is taken`);
    this.fds.set(fd, { file: get(file), cloexec });
  }

  /** close(2): 0 or -EBADF. The file's locks of this table go. */
  close(k: Kernel, t: Task, fd: number): Result {
    const open = this.fds.get(fd);
    if (open === undefined) return -EBADF;
    this.fds.delete(fd);
    open.file.flush(k, t);
    put(open.file);
    return 0;
  }

  /** exec: closes what is marked FD_CLOEXEC. */
  closeOnExec(k: Kernel, t: Task): void {
    for (const [fd, open] of [...this.fds]) if (open.cloexec) this.close(k, t, fd);
  }

  override check(): void {
    for (const fd of this.fds.keys()) assert(fd < NR_OPEN, `descriptor ${fd} is out of range`);
  }

  /** A copy for a new process. */
  clone(): FdTable {
    return new FdTable({ fds: new Map(Array.from(this.fds, ([fd, open]) => [fd, { ...open }])) });
  }
}

/** Opens a descriptor for a new file: the lowest from `from` on, or -EMFILE, which releases a file that nobody holds. */
export function install(t: Task, file: File, cloexec: boolean, from = 0): Result {
  const fd = t.files.free(from, t.signal.limit(RLIMIT.RLIMIT_NOFILE));
  if (fd >= 0) t.files.set(fd, file, cloexec);
  else if (file.refs === 0) put(get(file));
  return fd;
}
