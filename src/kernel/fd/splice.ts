/** splice(2), tee(2), vmsplice(2): data between pipes and files. Pages are copied, never shared. Linux fs/splice.c. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, EPIPE, ESPIPE } from '../errno.ts';
import { O_APPEND } from '../fs/flags.ts';
import { IN_ACCESS, IN_MODIFY, notifyFile } from '../fs/notify.ts';
import { Regular } from '../fs/regular.ts';
import type { Kernel } from '../kernel.ts';
import { SIGPIPE } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import { fd, flagSet, ptr, u32 } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { block } from '../task/wait.ts';
import { DeviceFile } from './devices.ts';
import type { File } from './file.ts';
import { type Pipe, PipeFile } from './pipe.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from './poll.ts';
import { BytesSource } from './transfer.ts';
import { MAX_RW_COUNT, openOf, userVector } from './user.ts';

const SPLICE_F_NONBLOCK = 2;
const SPLICE = { SPLICE_F_MOVE: 1, SPLICE_F_NONBLOCK, SPLICE_F_MORE: 4, SPLICE_F_GIFT: 8 };
const SPLICE_F_ALL = 15;

/** Sleeps until a pipe has data; 0 when none will come. */
function waitForData(t: Task, pipe: Pipe, nonblock: boolean): Result {
  if (pipe.writers === 0) return 0;
  return nonblock ? -EAGAIN : block(t, { on: [pipe], events: POLLIN | POLLHUP });
}

/** 0 when the pipe has room; else the call sleeps or fails, with SIGPIPE when nobody reads. */
function waitForRoom(k: Kernel, t: Task, pipe: Pipe, nonblock: boolean): Result {
  if (pipe.readers === 0) {
    raise(k, t, SIGPIPE);
    return -EPIPE;
  }
  if (!pipe.full) return 0;
  return nonblock ? -EAGAIN : block(t, { on: [pipe], events: POLLOUT | POLLERR });
}

/** Tells sleepers that data has come, or room. */
const arrived = (pipe: Pipe): void => pipe.wake(POLLIN | POLLRDNORM);
const left = (pipe: Pipe): void => pipe.wake(POLLOUT | POLLWRNORM);

/** The first `length` bytes of a pipe, or all that it has. */
function peek(pipe: Pipe, length: number): Uint8Array {
  const data = new Uint8Array(Math.min(length, pipe.length));
  let at = 0;
  for (const buffer of pipe.buffers) {
    const part = buffer.data.subarray(0, data.length - at);
    data.set(part, at);
    at += part.length;
  }
  return data;
}

function drop(pipe: Pipe, length: number): void {
  for (let rest = length; rest > 0; ) {
    const buffer = pipe.buffers[0]!;
    const part = Math.min(rest, buffer.data.length);
    pipe.consume(buffer, part);
    rest -= part;
  }
  left(pipe);
}

interface Splice {
  readonly input: File;
  readonly output: File;
  /** Address of a 64-bit offset, or 0 for the file's position. */
  readonly offIn: number;
  readonly offOut: number;
  readonly length: number;
  readonly nonblock: boolean;
}

function splice(k: Kernel, t: Task, call: Splice): Result {
  const { input, output, offIn, offOut } = call;
  if (input instanceof PipeFile && offIn !== 0) return -ESPIPE;
  if (output instanceof PipeFile && offOut !== 0) return -ESPIPE;
  for (const address of [offIn, offOut]) if (address !== 0 && t.mm!.get64(address) === null) return -EFAULT;
  if (!input.readable || !output.writable) return -EBADF;
  const nonblock = call.nonblock || [input, output].some((file) => file instanceof PipeFile && file.nonblock);
  if (input instanceof PipeFile && output instanceof PipeFile) {
    return input.pipe === output.pipe ? -EINVAL : pipeToPipe(k, t, input.pipe, output.pipe, call.length, nonblock);
  }
  if (input instanceof PipeFile) return pipeToFile(k, t, input.pipe, { ...call, nonblock });
  return output instanceof PipeFile ? fileToPipe(k, t, output.pipe, { ...call, nonblock }) : -EINVAL;
}

/** Where a file is read or written: its position, or the offset at an address; -EINVAL for none. */
function placeIn(t: Task, file: File, address: number): number {
  if (address === 0) return file.pos;
  const at = Number(BigInt.asIntN(64, t.mm!.get64(address)!)); // splice has looked at it
  return at < 0 || !file.seekable || !Number.isSafeInteger(at) ? -EINVAL : at;
}

function moved(t: Task, file: File, address: number, to: number): Result {
  if (address === 0) file.pos = to;
  else if (!t.mm!.put64(address, BigInt(to))) return -EFAULT;
  return 0;
}

function pipeToFile(k: Kernel, t: Task, pipe: Pipe, { output, offOut, length, nonblock }: Splice): Result {
  const at = placeIn(t, output, offOut);
  if (at < 0) return at;
  const takes = output.mappable() !== null || output instanceof DeviceFile;
  if (output.flags & O_APPEND || !takes) return -EINVAL;
  if (pipe.empty) return waitForData(t, pipe, nonblock);
  const done = output.writeAt(k, t, new BytesSource(peek(pipe, length)), at);
  if (done <= 0) return done;
  drop(pipe, done);
  notifyFile(output, IN_MODIFY);
  const stored = output.seekable ? moved(t, output, offOut, at + done) : 0;
  return stored < 0 ? stored : done;
}

