/** What TCP and UDP sockets share: names, ports, options of the internet level. Linux net/ipv4/af_inet.c. */

import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EINVAL,
  ENETUNREACH,
  ENOPROTOOPT,
  ENOTCONN,
} from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import { assert } from '../../kobject/errors.ts';
import { bool, i32, map, str, u16, u32 } from '../../kobject/fields.ts';
import { derived } from '../../kobject/kobject.ts';
import type { Result } from '../../syscall/define.ts';
import { CAP } from '../../task/cred.ts';
import type { Task } from '../../task/task.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, SOL_IP, SOL_IPV6 } from '../constants.ts';
import type { Refused } from '../options.ts';
import { Sock } from '../sock.ts';
import { familyOf } from '../sockaddr.ts';
import {
  ANY4,
  ANY6,
  type Endpoint,
  encodeEndpoint,
  isAny,
  isBroadcast,
  isIPv4,
  isLoopback,
  isMulticast,
  LOOPBACK4,
  LOOPBACK6,
  parseEndpoint,
} from './address.ts';
import { ipOption, setIpOption } from './ip-options.ts';
import { choosePort, portTaken } from './ports.ts';

/** Ports below this belong to the system (net.ipv4.ip_unprivileged_port_start). */
const FIRST_USER_PORT = 1024;

export class InetSock extends derived(Sock, 'inetsock', 1, {
  addr: str('own address, 16 bytes; all zero for any'),
  port: u16('own port; 0 when it has none', { initial: 0 }),
  chosen: bool('bind(2) named the port', { initial: false }),
  peerAddr: str('address of the other end, 16 bytes', { initial: ANY4 }),
  peerPort: u16('its port; 0 when there is none', { initial: 0 }),
  v6only: bool('IPV6_V6ONLY', { initial: false }),
  values: map(u32('level * 65536 + option'), i32('value'), 'options of other levels that were set'),
}) {
  get local(): Endpoint {
    return { addr: this.addr, port: this.port };
  }
  get remote(): Endpoint {
    return { addr: this.peerAddr, port: this.peerPort };
  }

  /** Whether what is sent to an address may be meant for this socket. */
  takes(addr: string): boolean {
    if (this.addr === addr) return true;
    if (this.addr === ANY4) return isIPv4(addr);
    return this.addr === ANY6 && !(isIPv4(addr) && this.v6only) && !(isIPv4(addr) && this.family === AF_INET);
  }

  override bind(k: Kernel, t: Task, address: Uint8Array): Result {
    const wanted = this.addressToBind(address);
    if (typeof wanted === 'number') return wanted;
    const { net } = this;
    const known = isAny(wanted.addr) || isMulticast(wanted.addr) || isBroadcast(wanted.addr) || isLoopback(wanted.addr);
    if (!known || (!isAny(wanted.addr) && !net.isUp)) return -EADDRNOTAVAIL;
    const reserved = wanted.port !== 0 && wanted.port < FIRST_USER_PORT;
    if (reserved && !t.cred.capable(CAP.NET_BIND_SERVICE)) return -EACCES;
    if (this.port !== 0 || !this.canBind) return -EINVAL;
    this.addr = wanted.addr;
    const got = this.takePort(k, wanted.port);
    if (got < 0) this.addr = this.family === AF_INET ? ANY4 : ANY6;
    else this.chosen = wanted.port !== 0;
    return got;
  }

  /** An IPv4 socket takes AF_UNSPEC for any address, for the sake of old programs. */
  private addressToBind(address: Uint8Array): Endpoint | Result {
    if (this.family === AF_INET && address.length >= 16 && familyOf(address) === AF_UNSPEC) {
      const any = Uint8Array.from(address);
      any[0] = AF_INET;
      const parsed = parseEndpoint(AF_INET, any);
      return typeof parsed !== 'number' && isAny(parsed.addr) ? parsed : -EAFNOSUPPORT;
    }
    if (this.family === AF_INET6 && address.length >= 24 && familyOf(address) !== AF_INET6) return -EAFNOSUPPORT;
    const parsed = parseEndpoint(this.family, address);
    if (typeof parsed === 'number') return parsed;
    return this.v6only && isIPv4(parsed.addr) ? -EINVAL : parsed;
  }

  /** Whether the state allows bind(2). */
  get canBind(): boolean {
    return true;
  }

  /** Takes a port, any when it is 0: 0, or -EADDRINUSE. */
  takePort(k: Kernel, port: number): Result {
    const got = port === 0 ? choosePort(k, this) : portTaken(k, this, port) ? -EADDRINUSE : port;
    if (got < 0) return got;
    this.port = got;
    return 0;
  }

  /**
   * Where something for `to` goes, and which address it comes from then: -ENETUNREACH but for the loopback device, and
   * when an IPv6 address is asked of an IPv4 one.
   */
  route(to: string): { readonly to: string; readonly from: string } | Result {
    const target =
      to === ANY4 ? LOOPBACK4 : to === ANY6 ? (isIPv4(this.addr) && this.addr !== ANY4 ? LOOPBACK4 : LOOPBACK6) : to;
    if (!this.net.isUp || !(isLoopback(target) || isBroadcast(target))) return -ENETUNREACH;
    if (isIPv4(target) && this.v6only) return -ENETUNREACH;
    const from = isAny(this.addr) ? (isIPv4(target) ? LOOPBACK4 : LOOPBACK6) : this.addr;
    return isIPv4(from) === isIPv4(target) ? { to: target, from } : -ENETUNREACH;
  }

  override name(_k: Kernel, _t: Task, peer: boolean): Uint8Array | Result {
    if (peer) return this.connected ? encodeEndpoint(this.family, this.remote) : -ENOTCONN;
    return encodeEndpoint(this.family, this.local);
  }

  /** Whether there is a peer to be named. */
  get connected(): boolean {
    return this.peerPort !== 0;
  }

  override hasLevel(level: number): boolean {
    return level === SOL_IP || (level === SOL_IPV6 && this.family === AF_INET6);
  }

  override setOption(_k: Kernel, t: Task, level: number, name: number, value: number, length: number): Result {
    return this.hasLevel(level) ? setIpOption(this, t, level, name, value, length) : -ENOPROTOOPT;
  }

  override getOption(_k: Kernel, _t: Task, level: number, name: number, room: number): Uint8Array | Refused {
    return this.hasLevel(level) ? ipOption(this, level, name, room) : { error: -ENOPROTOOPT };
  }

  override check(): void {
    super.check();
    assert(this.family === AF_INET || this.family === AF_INET6, 'an internet socket of another family');
    assert(this.addr.length === 16 && this.peerAddr.length === 16, 'an internet address of a wrong length');
  }
}
