/** socket(2) for AF_INET and AF_INET6. Linux net/ipv4/af_inet.c inet_create. */
import { EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../../errno.ts';
import type { Kernel } from '../../kernel.ts';
import type { Result } from '../../syscall/define.ts';
import type { Task } from '../../task/task.ts';
import { AF_INET, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from '../constants.ts';
import { ANY4, ANY6 } from './address.ts';
import { IPPROTO_TCP, IPPROTO_UDP } from './ports.ts';
import type { InetSock } from './sock.ts';
import { TCP_RCVBUF, TCP_SNDBUF, TcpSock } from './tcp.ts';
import { UdpSock } from './udp.ts';

export function makeInet(family: number) {
  return (_k: Kernel, t: Task, type: number, protocol: number): InetSock | Result => {
    const wanted = type === SOCK_STREAM ? IPPROTO_TCP : type === SOCK_DGRAM ? IPPROTO_UDP : 0;
    if (type === SOCK_RAW) return -EPROTONOSUPPORT;
    if (wanted === 0) return -ESOCKTNOSUPPORT;
    if (protocol !== 0 && protocol !== wanted) return -EPROTONOSUPPORT;
    const { net } = t.nsproxy;
    const any = family === AF_INET ? ANY4 : ANY6;
    const init = { net, seq: net.k.container.waitSeq++, family, type, protocol: wanted, addr: any, peerAddr: any };
    if (type === SOCK_DGRAM) return new UdpSock(init);
    return new TcpSock({ ...init, sndbuf: TCP_SNDBUF, rcvbuf: TCP_RCVBUF });
  };
}
