/** How strace shows the type of a socket: an enumeration with flags beside it. */
import { O_CLOEXEC, O_NONBLOCK } from '../fs/flags.ts';
import { type Arg, showFlags } from '../syscall/args.ts';
import { SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOCK_TYPE_MASK } from './constants.ts';

const NAMES: Readonly<Record<number, string>> = {
  [SOCK_STREAM]: 'SOCK_STREAM',
  [SOCK_DGRAM]: 'SOCK_DGRAM',
  [SOCK_RAW]: 'SOCK_RAW',
  [SOCK_SEQPACKET]: 'SOCK_SEQPACKET',
};

export const SOCK_TYPES: Arg<number> = {
  decode: (raw) => ({ value: raw | 0 }),
  show: (raw) => {
    const type = raw & SOCK_TYPE_MASK;
    const flags = raw & ~SOCK_TYPE_MASK;
    const name = NAMES[type] ?? String(type);
    return flags === 0 ? name : `${name}|${showFlags(flags, { SOCK_CLOEXEC: O_CLOEXEC, SOCK_NONBLOCK: O_NONBLOCK })}`;
  },
};
