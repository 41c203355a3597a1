/** Requests about network devices on any socket: SIOCGIFCONF and its kin, netdevice(7). Linux net/core/dev_ioctl.c. */

import { latin1 } from '../bytes.ts';
import { EADDRNOTAVAIL, EFAULT, EINVAL, ENODEV, EOPNOTSUPP, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { AF_INET } from './constants.ts';
import { IFF_LOOPBACK, IFF_RUNNING, IFF_UP, LO_INDEX, type NetNs } from './netns.ts';

/** sizeof(struct ifreq) on i386: a name, and a union of 16 bytes. */
const IFREQ_SIZE = 32;
const IFNAMSIZ = 16;
const ARPHRD_LOOPBACK = 772;
/** Flags that a user may change (Linux __dev_change_flags). */
const CHANGEABLE = IFF_UP | 0x7000 | 0x0200 | 0x0100 | 0x0080;

const SIOCGIFNAME = 0x8910;
const SIOCGIFCONF = 0x8912;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCGIFADDR = 0x8915;
const SIOCSIFADDR = 0x8916;
const SIOCGIFDSTADDR = 0x8917;
const SIOCGIFBRDADDR = 0x8919;
const SIOCGIFNETMASK = 0x891b;
const SIOCSIFNETMASK = 0x891c;
const SIOCGIFMETRIC = 0x891d;
const SIOCGIFMTU = 0x8921;
const SIOCSIFMTU = 0x8922;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const SIOCGIFTXQLEN = 0x8942;
const SIOCGIFMAP = 0x8970;

/** A request on one device: reads or fills the union that stands behind the name. */
type Request = (net: NetNs, union: DataView, t: Task) => Result;

const fill =
  (write: (net: NetNs, union: DataView) => void): Request =>
  (net, union) => {
    write(net, union);
    return 0;
  };

/** struct sockaddr_in. */
function putAddress(union: DataView, address: readonly number[]): void {
  union.setUint16(0, AF_INET, true);
  union.setUint16(2, 0, true);
  for (const [i, byte] of address.entries()) union.setUint8(4 + i, byte);
  for (let i = 8; i < 16; i++) union.setUint8(i, 0);
}

/** The device has its address since it was up for the first time. */
const giveAddress =
  (address: readonly number[]): Request =>
  (net, union) => {
    if (!net.loHasAddress) return -EADDRNOTAVAIL;
    putAddress(union, address);
    return 0;
  };

const setFlags: Request = (net, union, t) => {
  if (!t.cred.capable(CAP.NET_ADMIN)) return -EPERM;
  net.setFlags((net.loFlags & ~CHANGEABLE) | (union.getUint16(0, true) & CHANGEABLE));
  return 0;
};

const setMtu: Request = (net, union, t) => {
  if (!t.cred.capable(CAP.NET_ADMIN)) return -EPERM;
  const mtu = union.getInt32(0, true);
  if (mtu < 0) return -EINVAL;
  net.loMtu = mtu;
  return 0;
};

const refused: Request = (_net, _union, t) => (t.cred.capable(CAP.NET_ADMIN) ? -EOPNOTSUPP : -EPERM);

const REQUESTS = new Map<number, Request>([
  [SIOCGIFFLAGS, fill((net, union) => union.setUint16(0, shownFlags(net), true))],
  [SIOCSIFFLAGS, setFlags],
  [SIOCGIFADDR, giveAddress([127, 0, 0, 1])],
  [SIOCGIFDSTADDR, giveAddress([127, 0, 0, 1])],
  [SIOCGIFBRDADDR, giveAddress([0, 0, 0, 0])],
  [SIOCGIFNETMASK, giveAddress([255, 0, 0, 0])],
  [SIOCSIFADDR, refused],
  [SIOCSIFNETMASK, refused],
  [SIOCGIFMETRIC, fill((_net, union) => union.setInt32(0, 0, true))],
  [SIOCGIFMTU, fill((net, union) => union.setInt32(0, net.loMtu, true))],
  [SIOCSIFMTU, setMtu],
  [SIOCGIFHWADDR, fill((_net, union) => zero(union).setUint16(0, ARPHRD_LOOPBACK, true))],
  [SIOCGIFINDEX, fill((_net, union) => union.setInt32(0, LO_INDEX, true))],
  [SIOCGIFTXQLEN, fill((_net, union) => union.setInt32(0, 1000, true))],
  [SIOCGIFMAP, fill((_net, union) => void zero(union))],
]);

function zero(union: DataView): DataView {
  for (let i = 0; i < union.byteLength; i++) union.setUint8(i, 0);
  return union;
}

/** IFF_RUNNING goes with IFF_UP: there is no cable. */
export function shownFlags(net: NetNs): number {
  return net.loFlags | IFF_LOOPBACK | (net.isUp ? IFF_RUNNING : 0);
}

const LO = Uint8Array.from([0x6c, 0x6f, ...new Array(IFNAMSIZ - 2).fill(0)]);

/** SIOCGIFCONF: the devices that have an IPv4 address; without a buffer, how long the list is. */
function listDevices(t: Task, net: NetNs, arg: number): Result {
  const conf = copyIn(t, arg, 8);
  if (conf === null) return -EFAULT;
  const room = conf.getInt32(0, true);
  const buffer = conf.getUint32(4, true);
  const entry = new Uint8Array(IFREQ_SIZE);
  entry.set(LO);
  putAddress(new DataView(entry.buffer, IFNAMSIZ), [127, 0, 0, 1]);
  const fits = net.loHasAddress && (buffer === 0 || room >= IFREQ_SIZE);
  if (fits && buffer !== 0 && copyOut(t, buffer, entry) < 0) return -EFAULT;
  return t.mm?.put32(arg, fits ? IFREQ_SIZE : 0) ? 0 : -EFAULT;
}

function nameOfIndex(t: Task, arg: number): Result {
  const request = copyIn(t, arg, IFREQ_SIZE);
  if (request === null) return -EFAULT;
  if (request.getInt32(IFNAMSIZ, true) !== LO_INDEX) return -ENODEV;
  return copyOut(t, arg, LO);
}

/** Null when the request is none about devices. */
export function deviceIoctl(t: Task, net: NetNs, cmd: number, arg: number): Result | null {
  if (cmd === SIOCGIFCONF) return listDevices(t, net, arg);
  if (cmd === SIOCGIFNAME) return nameOfIndex(t, arg);
  const request = REQUESTS.get(cmd);
  if (request === undefined) return null;
  const view = copyIn(t, arg, IFREQ_SIZE);
  if (view === null) return -EFAULT;
  const data = new Uint8Array(view.buffer, view.byteOffset, IFREQ_SIZE);
  // An alias such as lo:1 is asked for by its device.
  const name = latin1(data.subarray(0, IFNAMSIZ - 1)).split('\0')[0]!;
  if (name !== 'lo') return -ENODEV;
  const result = request(net, new DataView(view.buffer, view.byteOffset + IFNAMSIZ, IFREQ_SIZE - IFNAMSIZ), t);
  return result < 0 ? result : copyOut(t, arg, data);
}
