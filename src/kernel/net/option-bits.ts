/** The boolean options of SOL_SOCKET that a socket only remembers: each is a bit of Sock.options. */
import { SO } from './constants.ts';

const BOOLEANS: readonly number[] = [
  SO.SO_DEBUG,
  SO.SO_REUSEADDR,
  SO.SO_DONTROUTE,
  SO.SO_BROADCAST,
  SO.SO_KEEPALIVE,
  SO.SO_OOBINLINE,
  SO.SO_NO_CHECK,
  SO.SO_REUSEPORT,
  SO.SO_PASSCRED,
  SO.SO_TIMESTAMP_OLD,
  SO.SO_TIMESTAMPNS_OLD,
  SO.SO_PASSSEC,
  SO.SO_RXQ_OVFL,
  SO.SO_WIFI_STATUS,
  SO.SO_NOFCS,
  SO.SO_SELECT_ERR_QUEUE,
];

/** The bit of a boolean option; 0 for others. Bits are part of images: new options go to the end. */
export function optionBit(name: number): number {
  const at = BOOLEANS.indexOf(name);
  return at < 0 ? 0 : 1 << at;
}

export const REUSEADDR = optionBit(SO.SO_REUSEADDR);
export const REUSEPORT = optionBit(SO.SO_REUSEPORT);
export const BROADCAST = optionBit(SO.SO_BROADCAST);
export const OOBINLINE = optionBit(SO.SO_OOBINLINE);
export const KEEPALIVE = optionBit(SO.SO_KEEPALIVE);
export const PASSCRED = optionBit(SO.SO_PASSCRED);
export const TIMESTAMP = optionBit(SO.SO_TIMESTAMP_OLD);
export const TIMESTAMPNS = optionBit(SO.SO_TIMESTAMPNS_OLD);
