/** /proc/sysvipc, and the limits in /proc/sys/kernel. Linux ipc/util.c sysvipc_proc_show. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EINVAL } from '../errno.ts';
import { numberIn as parseNumber } from '../proc/controls.ts';
import { directory, file, type Node, type Query, writable } from '../proc/nodes.ts';
import { byPlace, numberIn } from './object.ts';

type Column = string | readonly [value: string | number, width: number];

/** A line: values to the right of their columns, one blank between two. */
function line(columns: readonly Column[]): string {
  return `${columns.map((each) => (typeof each === 'string' ? each : String(each[0]).padStart(each[1]))).join(' ')}\n`;
}

/** Rights in octal, after one blank more than other columns have. */
const perms = (mode: number): Column => [mode.toString(8), 5];

const SHM_HEAD =
  '       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime ' +
  '       rss       swap\n';

function shm({ kernel, reader }: Query): string {
  const pid = (number: number): number => numberIn(kernel, reader.pid.ns, number);
  const rows = byPlace(reader.nsproxy.ipc.shm).map((each) =>
    line([
      ...[[each.key, 10] as const, [each.id, 10] as const, perms(each.mode), [each.size, 10] as const],
      ...[[pid(each.cpid), 5] as const, [pid(each.lpid), 5] as const, [each.attached, 6] as const],
      ...[each.uid, each.gid, each.cuid, each.cgid].map((id) => [id, 5] as const),
      ...[each.atime, each.dtime, each.ctime].map((time) => [time, 10] as const),
      [each.resident * PAGE_SIZE, 10],
      [0, 10],
    ]),
  );
  return SHM_HEAD + rows.join('');
}

const SEM_HEAD = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n';

function sem({ reader }: Query): string {
  const rows = byPlace(reader.nsproxy.ipc.sem).map((each) =>
    line([
      ...[[each.key, 10] as const, [each.id, 10] as const, perms(each.mode), [each.values.length, 10] as const],
      ...[each.uid, each.gid, each.cuid, each.cgid].map((id) => [id, 5] as const),
      ...[each.otime, each.ctime].map((time) => [time, 10] as const),
    ]),
  );
  return SEM_HEAD + rows.join('');
}

const MSG_HEAD =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime ' +
  '     ctime\n';

function msg({ kernel, reader }: Query): string {
  const pid = (number: number): number => numberIn(kernel, reader.pid.ns, number);
  const rows = byPlace(reader.nsproxy.ipc.msg).map((each) =>
    line([
      ...[[each.key, 10] as const, [each.id, 10] as const, perms(each.mode)],
      ...[[each.bytes, 11] as const, [each.messages.length, 10] as const],
      ...[[pid(each.lspid), 5] as const, [pid(each.lrpid), 5] as const],
      ...[each.uid, each.gid, each.cuid, each.cgid].map((id) => [id, 5] as const),
      ...[each.stime, each.rtime, each.ctime].map((time) => [time, 10] as const),
    ]),
  );
  return MSG_HEAD + rows.join('');
}

/** /proc/sysvipc */
export const sysvipcDirectory: Node = directory({ msg: file(msg), sem: file(sem), shm: file(shm) });

type Limit = 'shmmax' | 'shmall' | 'shmmni' | 'msgmax' | 'msgmnb' | 'msgmni';
const limit = (name: Limit): Node => file(({ reader }) => `${reader.nsproxy.ipc[name]}\n`);

const MQ_FIELDS = {
  queues_max: 'mqQueuesMax',
  msg_max: 'mqMsgMax',
  msgsize_max: 'mqMsgsizeMax',
  msg_default: 'mqMsgDefault',
  msgsize_default: 'mqMsgsizeDefault',
} as const;
/** Least and most, Linux ipc/mq_sysctl.c. */
const MQ_RANGES: Readonly<Record<keyof typeof MQ_FIELDS, readonly [number, number]>> = {
  queues_max: [0, 0x7fff_ffff],
  msg_max: [1, 65_536],
  msgsize_max: [128, 16 * 2 ** 20],
  msg_default: [1, 65_536],
  msgsize_default: [128, 16 * 2 ** 20],
};

function mqLimit(name: keyof typeof MQ_FIELDS): Node {
  const field = MQ_FIELDS[name];
  const [least, most] = MQ_RANGES[name];
  return writable(
    ({ reader }) => `${reader.nsproxy.ipc[field]}\n`,
    ({ reader }, text) => {
      const value = parseNumber(text);
      if (value === null || value < least || value > most) return -EINVAL;
      reader.nsproxy.ipc[field] = value;
      return 0;
    },
  );
}

/** Entries of /proc/sys/fs/mqueue. */
export const mqLimits: ReadonlyMap<string, Node> = new Map(
  (Object.keys(MQ_FIELDS) as (keyof typeof MQ_FIELDS)[]).map((name) => [name, mqLimit(name)]),
);

/** Entries of /proc/sys/kernel. */
export const ipcLimits: Readonly<Record<string, Node>> = {
  msgmax: limit('msgmax'),
  msgmnb: limit('msgmnb'),
  msgmni: limit('msgmni'),
  sem: file(({ reader }) => {
    const { semmsl, semmns, semopm, semmni } = reader.nsproxy.ipc;
    return `${semmsl}\t${semmns}\t${semopm}\t${semmni}\n`;
  }),
  shmall: limit('shmall'),
  shmmax: limit('shmmax'),
  shmmni: limit('shmmni'),
};
