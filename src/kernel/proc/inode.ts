/** Inodes of /proc. They are made when looked up, and forgotten when what they are about has ended. */
import { EACCES, ENOENT, ESRCH } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { Dentry } from '../fs/dentry.ts';
import { O_ACCMODE, O_RDONLY, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../fs/flags.ts';
import { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import type { SuperBlock } from '../fs/superblock.ts';
import { now, timesOf } from '../fs/timestamp.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, str } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { NO_ID } from '../ns/id-map.ts';
import type { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';
import { ProcBinaryFile } from './binary-file.ts';
import { ProcDirFile, ProcTextFile } from './files.ts';
import { inoOf, type Node, type Place, type Query } from './nodes.ts';
import { fdInfo, fdLink, livingThreads, processNode, threadNode } from './process.ts';
import { rootNode } from './root.ts';
import { ProcSuper } from './super.ts';

export class ProcInode extends derived(Inode, 'procinode', 1, {
  tgid: i32('process number; 0 outside /proc/PID'),
  tid: i32('thread number below /proc/PID/task; 0 elsewhere'),
  startTime: count('when that task was made: its number may be given out again'),
  where: str('names below /proc, /proc/PID or /proc/PID/task/TID'),
  fd: i32('descriptor of an entry in /proc/PID/fd; -1 elsewhere'),
}) {
  /** Whose processes this /proc shows. */
  get pidNs(): PidNs {
    return pidNsOf(this.superblock);
  }

  /** Whether it is /proc/PID itself. */
  get isProcess(): boolean {
    return this.tgid !== 0 && this.tid === 0 && this.where === '';
  }

  get node(): Node {
    const node = nodeAt(this);
    assert(node !== null, `/proc has no ${this.where}`);
    return node;
  }

  /** The task it is about; null when that has ended, or outside /proc/PID. */
  get subject(): Task | null {
    const task = taskOf(this.superblock, this);
    return task !== null && task.startTime === this.startTime ? task : null;
  }

  /** Whether its process, thread or descriptor has gone. */
  get stale(): boolean {
    if (this.tgid === 0) return false;
    const task = this.subject;
    return task === null || (this.fd >= 0 && !task.files?.fds.has(this.fd));
  }

  /** An entry belongs to the user of its process as long as others may look into that (Linux task_dump_owner). */
  updateOwner(): void {
    const { subject, node } = this;
    if (subject === null || (node.owned !== true && this.fd < 0)) return;
    const { uid, gid } = ownerOf(subject, this.mode);
    this.uid = uid;
    this.gid = gid;
  }

  query(reader: Task): Query | null {
    const task = this.tgid === 0 ? reader : this.subject;
    return task === null ? null : { kernel: this.k, reader, task, fd: this.fd, pidNs: this.pidNs };
  }

  /** Names of a directory with what they are, fixed entries first. */
  list(): [string, Place][] {
    const { node, where, tgid, tid } = this;
    const below = (name: string): string => (where === '' ? name : `${where}/${name}`);
    const fixed = Object.keys(node.entries ?? {}).map((name): [string, Place] => [
      name,
      { tgid, tid, where: below(name), fd: -1 },
    ]);
    return [...fixed, ...this.listDynamic()];
  }

  /** Type of the numbered entries. */
  get entryMode(): number {
    if (this.node.dynamic === 'fdinfo') return S_IFREG;
    return this.node.dynamic === 'fds' ? S_IFLNK : S_IFDIR;
  }

  private listDynamic(): [string, Place][] {
    const { tgid, tid, where, subject } = this;
    switch (this.node.dynamic) {
      case 'pids': {
        const leaders = this.k.container.tasks.filter((t) => t.isLeader);
        return leaders
          .filter((t) => numberOf(this.pidNs, t) > 0)
          .map((t): [string, Place] => entry(numberOf(this.pidNs, t), { where: '', fd: -1 }, 'tgid'));
      }
      case 'tasks':
        return (subject === null ? [] : livingThreads(subject)).map((t): [string, Place] =>
          entry(numberOf(this.pidNs, t), { tgid, where: '', fd: -1 }, 'tid'),
        );
      case 'fds':
      case 'fdinfo':
        return [...(subject?.files?.fds.keys() ?? [])]
          .sort((a, b) => a - b)
          .map((fd): [string, Place] => [String(fd), { tgid, tid, where: `${where}/${fd}`, fd }]);
      default:
        return [];
    }
  }

  override lookup(dir: Dentry, name: string): Dentry | null {
    for (const child of [...dir.children.values()]) {
      if (child.inode instanceof ProcInode && child.inode.stale) dir.prune(child);
    }
    const known = dir.children.get(name);
    if (known?.inode instanceof ProcInode) known.inode.updateOwner();
    if (known !== undefined) return known;
    const found = this.list().find(([entryName]) => entryName === name);
    if (found === undefined) return null;
    const child = makeProcInode(this.superblock, found[1]);
    if (child === null) return null;
    const dentry = new Dentry({ name, parent: dir, inode: child, cookie: this.nextCookieIn(dir) });
    dir.add(dentry);
    return dentry;
  }

  private nextCookieIn(dir: Dentry): number {
    return Math.max(1, ...Array.from(dir.children.values(), (child) => child.cookie)) + 1;
  }

  override readlink(_k: Kernel, t: Task): string | number {
    const query = this.query(t);
    if (query === null) return -ENOENT;
    return this.node.text?.(query) ?? -ENOENT;
  }

  override follow(_k: Kernel, t: Task): Path | null | number {
    const query = this.query(t);
    if (query === null) return -ENOENT;
    return this.node.follow?.(query) ?? null;
  }

  override open(_k: Kernel, t: Task, { mount, dentry }: Path, flags: number): File | number {
    const query = this.query(t);
    if (query === null) return -ESRCH;
    // Not even root opens for writing what cannot be set (Linux proc_sys_permission).
    const isSetting = this.where.startsWith('sys/') && this.node.write === undefined;
    if (isSetting && (flags & O_ACCMODE) !== O_RDONLY) return -EACCES;
    const denied = this.node.mayOpen?.(query, flags) ?? 0;
    if (denied < 0) return denied;
    const init = { flags, mount, dentry, inode: this };
    if (this.type === S_IFDIR) return new ProcDirFile(init);
    return this.node.binary === undefined ? new ProcTextFile({ ...init, opener: t.cred }) : new ProcBinaryFile(init);
  }

  override check(): void {
    super.check();
    const node = nodeAt(this);
    assert(node !== null && (node.mode & S_IFMT) === this.type, `/proc has no such entry as ${this.where}`);
  }
}

function entry(number: number, rest: Partial<Place>, key: 'tgid' | 'tid'): [string, Place] {
  return [String(number), { tgid: 0, tid: 0, where: '', fd: -1, ...rest, [key]: number }];
}

function nodeAt({ tgid, tid, where, fd }: Place): Node | null {
  if (fd >= 0) return where.startsWith('fdinfo/') ? fdInfo : fdLink;
  let node: Node = tid !== 0 ? threadNode : tgid !== 0 ? processNode : rootNode;
  for (const name of where === '' ? [] : where.split('/')) {
    const next = node.entries?.[name];
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

function pidNsOf(sb: SuperBlock): PidNs {
  assert(sb instanceof ProcSuper, 'an entry of /proc on another filesystem');
  return sb.pidNs;
}

function numberOf(ns: PidNs, task: Task): number {
  return task.pid.in(ns);
}

function taskOf(sb: SuperBlock, { tgid, tid }: Place): Task | null {
  const number = tid !== 0 ? tid : tgid;
  if (number === 0) return null;
  const ns = pidNsOf(sb);
  return sb.k.container.tasks.find((t) => numberOf(ns, t) === number && (tid !== 0 || t.isLeader)) ?? null;
}

function ownerOf(task: Task, mode: number): { uid: number; gid: number } {
  const { userNs, euid, egid } = task.cred;
  if (task.signal.dumpable === 1 || task.mm === null || mode === (S_IFDIR | 0o555)) return { uid: euid, gid: egid };
  const [uid, gid] = [userNs.kuid(0), userNs.kgid(0)];
  return { uid: uid === NO_ID ? 0 : uid, gid: gid === NO_ID ? 0 : gid };
}

/** An inode (refs 0) for an entry; null when its task has gone. */
export function makeProcInode(sb: SuperBlock, place: Place): ProcInode | null {
  const node = nodeAt(place);
  const task = taskOf(sb, place);
  if (node === null || (place.tgid !== 0 && task === null)) return null;
  const owner = node.owned || place.fd >= 0 ? task : null;
  const time = now(sb.k);
  return new ProcInode({
    sb,
    ino: inoOf(place),
    mode: node.mode,
    ...(owner === null ? { uid: 0, gid: 0 } : ownerOf(owner, node.mode)),
    nlink: (node.mode & S_IFMT) === S_IFREG ? 1 : 2,
    ...timesOf(time),
    startTime: task?.startTime ?? 0,
    ...place,
  });
}

/** The inode of /proc itself. */
export function makeProcRoot(sb: SuperBlock): ProcInode {
  const root = makeProcInode(sb, { tgid: 0, tid: 0, where: '', fd: -1 });
  assert(root !== null, '/proc has a root');
  return root;
}
