/** The System V calls by their own numbers, and ipc(2), which has them all. Linux ipc/syscall.c. */
import { EFAULT, EINVAL, ENOSYS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { type Arg, choice, flagSet, hex32, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { timespec64In } from '../syscall/pointers.ts';
import type { Task } from '../task/task.ts';
import { parseCommand } from './control.ts';
import { getFlags, IPC_NOWAIT } from './get.ts';
import { MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from './msg.ts';
import { msgget, msgrcv, msgsnd } from './msg-calls.ts';
import { MSG_COMMANDS, msgctl } from './msg-control.ts';
import { semget, semop } from './sem-calls.ts';
import { SEM_COMMANDS, semctl } from './sem-control.ts';
import { SHM_EXEC, SHM_RDONLY, SHM_REMAP, SHM_RND, shmat, shmdt, shmget } from './shm-calls.ts';
import { SHM_COMMANDS, shmctl } from './shm-control.ts';

/** The arguments of ipc(2), as its prototype names them. */
interface IpcCall {
  /** iBCS programs asked for version 1. */
  readonly version: number;
  readonly first: number;
  readonly second: number;
  readonly third: number;
  readonly ptr: number;
  readonly fifth: number;
}

type SubCall = (k: Kernel, t: Task, a: IpcCall) => Result;

/** Linux include/uapi/linux/ipc.h. */
const SUB_CALLS: ReadonlyMap<number, readonly [string, SubCall]> = new Map<number, readonly [string, SubCall]>([
  [1, ['SEMOP', (k, t, a) => semop(k, t, { id: a.first, sops: a.ptr, count: a.second >>> 0, timeout: 0, width: 32 })]],
  [2, ['SEMGET', (k, t, a) => semget(k, t, a.first, a.second, a.third)]],
  [3, ['SEMCTL', semctlThrough]],
  [
    4,
    [
      'SEMTIMEDOP',
      (k, t, a) => semop(k, t, { id: a.first, sops: a.ptr, count: a.second >>> 0, timeout: a.fifth, width: 32 }),
    ],
  ],
  [11, ['MSGSND', (k, t, a) => msgsnd(k, t, a.first, a.ptr, a.second, a.third)]],
  [12, ['MSGRCV', msgrcvThrough]],
  [13, ['MSGGET', (k, t, a) => msgget(k, t, a.first, a.second)]],
  [14, ['MSGCTL', (k, t, a) => versioned(a.second, (cmd, layout) => msgctl(k, t, a.first, cmd, a.ptr, layout))]],
  [21, ['SHMAT', shmatThrough]],
  [22, ['SHMDT', (_k, t, a) => shmdt(t, a.ptr)]],
  [23, ['SHMGET', (k, t, a) => shmget(k, t, a.first, a.second >>> 0, a.third)]],
  [24, ['SHMCTL', (k, t, a) => versioned(a.second, (cmd, layout) => shmctl(k, t, a.first, cmd, a.ptr, layout))]],
]);

function versioned(raw: number, call: (cmd: number, layout: 'ipc64' | 'old') => Result): Result {
  const { cmd, layout } = parseCommand(raw);
  return call(cmd, layout);
}

/** SEMCTL: `ptr` leads to the union. */
function semctlThrough(k: Kernel, t: Task, a: IpcCall): Result {
  if (a.ptr === 0) return -EINVAL;
  const arg = t.mm!.get32(a.ptr);
  if (arg === null) return -EFAULT;
  return versioned(a.third, (cmd, layout) => semctl(k, t, cmd, { id: a.first, num: a.second, arg, layout }));
}

/** MSGRCV: version 0 has buffer and type in a struct ipc_kludge at `ptr`. */
function msgrcvThrough(k: Kernel, t: Task, a: IpcCall): Result {
  const call = { id: a.first, size: a.second, flags: a.third };
  if (a.version !== 0) return msgrcv(k, t, { ...call, to: a.ptr, type: a.fifth | 0 });
  if (a.ptr === 0) return -EINVAL;
  const to = t.mm!.get32(a.ptr);
  const type = t.mm!.get32(a.ptr + 4);
  return to === null || type === null ? -EFAULT : msgrcv(k, t, { ...call, to, type: type | 0 });
}

/** SHMAT: the address goes to `*third`, since the result is an int. */
function shmatThrough(k: Kernel, t: Task, a: IpcCall): Result {
  if (a.version === 1) return -EINVAL;
  const address = shmat(k, t, a.first, a.ptr, a.second);
  if (address < 0 && address >= -4095) return address;
  return t.mm!.put32(a.third >>> 0, address) ? 0 : -EFAULT;
}

const subCall: Arg<number> = {
  decode: (raw) => ({ value: raw >>> 0 }),
  show: (raw) => SUB_CALLS.get(raw & 0xffff)?.[0] ?? `0x${(raw >>> 0).toString(16)}`,
};
const moveFlags = flagSet({ IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY });
const attachFlags = flagSet({ SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC });
const ipc64 = 'ipc64';

export const sysvCalls = [
  syscall(117, 'ipc', { call: subCall, first: i32, second: i32, third: i32, ptr, fifth: hex32 }, (k, t, a) => {
    const [, body] = SUB_CALLS.get(a.call & 0xffff) ?? [];
    return body?.(k, t, { ...a, version: a.call >>> 16 }) ?? -ENOSYS;
  }),
  syscall(393, 'semget', { key: hex32, nsems: i32, semflg: getFlags }, (k, t, a) =>
    semget(k, t, a.key | 0, a.nsems, a.semflg),
  ),
  syscall(394, 'semctl', { semid: i32, semnum: i32, cmd: choice(SEM_COMMANDS), arg: hex32 }, (k, t, a) =>
    semctl(k, t, a.cmd | 0, { id: a.semid, num: a.semnum, arg: a.arg, layout: ipc64 }),
  ),
  syscall(395, 'shmget', { key: hex32, size: u32, shmflg: getFlags }, (k, t, a) =>
    shmget(k, t, a.key | 0, a.size, a.shmflg),
  ),
  syscall(396, 'shmctl', { shmid: i32, cmd: choice(SHM_COMMANDS), buf: ptr }, (k, t, a) =>
    shmctl(k, t, a.shmid, a.cmd | 0, a.buf, ipc64),
  ),
  syscall(397, 'shmat', { shmid: i32, shmaddr: ptr, shmflg: attachFlags }, (k, t, a) =>
    shmat(k, t, a.shmid, a.shmaddr, a.shmflg),
  ),
  syscall(398, 'shmdt', { shmaddr: ptr }, (_k, t, a) => shmdt(t, a.shmaddr)),
  syscall(399, 'msgget', { key: hex32, msgflg: getFlags }, (k, t, a) => msgget(k, t, a.key | 0, a.msgflg)),
  syscall(400, 'msgsnd', { msqid: i32, msgp: ptr, msgsz: i32, msgflg: moveFlags }, (k, t, a) =>
    msgsnd(k, t, a.msqid, a.msgp, a.msgsz, a.msgflg),
  ),
  syscall(401, 'msgrcv', { msqid: i32, msgp: ptr, msgsz: i32, msgtyp: i32, msgflg: moveFlags }, (k, t, a) =>
    msgrcv(k, t, { id: a.msqid, to: a.msgp, size: a.msgsz, type: a.msgtyp, flags: a.msgflg }),
  ),
  syscall(402, 'msgctl', { msqid: i32, cmd: choice(MSG_COMMANDS), buf: ptr }, (k, t, a) =>
    msgctl(k, t, a.msqid, a.cmd | 0, a.buf, ipc64),
  ),
  syscall(420, 'semtimedop_time64', { semid: i32, tsops: ptr, nsops: u32, timeout: timespec64In }, (k, t, a) =>
    semop(k, t, { id: a.semid, sops: a.tsops, count: a.nsops, timeout: a.timeout, width: 64 }),
  ),
];
