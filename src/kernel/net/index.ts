/** Sockets and the network: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { InetSock } from './inet/sock.ts';
import { TcpSock } from './inet/tcp.ts';
import { UdpSock } from './inet/udp.ts';
import { NetlinkSock } from './netlink/sock.ts';
import { NetNs } from './netns.ts';
import { socketCalls } from './rows.ts';
import { Sock } from './sock.ts';
import { SocketFile } from './socket-file.ts';
import { UnixSock } from './unix/sock.ts';

export const netKinds: readonly KindClass[] = [
  NetNs,
  Sock,
  UnixSock,
  InetSock,
  TcpSock,
  UdpSock,
  NetlinkSock,
  SocketFile,
];

export const netCalls: readonly Syscall[] = socketCalls;