function fileToPipe(k: Kernel, t: Task, pipe: Pipe, { input, offIn, length, nonblock }: Splice): Result {
  const at = placeIn(t, input, offIn);
  if (at < 0) return at;
  const wait = waitForRoom(k, t, pipe, nonblock);
  if (wait !== 0) return wait;
  const { inode } = input;
  if (!(inode instanceof Regular)) return -EINVAL;
  let done = 0;
  while (done < length && !pipe.full) {
    const from = at + done;
    const data = inode.bytesAt(from, Math.min(PAGE_SIZE - (from % PAGE_SIZE), length - done));
    if (data === null || data.length === 0) break;
    pipe.push(data, false);
    done += data.length;
  }
  if (done === 0) return 0;
  arrived(pipe);
  notifyFile(input, IN_ACCESS);
  const stored = moved(t, input, offIn, at + done);
  return stored < 0 ? stored : done;
}

function pipeToPipe(k: Kernel, t: Task, from: Pipe, to: Pipe, length: number, nonblock: boolean): Result {
  if (from.empty) return waitForData(t, from, nonblock);
  const wait = waitForRoom(k, t, to, nonblock);
  if (wait !== 0) return wait;
  let done = 0;
  while (done < length && !from.empty && !to.full) {
    const buffer = from.buffers[0]!;
    const part = buffer.data.subarray(0, length - done);
    to.push(part.slice(), buffer.packet);
    done += part.length;
    from.consume(buffer, part.length);
  }
  left(from);
  arrived(to);
  return done;
}

/** tee(2): what is in one pipe is in the other too. */
function tee(k: Kernel, t: Task, input: File, output: File, length: number, waits: boolean): Result {
  if (!input.readable || !output.writable) return -EBADF;
  if (!(input instanceof PipeFile) || !(output instanceof PipeFile) || input.pipe === output.pipe) return -EINVAL;
  const nonblock = !waits || input.nonblock || output.nonblock;
  if (input.pipe.empty) return waitForData(t, input.pipe, nonblock);
  const wait = waitForRoom(k, t, output.pipe, nonblock);
  if (wait !== 0) return wait;
  let done = 0;
  for (const { data, packet } of input.pipe.buffers) {
    if (done >= length || output.pipe.full) break;
    const part = data.slice(0, length - done);
    output.pipe.push(part, packet);
    done += part.length;
  }
  arrived(output.pipe);
  return done;
}

/** vmsplice(2): into the writing end of a pipe, a page for each piece of one, or out of the reading end. */
function vmsplice(k: Kernel, t: Task, file: File, iov: number, count: number, waits: boolean): Result {
  if (!file.writable && !file.readable) return -EBADF;
  const buffer = userVector(t, iov, count);
  if (typeof buffer === 'number') return buffer;
  if (buffer.remaining === 0) return 0;
  if (!(file instanceof PipeFile)) return -EBADF;
  const { pipe } = file;
  const nonblock = !waits || file.nonblock;
  if (!file.writable) return pipe.empty ? waitForData(t, pipe, nonblock) : pipe.take(buffer);
  const wait = waitForRoom(k, t, pipe, nonblock);
  if (wait !== 0) return wait;
  let done = 0;
  while (buffer.remaining > 0 && !pipe.full) {
    const data = buffer.take(buffer.untilPage);
    if (data === null) break;
    pipe.push(data, false);
    done += data.length;
  }
  if (done === 0) return -EFAULT;
  arrived(pipe);
  return done;
}

/** Both files of a call, or -EBADF. */
function both(t: Task, a: number, b: number, call: (a: File, b: File) => Result): Result {
  const [first, second] = [openOf(t, a), openOf(t, b)];
  return first === null || second === null ? -EBADF : call(first, second);
}

const flags = flagSet(SPLICE);
const known = (bits: number): boolean => (bits & ~SPLICE_F_ALL) === 0;
const waits = (bits: number): boolean => (bits & SPLICE_F_NONBLOCK) === 0;

export const spliceCalls = [
  syscall(
    313,
    'splice',
    { fd_in: fd, off_in: ptr, fd_out: fd, off_out: ptr, len: u32, flags },
    (k, t, { fd_in, off_in: offIn, fd_out, off_out: offOut, len, flags: bits }) => {
      if (len === 0) return 0;
      if (!known(bits)) return -EINVAL;
      const length = Math.min(len, MAX_RW_COUNT);
      return both(t, fd_in, fd_out, (input, output) =>
        splice(k, t, { input, output, offIn, offOut, length, nonblock: !waits(bits) }),
      );
    },
  ),
  syscall(315, 'tee', { fd_in: fd, fd_out: fd, len: u32, flags }, (k, t, a) => {
    if (!known(a.flags)) return -EINVAL;
    if (a.len === 0) return 0;
    return both(t, a.fd_in, a.fd_out, (input, output) => tee(k, t, input, output, a.len, waits(a.flags)));
  }),
  syscall(316, 'vmsplice', { fd, iov: ptr, nr_segs: u32, flags }, (k, t, a) => {
    if (!known(a.flags)) return -EINVAL;
    const file = openOf(t, a.fd);
    return file === null ? -EBADF : vmsplice(k, t, file, a.iov, a.nr_segs, waits(a.flags));
  }),
];
