/** /proc/PID/net, proc_pid_net(5): a file for each kind of socket, and for devices. */

import { EINVAL } from '../errno.ts';
import { directory, file, type Node, type Query } from '../proc/nodes.ts';
import { AF_INET, AF_INET6 } from './constants.ts';
import { ifInet6, tcpText, udpText } from './inet/proc.ts';
import type { NetNs } from './netns.ts';
import { STATE } from './sock.ts';
import { UnixSock } from './unix/sock.ts';

const ACCEPTS = 0x0001_0000;

const hex = (n: number, width: number): string => (n >>> 0).toString(16).toUpperCase().padStart(width, '0');

/** Addresses of kernel objects are shown to nobody. */
const NO_ADDRESS = '00000000';

/** A file about the network namespace of the task. */
function about(text: (net: NetNs, query: Query) => string): Node {
  return file((query) => {
    const net = query.task.nsproxy?.net;
    return net === undefined ? -EINVAL : text(net, query);
  });
}

/** SS_* of include/uapi/linux/net.h. */
function unixState(sock: UnixSock): number {
  const connected = sock.state === STATE.ESTABLISHED;
  if (sock.file !== null) return connected ? 3 : 1;
  return connected ? 2 : 4;
}

function unixLine(sock: UnixSock): string {
  const flags = sock.state === STATE.LISTEN ? ACCEPTS : 0;
  const inode = String(sock.file?.inode?.ino ?? 0).padStart(5);
  const refs = 2 + sock.clients.length;
  const line = `${NO_ADDRESS}: ${hex(refs, 8)} ${hex(0, 8)} ${hex(flags, 8)} ${hex(sock.type, 4)} ${hex(unixState(sock), 2)} ${inode}`;
  return sock.address === null ? line : `${line} ${sock.address.replaceAll('\0', '@')}`;
}

function unix(net: NetNs, { kernel }: Query): string {
  const lines = kernel.container.socks
    .filter((sock) => sock instanceof UnixSock && sock.net === net && !sock.dead)
    .map((sock) => `${unixLine(sock as UnixSock)}\n`);
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${lines.join('')}`;
}

function devices(net: NetNs): string {
  const counts = [net.loBytes, net.loPackets].map((n, i) => String(n).padStart(i === 0 ? 8 : 7));
  const received = `${counts.join(' ')}    0    0    0     0          0         0`;
  const sent = `${counts.join(' ')}    0    0    0     0       0          0`;
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    `    lo: ${received.trimStart().padStart(received.length - 1)} ${sent}`,
    '',
  ].join('\n');
}

export const netDirectory: Node = directory({
  dev: about(devices),
  if_inet6: about(ifInet6),
  tcp: about((net, { kernel }) => tcpText(kernel, net, AF_INET)),
  tcp6: about((net, { kernel }) => tcpText(kernel, net, AF_INET6)),
  udp: about((net, { kernel }) => udpText(kernel, net, AF_INET)),
  udp6: about((net, { kernel }) => udpText(kernel, net, AF_INET6)),
  unix: about(unix),
});
