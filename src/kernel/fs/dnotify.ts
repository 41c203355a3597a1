/** F_NOTIFY: a signal when something happens in a directory, fcntl(2). Linux fs/notify/dnotify/. */
import { changeOwner, POLL_MSG, signalOwner } from '../fd/async.ts';
import type { FdTable } from '../fd/table.ts';
import type { Kernel } from '../kernel.ts';
import { bool, count, i32, u32, type Values, weak } from '../kobject/fields.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import type { DirFile } from './dir-file.ts';
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_RENAME,
  type Mark,
  type NotifyEvent,
} from './notify.ts';

const DN_MULTISHOT = 0x8000_0000;
/** DN_* bits from 1 up, and what happens then. */
const EVENTS: readonly number[] = [
  IN_ACCESS,
  IN_MODIFY,
  IN_CREATE | IN_MOVED_TO,
  IN_DELETE | IN_MOVED_FROM,
  IN_RENAME,
  IN_ATTRIB,
];

export const noticeFields = {
  table: weak<FdTable>('files', 'who asked: it ends when this table closes the file'),
  fd: i32('what the signal names'),
  mask: u32('IN_* events', { show: 'hex' }),
  stays: bool('DN_MULTISHOT: not only for one event'),
  seq: count('order among those of a directory, from Container.waitSeq'),
};
export type Notice = Values<typeof noticeFields>;

/** Stands on the directory for one of the file's notices. */
export class NoticeMark implements Mark {
  readonly file: DirFile;
  readonly notice: Notice;

  constructor(file: DirFile, notice: Notice) {
    this.file = file;
    this.notice = notice;
  }
  notify({ mask }: NotifyEvent): void {
    const { file, notice } = this;
    if ((notice.mask & mask) === 0) return;
    signalOwner(kernelOf(file), file, POLL_MSG, notice.fd);
    if (!notice.stays) file.dropNotices((each) => each === notice);
  }
  end(): void {
    this.file.dropNotices((each) => each === this.notice);
  }

  /** The youngest is told first. */
  enter(marks: Mark[]): void {
    const older = marks.findIndex((mark) => mark instanceof NoticeMark && mark.notice.seq < this.notice.seq);
    marks.splice(older < 0 ? marks.length : older, 0, this);
  }
}

const kernelOf = (file: DirFile): Kernel => file.inode!.sb!.kernel!;

/** @param arg DN_* bits; none ends what the caller's table has asked for by this file */
export function setNotice(t: Task, file: DirFile, arg: number, fd: number): Result {
  const { files } = t;
  const mine = ({ table }: Notice): boolean => table === files;
  if ((arg & ~DN_MULTISHOT) === 0) {
    file.dropNotices(mine);
    return 0;
  }
  let mask = 0;
  for (const [i, events] of EVENTS.entries()) if (arg & (1 << i)) mask |= events;
  const stays = (arg & DN_MULTISHOT) !== 0;
  if (file.owner.pid === null) changeOwner(t, file, t.signal.tgid, 'process');
  const there = file.notices.find(mine);
  if (there === undefined) {
    file.addNotice({ table: t.files, fd, mask, stays, seq: t.container.waitSeq++ });
  } else {
    there.fd = fd;
    there.mask |= mask;
    there.stays ||= stays;
  }
  return 0;
}
