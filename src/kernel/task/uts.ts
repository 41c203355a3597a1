/** uname(2), sethostname(2), setdomainname(2). */
import { platformOf } from '../../cpu/model.ts';
import { fromLatin1, latin1 } from '../bytes.ts';
import { EFAULT, EINVAL, EPERM } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { i32, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP } from './cred.ts';
import type { Task } from './task.ts';

export const UTS_SYSNAME = 'Linux';
/** The release whose behaviour is modelled: Debian 12's. */
export const UTS_RELEASE = '6.1.0-cr86';
export const UTS_VERSION = '#1 SMP cr86';
const FIELD = 65;
const OLD_FIELD = 9;
const NAME_MAX = 64;

function fields(kernel: Kernel, task: Task): string[] {
  const { nodename, domainname } = task.nsproxy.uts;
  return [UTS_SYSNAME, nodename, UTS_RELEASE, UTS_VERSION, platformOf(kernel.cpu.model), domainname];
}

/** Stores NUL-padded fields of equal width. */
function uname(kernel: Kernel, task: Task, to: number, width: number, count: number): Result {
  const out = new Uint8Array(width * count);
  for (const [i, text] of fields(kernel, task).slice(0, count).entries()) {
    out.set(fromLatin1(text).subarray(0, width - 1), i * width);
  }
  return task.mm!.writeBytes(to, out) ? 0 : -EFAULT;
}

function setName(task: Task, which: 'nodename' | 'domainname', from: number, length: number): Result {
  if (!task.cred.nsCapable(task.nsproxy.uts.owner!, CAP.SYS_ADMIN)) return -EPERM;
  if (length < 0 || length > NAME_MAX) return -EINVAL;
  const data = task.mm!.readBytes(from, length);
  if (data === null) return -EFAULT;
  const nul = data.indexOf(0);
  task.nsproxy.uts[which] = latin1(nul < 0 ? data : data.subarray(0, nul));
  return 0;
}

export const utsCalls: readonly Syscall[] = [
  syscall(59, 'oldolduname', { buf: ptr }, (kernel, task, a) => uname(kernel, task, a.buf, OLD_FIELD, 5)),
  syscall(74, 'sethostname', { name: ptr, len: i32 }, (_kernel, task, a) => setName(task, 'nodename', a.name, a.len)),
  syscall(109, 'olduname', { buf: ptr }, (kernel, task, a) => uname(kernel, task, a.buf, FIELD, 5)),
  syscall(121, 'setdomainname', { name: ptr, len: i32 }, (_kernel, task, a) =>
    setName(task, 'domainname', a.name, a.len),
  ),
  syscall(122, 'uname', { buf: ptr }, (kernel, task, a) => uname(kernel, task, a.buf, FIELD, 6)),
];
