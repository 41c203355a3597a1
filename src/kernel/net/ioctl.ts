/** ioctl(2) on sockets: requests for all families here, those of devices in device-ioctl.ts. Linux net/socket.c sock_ioctl. */
import { EFAULT, ENOTTY } from '../errno.ts';
import { getOwner, setOwner } from '../fd/async.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { deviceIoctl } from './device-ioctl.ts';
import { putResult } from './ioctl-result.ts';
import type { SocketFile } from './socket-file.ts';

const FIOSETOWN = 0x8901;
const SIOCSPGRP = 0x8902;
const FIOGETOWN = 0x8903;
const SIOCGPGRP = 0x8904;

function setOwnerAt(t: Task, file: SocketFile, arg: number): Result {
  const owner = t.mm?.get32(arg) ?? null;
  return owner === null ? -EFAULT : setOwner(t, file, owner);
}

export function socketIoctl(k: Kernel, t: Task, file: SocketFile, cmd: number, arg: number): Result {
  if (cmd === FIOSETOWN || cmd === SIOCSPGRP) return setOwnerAt(t, file, arg);
  if (cmd === FIOGETOWN || cmd === SIOCGPGRP) return putResult(t, arg, getOwner(k, t, file));
  const own = file.sock.ioctl(k, t, cmd, arg);
  if (own !== null) return own;
  return deviceIoctl(t, file.sock.net, cmd, arg) ?? -ENOTTY;
}
