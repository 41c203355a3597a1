/** Open directories: getdents(2), lseek to positions it gave. */
import { EISDIR, ENOENT } from '../errno.ts';
import { type EmitEntry, fileKind } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { list, struct, transient } from '../kobject/fields.ts';
import { leave } from '../ordered.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { Dentry } from './dentry.ts';
import type { Directory } from './directory.ts';
import { type Notice, NoticeMark, noticeFields } from './dnotify.ts';
import { S_IFDIR } from './flags.ts';
import type { Mark } from './notify.ts';

/** DT_* of getdents from the type bits of a mode. */
export function dirType(mode: number): number {
  return (mode >>> 12) & 0xf;
}

/** `Directory` and what derives from it. */
const KINDS: readonly string[] = ['directory', 'devptsroot'];
const DT_DIR = dirType(S_IFDIR);

export class DirFile extends fileKind('dirfile', 2, {
  notices: list(struct(noticeFields, 'a notice'), 'F_NOTIFY', { since: 2 }),
  marks: transient<Map<Notice, NoticeMark>>('made for each notice', () => new Map()),
}) {
  addNotice(notice: Notice): void {
    this.notices.push(notice);
    this.enterNotice(notice);
  }

  private enterNotice(notice: Notice): void {
    const mark = new NoticeMark(this, notice);
    this.marks.set(notice, mark);
    mark.enter(this.inode!.marks);
  }

  dropNotices(gone: (notice: Notice) => boolean): void {
    for (const notice of this.notices.filter(gone)) {
      leave<Mark>(this.inode!.marks, this.marks.get(notice)!);
      this.marks.delete(notice);
      leave(this.notices, notice);
    }
  }

  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    for (const notice of this.notices) this.enterNotice(notice);
  }

  override flush(k: Kernel, t: Task): void {
    super.flush(k, t);
    this.dropNotices(({ table }) => table === t.files);
  }

  override released(): void {
    super.released();
    this.dropNotices(() => true);
  }

  override check(): void {
    super.check();
    assert(
      new Set(this.notices.map(({ table }) => table)).size === this.notices.length,
      'two notices of one descriptor table',
    );
    assert(
      this.inode !== null && KINDS.includes(this.inode.kind) && this.dentry !== null,
      'an open directory on something else',
    );
  }

  override get seekable(): boolean {
    return true;
  }

  override get canSync(): boolean {
    return true;
  }

  get directory(): Dentry {
    assert(this.dentry !== null, 'an open directory without a name');
    return this.dentry;
  }

  override read(): Result {
    return -EISDIR;
  }

  override readAt(): Result {
    return -EISDIR;
  }

  override seek(_k: Kernel, offset: number, whence: number): number {
    return this.seekFreely(offset, whence);
  }

  override readdir(_k: Kernel, _t: Task, emit: EmitEntry): Result {
    const dir = this.directory;
    // Directory inodes that are no `Directory` open as other kinds of file.
    const inode = dir.target as Directory;
    if (inode.nlink === 0) return -ENOENT;
    inode.populate(dir);
    if (!this.emitDots(dir, emit)) return 0;
    for (const child of dir.children.values()) {
      if (child.cookie < this.pos) continue;
      if (!emit(child.name, child.target.ino, dirType(child.target.mode), child.cookie + 1)) return 0;
      this.pos = child.cookie + 1;
    }
    return 0;
  }

  /** `.` and `..`; false when the buffer was full. */
  protected emitDots(dir: Dentry, emit: EmitEntry): boolean {
    const dots: [string, Dentry][] = [
      ['.', dir],
      ['..', dir.parent ?? dir],
    ];
    for (const [i, [name, dentry]] of dots.entries()) {
      if (this.pos > i) continue;
      if (!emit(name, dentry.target.ino, DT_DIR, i + 1)) return false;
      this.pos = i + 1;
    }
    return true;
  }
}
