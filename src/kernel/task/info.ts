/** Calls about the machine as a whole: sysinfo(2), getrandom(2), personality(2) and their like. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EFAULT, EINVAL, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, flagSet, hex32, i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import { randomBytes } from './random.ts';
import type { Task } from './task.ts';

const CAP_SYS_ADMIN = 21;
const CAP_SYS_BOOT = 22;

/** struct sysinfo, 64 bytes: memory in units of `mem_unit`. */
function sysinfo(kernel: Kernel, task: Task, to: number): Result {
  const words = new Uint32Array(16);
  const free = kernel.frames.available;
  words[0] = Math.floor(kernel.clock.now() / 1e9);
  words[4] = kernel.ram.frames;
  words[5] = free;
  new Uint16Array(words.buffer)[20] = kernel.container.tasks.length;
  words[13] = PAGE_SIZE;
  return task.mm?.writeBytes(to, new Uint8Array(words.buffer)) ? 0 : -EFAULT;
}

const GRND = { GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 };
/** One call fills at most this much, as Linux bounds a call that a signal may interrupt. */
const RANDOM_MAX = 0x1ff_ffff;

function getrandom(kernel: Kernel, task: Task, to: number, length: number, flags: number): Result {
  if ((flags & ~7) !== 0 || (flags & 6) === 6) return -EINVAL;
  const buffer = task.mm!.buffer([{ base: to, length: Math.min(length, RANDOM_MAX) }]);
  while (buffer.remaining > 0) {
    const chunk = randomBytes(kernel, Math.min(buffer.remaining, PAGE_SIZE));
    if (buffer.put(chunk) < chunk.length) return buffer.done > 0 ? buffer.done : -EFAULT;
  }
  return buffer.done;
}

const PERSONALITY_QUERY = 0xffff_ffff;

function personality(task: Task, persona: number): Result {
  const old = task.personality;
  if (persona !== PERSONALITY_QUERY) task.personality = persona;
  return old | 0;
}

const MEMBARRIER_CMD_QUERY = 0;
/** Every command of one processor is done at once: GLOBAL, GLOBAL_EXPEDITED, PRIVATE_EXPEDITED and their registrations. */
const MEMBARRIER_COMMANDS = 0x7f & ~0x60;

function membarrier(command: number, flags: number): Result {
  if (flags !== 0) return -EINVAL;
  if (command === MEMBARRIER_CMD_QUERY) return MEMBARRIER_COMMANDS;
  const single = (command & (command - 1)) === 0 && command > 0;
  return single && (command & MEMBARRIER_COMMANDS) !== 0 ? 0 : -EINVAL;
}

function getcpu(task: Task, cpu: number, node: number): Result {
  for (const at of [cpu, node]) if (at !== 0 && !task.mm?.put32(at, 0)) return -EFAULT;
  return 0;
}

/** syslog(2): the ring buffer is empty. */
function syslog(task: Task, type: number): Result {
  const SIZE_BUFFER = 10;
  if (type < 0 || type > SIZE_BUFFER) return -EINVAL;
  if (!task.cred.capable(CAP_SYS_ADMIN) && type !== 3 && type !== SIZE_BUFFER) return -EPERM;
  return type === SIZE_BUFFER ? PAGE_SIZE : 0;
}

export const infoCalls: readonly Syscall[] = [
  syscall(88, 'reboot', { magic: hex32, magic2: hex32, op: hex32, arg: ptr }, (_k, t) =>
    t.cred.capable(CAP_SYS_BOOT) ? -EINVAL : -EPERM,
  ),
  syscall(103, 'syslog', { type: i32, buf: ptr, len: i32 }, (_k, t, a) => syslog(t, a.type)),
  syscall(116, 'sysinfo', { info: ptr }, (k, t, a) => sysinfo(k, t, a.info)),
  syscall(136, 'personality', { persona: hex32 }, (_k, t, a) => personality(t, a.persona)),
  syscall(318, 'getcpu', { cpu: ptr, node: ptr, cache: ptr }, (_k, t, a) => getcpu(t, a.cpu, a.node)),
  syscall(355, 'getrandom', { buf: ptr, buflen: u32, flags: flagSet(GRND) }, (k, t, a) =>
    getrandom(k, t, a.buf, a.buflen, a.flags),
  ),
  syscall(375, 'membarrier', { cmd: choice({ MEMBARRIER_CMD_QUERY }), flags: u32, cpu_id: i32 }, (_k, _t, a) =>
    membarrier(a.cmd, a.flags),
  ),
  unsupported(101, 'ioperm', EPERM, 'no I/O ports are given out'),
  unsupported(110, 'iopl', EPERM, 'no I/O ports are given out'),
  unsupported(111, 'vhangup', EPERM, 'the console stays'),
];
