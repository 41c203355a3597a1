/** Network namespaces, network_namespaces(7): a loopback device, the sockets of its tasks, and who has which port. */
import type { Mount } from '../fs/mount.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { bool, count, list, ref, str, struct, transient, u16, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Namespace } from '../ns/namespace.ts';
import type { UserNs } from '../ns/user-ns.ts';
import { SOMAXCONN } from './constants.ts';

/** Flags of a device, netdevice(7). */
export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;
export const IFF_RUNNING = 0x40;
/** Number of the loopback device. */
export const LO_INDEX = 1;

const timeWaitFields = {
  addr: str('own address, 16 bytes'),
  port: u16('own port'),
  peerAddr: str('address of the other end'),
  peerPort: u16('its port'),
  reuse: bool('SO_REUSEADDR was set'),
  until: count('virtual ns at which it is forgotten'),
};

export class NetNs extends derived(Namespace, 'netns', 1, {
  sockfs: ref<Mount>('mount', 'mount of the inodes of sockets; stands nowhere'),
  loFlags: u32('IFF_* bits of the loopback device', { initial: 0, show: 'hex' }),
  loHasAddress: bool('the loopback device has its IPv4 address: it was up once', { initial: false }),
  loMtu: u32('MTU of the loopback device', { initial: 65_536 }),
  somaxconn: u32('net.core.somaxconn', { initial: SOMAXCONN }),
  maxDgramQlen: u32('net.unix.max_dgram_qlen', { initial: 10 }),
  nextName: u32('number of the next AF_UNIX name that the kernel chooses', { initial: 0 }),
  nextPort: u32('where the search for a free port goes on', { initial: 0 }),
  loBytes: count('bytes that went over the loopback device', { initial: 0 }),
  loPackets: count('packets that went over the loopback device', { initial: 0 }),
  timeWait: list(struct(timeWaitFields, 'a connection'), 'connections in TIME_WAIT, the oldest first'),
  kernel: transient<Kernel | null>('set by create and afterLoad', () => null),
}) {
  /** A namespace whose sockets' inodes lie in `sockfs`; its loopback device is down. */
  static create(kernel: Kernel, head: { readonly ino: number; readonly owner: UserNs }, sockfs: Mount): NetNs {
    const net = new NetNs({ ...head, sockfs });
    net.kernel = kernel;
    return net;
  }

  get k(): Kernel {
    assert(this.kernel !== null, 'a network namespace outside a kernel');
    return this.kernel;
  }

  /** Whether the loopback device is up: without it nothing is reachable. */
  get isUp(): boolean {
    return (this.loFlags & IFF_UP) !== 0;
  }

  /** Changes the device's flags; the first time that it is up it gets its address. */
  setFlags(flags: number): void {
    this.loFlags = flags >>> 0;
    if (this.isUp) this.loHasAddress = true;
  }

  /** Something went over the loopback device. */
  countPacket(bytes: number): void {
    this.loBytes += bytes;
    this.loPackets++;
  }

  /** Forgets connections whose time is over. They are looked at when somebody wants their port, so nothing has to ring. */
  forgetOld(): void {
    const now = this.k.clock.now();
    this.timeWait = this.timeWait.filter(({ until }) => until > now);
  }

  override afterLoad(kernel: Kernel): void {
    this.kernel = kernel;
  }

  override check(): void {
    assert(this.loMtu > 0, 'a device that carries nothing');
  }
}
