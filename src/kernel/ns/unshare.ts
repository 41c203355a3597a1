/** unshare(2). Linux kernel/fork.c ksys_unshare. */
import { EINVAL, EPERM } from '../errno.ts';
import { exitSem } from '../ipc/sem-calls.ts';
import type { Kernel } from '../kernel.ts';
import { get, put } from '../kobject/kobject.ts';
import { threadsOf } from '../signal/send.ts';
import { flagSet } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CLONE } from '../task/clone-flags.ts';
import { CAP, type Cred } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { newNsproxy, newUserNs, switchNsproxy } from './create.ts';
import { CLONE_NEWTIME, NS_FLAGS, NSPROXY_FLAGS } from './kinds-of-ns.ts';

const {
  CLONE_NEWIPC,
  CLONE_VM,
  CLONE_FS,
  CLONE_FILES,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_SYSVSEM,
  CLONE_NEWNS,
  CLONE_NEWUSER,
} = CLONE;
const KNOWN = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | NS_FLAGS;

/** What else follows from the flags asked for. */
function implied(asked: number): number {
  let flags = asked;
  if (flags & CLONE_NEWUSER) flags |= CLONE_THREAD | CLONE_FS;
  if (flags & CLONE_VM) flags |= CLONE_SIGHAND;
  if (flags & CLONE_SIGHAND) flags |= CLONE_THREAD;
  if (flags & CLONE_NEWNS) flags |= CLONE_FS;
  return flags;
}

/** Memory and signal handlers cannot be unshared; who has them alone may ask. */
function checkAlone(k: Kernel, t: Task, flags: number): Result {
  const threads = threadsOf(t.signal, k.container.tasks).filter((each) => each.alive).length;
  if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) && threads > 1) return -EINVAL;
  if (flags & (CLONE_SIGHAND | CLONE_VM) && t.sighand.refs > 1) return -EINVAL;
  return flags & CLONE_VM && t.mm!.refs > 1 ? -EINVAL : 0;
}

function unshare(k: Kernel, t: Task, asked: number): Result {
  const flags = implied(asked);
  if ((flags & ~KNOWN) !== 0) return -EINVAL;
  const denied = checkAlone(k, t, flags);
  if (denied < 0) return denied;
  const cred = flags & CLONE_NEWUSER ? newUserNs(k, t, t.cred) : t.cred;
  if (typeof cred === 'number') return cred;
  get(cred);
  const result = unshareRest(k, t, flags, cred);
  if (result === 0) t.setCred(cred);
  put(cred);
  return result;
}

function unshareRest(k: Kernel, t: Task, flags: number, cred: Cred): Result {
  const fs = flags & CLONE_FS && t.fs.refs > 1 ? t.fs.clone() : t.fs;
  get(fs);
  if (flags & CLONE_NEWIPC) exitSem(k, t);
  if (flags & NSPROXY_FLAGS) {
    const allowed = t.cred.nsCapable(cred.userNs, CAP.SYS_ADMIN);
    const next = allowed ? newNsproxy(k, t, flags, cred.userNs, fs) : -EPERM;
    if (typeof next === 'number') {
      put(fs);
      return next;
    }
    switchNsproxy(t, next);
  }
  put(t.fs);
  t.fs = fs;
  if (flags & CLONE_FILES && t.files.refs > 1) {
    const files = get(t.files.clone());
    put(t.files);
    t.files = files;
  }
  return 0;
}

export const unshareFlags = flagSet({ ...CLONE, CLONE_NEWTIME });

export const unshareCalls: readonly Syscall[] = [
  syscall(310, 'unshare', { flags: unshareFlags }, (k, t, a) => unshare(k, t, a.flags)),
];
