/** The devpts filesystem: /dev/pts. Linux fs/devpts/inode.c, Documentation/filesystems/devpts.rst. */
import { EINVAL, ENOSPC } from '../errno.ts';
import type { File } from '../fd/file.ts';
import type { Dentry } from '../fs/dentry.ts';
import { deviceNumber } from '../fs/device-number.ts';
import { Directory } from '../fs/directory.ts';
import { S_IALLUGO, S_IFCHR } from '../fs/flags.ts';
import { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import type { SuperBlock } from '../fs/superblock.ts';
import { now, timesOf } from '../fs/timestamp.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { list, optional, optRef, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { openPtmx, openSlave } from './pty.ts';
import type { Tty } from './tty.ts';

export const DEVPTS_MAGIC = 0x1cd1;
const PTMX = deviceNumber(5, 2);
const DEFAULT_MODE = 0o600;
/** Linux NR_UNIX98_PTY_MAX. */
const MAX_PTYS = 1 << 20;
/** Inodes 1 and 2 are the directory and ptmx. */
const FIRST_INO = 3;

/** Mount options; the owners are null when new entries belong to who opens ptmx. */
export interface DevptsOptions {
  readonly owner: number | null;
  readonly group: number | null;
  readonly entryMode: number;
  readonly ptmxMode: number;
  readonly max: number;
}

const NUMBER = /^\d{1,9}$/;
const OCTAL = /^[0-7]{1,7}$/;

type Setter = (value: string) => Partial<DevptsOptions>;
const OPTIONS: Readonly<Record<string, readonly [RegExp, Setter]>> = {
  uid: [NUMBER, (value) => ({ owner: Number(value) })],
  gid: [NUMBER, (value) => ({ group: Number(value) })],
  mode: [OCTAL, (value) => ({ entryMode: Number.parseInt(value, 8) & S_IALLUGO })],
  ptmxmode: [OCTAL, (value) => ({ ptmxMode: Number.parseInt(value, 8) & S_IALLUGO })],
  max: [NUMBER, (value) => ({ max: Number(value) })],
  newinstance: [/^$/, () => ({})],
};

/** Mount options as text, or -EINVAL. */
export function parseDevptsOptions(text: string): DevptsOptions | Result {
  let found: DevptsOptions = { owner: null, group: null, entryMode: DEFAULT_MODE, ptmxMode: 0, max: MAX_PTYS };
  for (const option of text.split(',').filter((each) => each !== '')) {
    const [name = '', value = ''] = option.split('=', 2);
    const row = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (row === undefined || !row[0].test(value)) return -EINVAL;
    found = { ...found, ...row[1](value) };
  }
  return found.max > MAX_PTYS ? -EINVAL : found;
}

/** What all inodes of an instance have in common. */
function inodeInit(sb: SuperBlock, ino: number) {
  return { sb, ino, ...timesOf(now(sb.k)) };
}

export class DevptsRoot extends derived(Directory, 'devptsroot', 1, {
  owner: optional(u32('uid= of the mount')),
  group: optional(u32('gid= of the mount')),
  entryMode: u32('permissions of new entries', { show: 'octal' }),
  ptmxMode: u32('permissions of ptmx', { show: 'octal' }),
  max: u32('how many pseudo-terminals there may be'),
  numbers: list(u32('a number'), 'numbers in use, in the order they were taken'),
}) {
  static create(sb: SuperBlock, options: DevptsOptions): DevptsRoot {
    return new DevptsRoot({ ...inodeInit(sb, sb.takeIno()), mode: 0o040755, uid: 0, gid: 0, nlink: 2, ...options });
  }

  /** Entries come and go with pseudo-terminals alone. */
  override get fixed(): boolean {
    return true;
  }

  /** The lowest free number, or -ENOSPC. */
  takeNumber(): number {
    let number = 0;
    while (this.numbers.includes(number)) number++;
    if (number >= this.max) return -ENOSPC;
    this.numbers.push(number);
    return number;
  }

  freeNumber(number: number): void {
    this.numbers = this.numbers.filter((other) => other !== number);
  }

  /** Enters ptmx. */
  addPtmx(root: Dentry, uid: number, gid: number): void {
    const ptmx = new PtsNode({
      ...inodeInit(this.superblock, this.superblock.takeIno()),
      ...{ mode: S_IFCHR | this.ptmxMode, uid, gid, nlink: 1, rdev: PTMX },
    });
    this.enter(root, 'ptmx', ptmx);
  }

  /** Enters a slave under its number. */
  addNode(t: Task, tty: Tty): Dentry {
    const { superblock } = this;
    const inode = new PtsNode({
      ...inodeInit(superblock, tty.index + FIRST_INO),
      ...{ mode: S_IFCHR | this.entryMode, nlink: 1, rdev: tty.rdev, tty },
      uid: this.owner ?? t.cred.fsuid,
      gid: this.group ?? t.cred.fsgid,
    });
    assert(superblock.root !== null, 'a devpts without a root');
    return this.enter(superblock.root, String(tty.index), inode);
  }

  override remount(data: string): Result {
    const options = parseDevptsOptions(data);
    if (typeof options === 'number') return options;
    Object.assign(this, options);
    const ptmx = this.superblock.root?.children.get('ptmx')?.inode;
    if (ptmx) ptmx.mode = S_IFCHR | options.ptmxMode;
    return 0;
  }

  override get mountOptions(): string {
    const octal = (mode: number): string => mode.toString(8).padStart(3, '0');
    return [
      ...(this.owner === null ? [] : [`uid=${this.owner}`]),
      ...(this.group === null ? [] : [`gid=${this.group}`]),
      ...[`mode=${octal(this.entryMode)}`, `ptmxmode=${octal(this.ptmxMode)}`],
      ...(this.max < MAX_PTYS ? [`max=${this.max}`] : []),
    ].join(',');
  }
}

/** /dev/pts/N and /dev/pts/ptmx. */
export class PtsNode extends derived(Inode, 'ptsnode', 1, {
  tty: optRef<Tty>('tty', 'the slave; null of ptmx, and when the master has been closed'),
}) {
  override open(k: Kernel, t: Task, path: Path, flags: number): File | number {
    return this.rdev === PTMX ? openPtmx(k, t, this, path, flags) : openSlave(t, this.tty, this, path, flags);
  }

  override check(): void {
    super.check();
    assert(this.type === S_IFCHR, 'an entry of devpts of another type');
    assert(this.tty === null || this.tty.driver === 'pts', 'an entry of devpts that leads to no slave');
  }
}
