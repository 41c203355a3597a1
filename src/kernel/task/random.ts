/** The machine's random numbers: a deterministic generator whose state is the container's, so that runs repeat. xoshiro128** by Blackman and Vigna. */
import { EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { flagSet, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Task } from './task.ts';

const GRND = { GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 };
/** Bytes taken at a time: what getrandom(2) gives without a pause for signals. */
const CHUNK = 4096;
/** No call takes more (Linux getrandom). */
const MAX_BYTES = 0x1ff_ffff;

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** The state for a seed (any safe integer), by splitmix-like mixing; never all zero. */
export function seedState(seed: number): Uint8Array {
  const words = new Uint32Array(4);
  let x = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) | 0, 0x9e3779b1);
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e3779b9) | 0;
    let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    words[i] = z ^ (z >>> 16);
  }
  words[3]! |= 1;
  return new Uint8Array(words.buffer);
}

/** The next `length` random bytes. */
export function randomBytes(kernel: Kernel, length: number): Uint8Array<ArrayBuffer> {
  const { random } = kernel.container;
  const state = new DataView(random.buffer, random.byteOffset, 16);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => state.getInt32(at, true)) as [number, number, number, number];
  const out = new DataView(new ArrayBuffer((length + 3) & ~3));
  for (let at = 0; at < length; at += 4) {
    out.setInt32(at, Math.imul(rotl(Math.imul(b, 5), 7), 9), true);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d, 11);
  }
  for (const [i, word] of [a, b, c, d].entries()) state.setInt32(4 * i, word, true);
  return new Uint8Array(out.buffer, 0, length);
}

function getrandom(kernel: Kernel, task: Task, to: number, length: number, flags: number): Result {
  const unknown = (flags & ~(GRND.GRND_NONBLOCK | GRND.GRND_RANDOM | GRND.GRND_INSECURE)) !== 0;
  const both = GRND.GRND_RANDOM | GRND.GRND_INSECURE;
  if (unknown || (flags & both) === both) return -EINVAL;
  const total = Math.min(length, MAX_BYTES);
  for (let done = 0; done < total; done += CHUNK) {
    const bytes = randomBytes(kernel, Math.min(CHUNK, total - done));
    if (!task.mm!.writeBytes(to + done, bytes)) return done === 0 ? -EFAULT : done;
  }
  return total;
}

export const randomCalls: readonly Syscall[] = [
  syscall(355, 'getrandom', { buf: ptr, buflen: u32, flags: flagSet(GRND) }, (kernel, task, a) =>
    getrandom(kernel, task, a.buf, a.buflen, a.flags),
  ),
];
