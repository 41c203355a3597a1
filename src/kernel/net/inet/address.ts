/**
 * Internet addresses: 16 bytes as a byte string for both families, an IPv4 address as its IPv6-mapped form (::ffff:a.b.c.d).
 * Linux include/uapi/linux/in.h, in6.h.
 */
import { fromLatin1, latin1 } from '../../bytes.ts';
import { EAFNOSUPPORT, EINVAL } from '../../errno.ts';
import type { Result } from '../../syscall/define.ts';
import { AF_INET, AF_INET6 } from '../constants.ts';
import { familyOf } from '../sockaddr.ts';

/** sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6), and the least of the latter that is taken. */
const SOCKADDR_IN_SIZE = 16;
const SOCKADDR_IN6_SIZE = 28;
const SOCKADDR_IN6_MIN = 24;

const MAPPED = `${'\0'.repeat(10)}\xff\xff`;
export const ANY4 = `${MAPPED}\0\0\0\0`;
export const ANY6 = '\0'.repeat(16);
export const LOOPBACK4 = `${MAPPED}\x7f\0\0\x01`;
export const LOOPBACK6 = `${'\0'.repeat(15)}\x01`;

export interface Endpoint {
  readonly addr: string;
  readonly port: number;
}

/** Whether it is an IPv4 address. */
export function isIPv4(addr: string): boolean {
  return addr.startsWith(MAPPED);
}

export function isAny(addr: string): boolean {
  return addr === ANY4 || addr === ANY6;
}

const firstByte = (addr: string): number => addr.charCodeAt(12);

/** Whether the loopback device has it: all of 127.0.0.0/8, and ::1. */
export function isLoopback(addr: string): boolean {
  return addr === LOOPBACK6 || (isIPv4(addr) && firstByte(addr) === 127 && !isBroadcast(addr));
}

/** The broadcast address of the loopback network, or of all. */
export function isBroadcast(addr: string): boolean {
  return addr === `${MAPPED}\x7f\xff\xff\xff` || addr === `${MAPPED}\xff\xff\xff\xff`;
}

export function isMulticast(addr: string): boolean {
  return isIPv4(addr) ? firstByte(addr) >> 4 === 14 : addr.charCodeAt(0) === 0xff;
}

/** Reads an address for a socket of a family: -EINVAL when too short, -EAFNOSUPPORT of another family. */
export function parseEndpoint(family: number, address: Uint8Array): Endpoint | Result {
  const given = familyOf(address);
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  if (family === AF_INET) {
    if (address.length < SOCKADDR_IN_SIZE) return -EINVAL;
    if (given !== AF_INET) return -EAFNOSUPPORT;
  } else if (given === AF_INET6) {
    if (address.length < SOCKADDR_IN6_MIN) return -EINVAL;
    return { addr: latin1(address.subarray(8, 24)), port: view.getUint16(2) };
  } else {
    if (address.length < SOCKADDR_IN6_MIN) return -EINVAL;
    if (given !== AF_INET) return -EAFNOSUPPORT;
  }
  return { addr: MAPPED + latin1(address.subarray(4, 8)), port: view.getUint16(2) };
}

/** struct sockaddr_in or sockaddr_in6. An unbound IPv6 socket's address is :: whichever family it came to use. */
export function encodeEndpoint(family: number, { addr, port }: Endpoint): Uint8Array {
  const out = new Uint8Array(family === AF_INET ? SOCKADDR_IN_SIZE : SOCKADDR_IN6_SIZE);
  const view = new DataView(out.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === AF_INET) out.set(fromLatin1(addr).subarray(12), 4);
  else out.set(fromLatin1(addr === ANY4 ? ANY6 : addr), 8);
  return out;
}
