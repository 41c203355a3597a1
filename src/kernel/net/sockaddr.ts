/** Socket addresses in user memory. Linux net/socket.c move_addr_to_kernel, move_addr_to_user. */
import { EFAULT, EINVAL } from '../errno.ts';
import { copyOut } from '../fd/user.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { SOCKADDR_STORAGE_SIZE } from './constants.ts';

/** Copies an address in: -EINVAL for an impossible length, -EFAULT. */
export function readAddress(t: Task, address: number, length: number): Uint8Array | Result {
  if (length < 0 || length > SOCKADDR_STORAGE_SIZE) return -EINVAL;
  if (length === 0) return new Uint8Array(0);
  return t.mm?.readBytes(address, length) ?? -EFAULT;
}

/** Stores as much of an address as there is room for, and its whole length where the room stood. */
export function writeAddress(t: Task, name: Uint8Array, address: number, lengthAt: number): Result {
  const room = t.mm?.get32(lengthAt) ?? null;
  if (room === null) return -EFAULT;
  if ((room | 0) < 0) return -EINVAL;
  const stored = copyOut(t, address, name.subarray(0, Math.min(room, name.length)));
  if (stored < 0) return stored;
  return t.mm?.put32(lengthAt, name.length) ? 0 : -EFAULT;
}

/** sa_family, or 0 when the address is too short for one. */
export function familyOf(address: Uint8Array): number {
  return address.length < 2 ? 0 : address[0]! | (address[1]! << 8);
}
