/** Memory devices: null(4), full(4), random(4). Linux drivers/char/mem.c, random.c. */
import { PAGE_SIZE } from '../../cpu/ram.ts';
import { EFAULT, EIO, ENODEV, ENOSPC, ENXIO } from '../errno.ts';
import { deviceNumber } from '../fs/device-number.ts';
import { O_NOCTTY } from '../fs/flags.ts';
import type { Inode } from '../fs/inode.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import { oneOf } from '../kobject/fields.ts';
import type { Result } from '../syscall/define.ts';
import { randomBytes } from '../task/random.ts';
import type { Task } from '../task/task.ts';
import { openConsole, openControllingTty, openPtmx } from '../tty/pty.ts';
import { type File, fileKind } from './file.ts';
import type { ByteSink, ByteSource } from './transfer.ts';

/** Takes all of a write and forgets it. */
function swallow(from: ByteSource): Result {
  const n = from.remaining;
  from.skip(n);
  return n;
}

/** Fills a read page by page; the bytes given, or -EFAULT. */
function fill(to: ByteSink, page: (length: number) => Uint8Array): Result {
  let done = 0;
  while (to.remaining > 0) {
    const data = page(Math.min(PAGE_SIZE, to.remaining));
    const n = to.put(data);
    done += n;
    if (n < data.length) return done > 0 ? done : -EFAULT;
  }
  return done;
}

const zeros = (length: number): Uint8Array => new Uint8Array(length);

interface Device {
  read(k: Kernel, to: ByteSink): Result;
  write(from: ByteSource): Result;
  readonly mapsZero?: boolean;
}

const randomDevice: Device = { read: (k, to) => fill(to, (n) => randomBytes(k, n)), write: swallow };

/** By name; `memDevices` numbers them. */
const DEVICES = {
  null: { read: () => 0, write: swallow },
  zero: { read: (_k, to) => fill(to, zeros), write: swallow, mapsZero: true },
  full: { read: (_k, to) => fill(to, zeros), write: () => -ENOSPC },
  random: randomDevice,
  urandom: randomDevice,
} as const satisfies Readonly<Record<string, Device>>;

/** An open memory device: no state but the position, which stays 0. */
export class DeviceFile extends fileKind('devfile', 1, {
  device: oneOf('null', 'zero', 'full', 'random', 'urandom')('which'),
}) {
  private get driver(): Device {
    return DEVICES[this.device];
  }
  override get seekable(): boolean {
    return true;
  }
  override seek(): number {
    return 0;
  }
  override read(k: Kernel, _t: Task, to: ByteSink): Result {
    return this.driver.read(k, to);
  }
  override readAt(k: Kernel, t: Task, to: ByteSink): Result {
    return this.read(k, t, to);
  }
  override write(_k: Kernel, _t: Task, from: ByteSource): Result {
    return this.driver.write(from);
  }
  override writeAt(k: Kernel, t: Task, from: ByteSource): Result {
    return this.write(k, t, from);
  }
  override get canPoll(): boolean {
    return this.driver === randomDevice;
  }
  override get mapsZero(): boolean {
    return this.driver.mapsZero ?? false;
  }
  override mayMap(): Result {
    return this.mapsZero ? 0 : -ENODEV;
  }
}

type Opener = (k: Kernel, t: Task, inode: Inode, path: Path, flags: number) => File | number;

function memory(device: keyof typeof DEVICES): Opener {
  return (_k, _t, inode, { mount, dentry }, flags) =>
    new DeviceFile({ flags: flags & ~O_NOCTTY, mount, dentry, inode, device });
}

/** Character devices by number, Linux Documentation/admin-guide/devices.txt. */
const CHARACTER_DEVICES: ReadonlyMap<number, Opener> = new Map([
  [deviceNumber(1, 3), memory('null')],
  [deviceNumber(1, 5), memory('zero')],
  [deviceNumber(1, 7), memory('full')],
  [deviceNumber(1, 8), memory('random')],
  [deviceNumber(1, 9), memory('urandom')],
  [deviceNumber(5, 0), openControllingTty],
  [deviceNumber(5, 1), openConsole],
  [deviceNumber(5, 2), openPtmx],
]);

/** Slaves of pseudo-terminals are opened by their entries in devpts; a node of that number elsewhere leads nowhere. */
const PTS_MAJOR = 136;

/** Opens a character device node: the file, or -ENXIO when no such device exists. */
export function openDevice(k: Kernel, t: Task, inode: Inode, path: Path, flags: number): File | number {
  const none = ((inode.rdev >>> 8) & 0xfff) === PTS_MAJOR ? -EIO : -ENXIO;
  return CHARACTER_DEVICES.get(inode.rdev)?.(k, t, inode, path, flags) ?? none;
}
