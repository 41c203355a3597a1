/** Who has which port. Linux net/ipv4/inet_connection_sock.c inet_csk_get_port, net/ipv4/udp.c udp_lib_get_port. */
import { EADDRINUSE } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import type { Result } from '../../syscall/define.ts';
import { AF_INET6 } from '../constants.ts';
import type { NetNs } from '../netns.ts';
import { REUSEADDR, REUSEPORT } from '../option-bits.ts';
import { STATE } from '../sock.ts';
import { ANY6, isAny, isIPv4 } from './address.ts';
import { InetSock } from './sock.ts';

/** net.ipv4.ip_local_port_range. */
export const FIRST_PORT = 32_768;
export const LAST_PORT = 60_999;

/** The sockets of a protocol in a namespace. */
export function inetSocks(k: Kernel, net: NetNs, protocol: number): InetSock[] {
  return k.container.socks.filter(
    (sock) => sock instanceof InetSock && sock.net === net && sock.protocol === protocol,
  ) as InetSock[];
}

/** Whether two sockets at one port would both be meant by some address. */
function overlap(a: InetSock, b: InetSock): boolean {
  if (a.addr === b.addr) return true;
  if (!isAny(a.addr) && !isAny(b.addr)) return false;
  return reach(a).some((family) => reach(b).includes(family));
}

/** The address families that a socket's own address stands for. */
function reach(sock: InetSock): number[] {
  if (sock.addr !== ANY6) return [isIPv4(sock.addr) ? 4 : 6];
  return sock.v6only || sock.family !== AF_INET6 ? [6] : [4, 6];
}

function mayShare(a: InetSock, b: InetSock, tcp: boolean): boolean {
  if (a.hasOption(REUSEPORT) && b.hasOption(REUSEPORT)) return true;
  if (!a.hasOption(REUSEADDR) || !b.hasOption(REUSEADDR)) return false;
  return !tcp || b.state !== STATE.LISTEN;
}

/** Whether a port is another's, so that the socket cannot have it. */
export function portTaken(k: Kernel, sock: InetSock, port: number): boolean {
  const tcp = sock.protocol === IPPROTO_TCP;
  const live = inetSocks(k, sock.net, sock.protocol).some(
    (other) => other !== sock && other.port === port && overlap(sock, other) && !mayShare(sock, other, tcp),
  );
  if (live || !tcp) return live;
  sock.net.forgetOld();
  return sock.net.timeWait.some(
    (old) =>
      old.port === port && (isAny(sock.addr) || old.addr === sock.addr) && !(old.reuse && sock.hasOption(REUSEADDR)),
  );
}

/** Whether another listens where the socket wants to: those that do not listen were looked at when it was bound. */
export function listenerTaken(k: Kernel, sock: InetSock): boolean {
  return inetSocks(k, sock.net, sock.protocol).some(
    (other) =>
      other !== sock &&
      other.state === STATE.LISTEN &&
      other.port === sock.port &&
      overlap(sock, other) &&
      !mayShare(sock, other, true),
  );
}

export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;

/** A free port of the local range: they are given out in turn. */
export function choosePort(k: Kernel, sock: InetSock): Result {
  const { net } = sock;
  net.forgetOld();
  const count = LAST_PORT - FIRST_PORT + 1;
  for (let tried = 0; tried < count; tried++) {
    net.nextPort = (net.nextPort + 1) % count;
    const port = FIRST_PORT + net.nextPort;
    const used =
      inetSocks(k, net, sock.protocol).some((other) => other !== sock && other.port === port) ||
      net.timeWait.some((old) => old.port === port);
    if (!used) return port;
  }
  return -EADDRINUSE;
}
