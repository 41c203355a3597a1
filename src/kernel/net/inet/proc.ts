/** /proc/net/tcp, udp and their IPv6 forms; if_inet6. Linux net/ipv4/tcp_ipv4.c get_tcp4_sock. */
import { fromLatin1 } from '../../bytes.ts';
import type { Kernel } from '../../kernel.ts';
import { AF_INET } from '../constants.ts';
import type { NetNs } from '../netns.ts';
import { STATE } from '../sock.ts';
import { IPPROTO_TCP, IPPROTO_UDP, inetSocks } from './ports.ts';
import type { InetSock } from './sock.ts';
import { TcpSock } from './tcp.ts';

const hex = (n: number, width: number): string => (n >>> 0).toString(16).toUpperCase().padStart(width, '0');

/** An address as the words of memory that it is, and the port. */
function endpoint(family: number, addr: string, port: number): string {
  const bytes = fromLatin1(addr);
  const view = new DataView(bytes.buffer);
  const words = family === AF_INET ? [12] : [0, 4, 8, 12];
  return `${words.map((at) => hex(view.getUint32(at, true), 8)).join('')}:${hex(port, 4)}`;
}

interface Row {
  readonly local: string;
  readonly remote: string;
  readonly state: number;
  readonly queued: readonly [out: number, in_: number];
  readonly uid: number;
  readonly ino: number;
}

function rowOf(sock: InetSock): Row {
  const { family } = sock;
  const listens = sock.state === STATE.LISTEN;
  const queued: readonly [number, number] =
    sock instanceof TcpSock ? [sock.outbox.length, listens ? sock.pending.length : sock.inbox.length] : [0, 0];
  return {
    local: endpoint(family, sock.addr, sock.port),
    remote: endpoint(family, sock.peerAddr, sock.peerPort),
    state: sock.state,
    queued,
    uid: sock.file?.inode?.uid ?? 0,
    ino: sock.file?.inode?.ino ?? 0,
  };
}

function line(row: Row, slot: number, tail: string): string {
  const { local, remote, state, queued, uid, ino } = row;
  const queues = `${hex(queued[0], 8)}:${hex(queued[1], 8)}`;
  const owner = `${String(uid).padStart(5)}        0 ${ino}`;
  return `${`${String(slot).padStart(4)}: ${local} ${remote} ${hex(state, 2)} ${queues} 00:00000000 00000000 ${owner} ${tail}`.padEnd(
    149,
  )}\n`;
}

function wantedSocks(k: Kernel, net: NetNs, protocol: number, family: number): InetSock[] {
  return inetSocks(k, net, protocol).filter((sock) => sock.family === family && sock.port !== 0);
}

const HEADS = {
  tcp4: '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n',
  tcp6: '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
  udp4: '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n',
  udp6: '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n',
} as const;

export function tcpText(k: Kernel, net: NetNs, family: number): string {
  const rows = wantedSocks(k, net, IPPROTO_TCP, family)
    .filter((sock) => sock.state !== STATE.CLOSE)
    .map(rowOf);
  net.forgetOld();
  for (const old of family === AF_INET ? net.timeWait : []) {
    const [local, remote] = [endpoint(family, old.addr, old.port), endpoint(family, old.peerAddr, old.peerPort)];
    rows.push({ local, remote, state: STATE.TIME_WAIT, queued: [0, 0], uid: 0, ino: 0 });
  }
  const head = family === AF_INET ? HEADS.tcp4 : HEADS.tcp6;
  return head + rows.map((row, slot) => line(row, slot, '1 00000000 100 0 0 10 0')).join('');
}

export function udpText(k: Kernel, net: NetNs, family: number): string {
  const rows = wantedSocks(k, net, IPPROTO_UDP, family).map(rowOf);
  const head = family === AF_INET ? HEADS.udp4 : HEADS.udp6;
  return head + rows.map((row, slot) => line(row, slot, '2 00000000 0')).join('');
}

export function ifInet6(net: NetNs): string {
  return net.isUp ? `${'0'.repeat(31)}1 01 80 10 80       lo\n` : '';
}
