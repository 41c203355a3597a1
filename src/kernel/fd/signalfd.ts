/** signalfd(2): a descriptor from which signals are read. Linux fs/signalfd.c. */
import type { Container, SignalReader } from '../container.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL } from '../errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../fs/flags.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { enter, leave } from '../ordered.ts';
import { dequeue } from '../signal/deliver.ts';
import { KERNEL_ONLY, SIGCHLD, SIGIO, SYNCHRONOUS } from '../signal/numbers.ts';
import { SI_KERNEL, SI_TIMER, SI_USER, type Siginfo } from '../signal/siginfo.ts';
import { FULL_SET, hasSignal, type Sigset, sigsetField, without } from '../signal/sigset.ts';
import { readSet, SIGSET_SIZE } from '../signal/user.ts';
import { fd, flagSet, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import { sigsetIn } from '../syscall/pointers.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { AnonFile } from './file.ts';
import { POLLIN } from './poll.ts';
import { install } from './table.ts';
import type { ByteSink } from './transfer.ts';
import { openOf } from './user.ts';

/** sizeof(struct signalfd_siginfo). */
const RECORD_SIZE = 128;

/** Offsets of signalfd_siginfo's fields. */
const AT = {
  pid: 12,
  uid: 16,
  fd: 20,
  tid: 24,
  band: 28,
  overrun: 32,
  status: 40,
  int: 44,
  ptr: 48,
  utime: 56,
  stime: 64,
  addr: 72,
};
type Name = keyof typeof AT;

/** Where the words of siginfo's union go, by what kind of signal it is (Linux siginfo_layout). */
function layoutOf({ signo, code }: Siginfo): readonly (readonly Name[])[] {
  if (code > SI_USER && code < SI_KERNEL) {
    if (hasSignal(SYNCHRONOUS, signo)) return [['addr']];
    if (signo === SIGCHLD) return [['pid'], ['uid'], ['status'], ['utime'], ['stime']];
    if (signo === SIGIO) return [['band'], ['fd']];
  }
  if (code === SI_TIMER) return [['tid'], ['overrun'], ['int', 'ptr']];
  return code < 0 ? [['pid'], ['uid'], ['int', 'ptr']] : [['pid'], ['uid']];
}

function encode(info: Siginfo): Uint8Array {
  const data = new Uint8Array(RECORD_SIZE);
  const view = new DataView(data.buffer);
  view.setUint32(0, info.signo, true);
  view.setInt32(4, info.errno, true);
  view.setInt32(8, info.code, true);
  for (const [i, names] of layoutOf(info).entries()) {
    for (const name of names) {
      const word = info.fields[i] ?? 0;
      // Pointers are widened with their sign.
      if (name === 'ptr') view.setBigInt64(AT.ptr, BigInt(word | 0), true);
      else view.setInt32(AT[name], word, true);
    }
  }
  return data;
}

export class SignalFd
  extends derived(AnonFile, 'signalfd', 1, {
    root: weak<Container>('container', 'where it lives'),
    seq: count('order among those that read signals, from Container.waitSeq'),
    mask: sigsetField('signals that it reads'),
  })
  implements SignalReader
{
  signalQueued(signo: number): void {
    if (hasSignal(this.mask, signo)) this.wake(POLLIN);
  }

  /** Whether a signal of the mask is pending for the task. */
  private isReady(t: Task): boolean {
    const wanted = ({ signo }: Siginfo): boolean => hasSignal(this.mask, signo);
    return t.pending.some(wanted) || t.signal.pending.some(wanted);
  }

  /** Takes signals of whoever reads. */
  override read(_k: Kernel, t: Task, to: ByteSink): Result {
    if (to.remaining < RECORD_SIZE) return -EINVAL;
    let done = 0;
    while (to.remaining >= RECORD_SIZE) {
      const info = dequeue(t, without(FULL_SET, this.mask));
      if (info === null) break;
      if (to.put(encode(info)) < RECORD_SIZE) return done > 0 ? done : -EFAULT;
      done += RECORD_SIZE;
    }
    if (done > 0) return done;
    return this.nonblock ? -EAGAIN : block(t, { on: [this], events: POLLIN });
  }

  /** As whoever asks sees it. */
  override poll(k: Kernel): number {
    const { current } = k.container;
    return current?.alive && this.isReady(current) ? POLLIN : 0;
  }

  override afterLoad(kernel: Kernel): void {
    enter(kernel.container.signalReaders, this);
  }

  override released(): void {
    super.released();
    const { signalReaders } = this.root!;
    leave<SignalReader>(signalReaders, this);
  }

  override check(): void {
    super.check();
    assert(this.root?.signalReaders.includes(this) === true, 'a signalfd that its container does not know');
  }
}

function readMask(t: Task, address: number, size: number): Sigset | Result {
  if (size !== SIGSET_SIZE) return -EINVAL;
  const mask = readSet(t, address);
  return mask === null ? -EFAULT : without(mask, KERNEL_ONLY);
}

function signalfd(k: Kernel, t: Task, descriptor: number, address: number, size: number, flags: number): Result {
  const mask = readMask(t, address, size);
  if (typeof mask === 'number') return mask;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  if (descriptor === -1) {
    const { container } = k;
    const file = new SignalFd({
      flags: O_RDWR | (flags & O_NONBLOCK),
      root: container,
      seq: container.waitSeq++,
      mask,
    });
    enter(container.signalReaders, file);
    return install(t, file, (flags & O_CLOEXEC) !== 0);
  }
  const file = openOf(t, descriptor);
  if (file === null) return -EBADF;
  if (!(file instanceof SignalFd)) return -EINVAL;
  file.mask = mask;
  file.wake(0);
  return descriptor;
}

const args = { fd, mask: sigsetIn, sizemask: u32 };

export const signalfdCalls = [
  syscall(321, 'signalfd', args, (k, t, a) => signalfd(k, t, a.fd, a.mask, a.sizemask, 0)),
  syscall(
    327,
    'signalfd4',
    { ...args, flags: flagSet({ SFD_CLOEXEC: O_CLOEXEC, SFD_NONBLOCK: O_NONBLOCK }) },
    (k, t, a) => signalfd(k, t, a.fd, a.mask, a.sizemask, a.flags),
  ),
];
