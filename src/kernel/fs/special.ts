/** Device nodes, FIFOs and socket names: inodes that lead to something else. */
import { ENXIO } from '../errno.ts';
import { openDevice } from '../fd/devices.ts';
import { openFifo } from '../fd/fifo.ts';
import type { File } from '../fd/file.ts';
import type { Pipe } from '../fd/pipe.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { optRef } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Task } from '../task/task.ts';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK } from './flags.ts';
import { Inode } from './inode.ts';
import type { Path } from './path.ts';

const TYPES: readonly number[] = [S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK];

export class Special extends derived(Inode, 'special', 1, {
  pipe: optRef<Pipe>('pipe', 'the pipe of a FIFO while somebody has it open'),
}) {
  override open(k: Kernel, t: Task, path: Path, flags: number): File | number {
    if (this.type === S_IFIFO) return openFifo(t, this, path, flags);
    if (this.type === S_IFCHR) return openDevice(k, t, this, path, flags);
    return -ENXIO;
  }

  override check(): void {
    super.check();
    assert(TYPES.includes(this.type), 'a device node of another type');
    assert(this.pipe === null || this.type === S_IFIFO, 'a pipe behind something that is no FIFO');
  }
}
