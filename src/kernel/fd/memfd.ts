/** memfd_create(2): a file in memory without a name. */
import { EFAULT, EINVAL } from '../errno.ts';
import { sharedMemory } from '../fs/shmem.ts';
import type { Kernel } from '../kernel.ts';
import { flagSet, ptr } from '../syscall/args.ts';
import { type Result, syscall } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { install } from './table.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/** Linux MFD_NAME_MAX_LEN. */
const NAME_LENGTH = 249;

function memfd(k: Kernel, t: Task, address: number, flags: number): Result {
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) !== 0) return -EINVAL;
  const name = t.mm?.readString(address, NAME_LENGTH + 1) ?? null;
  if (name === null) return -EFAULT;
  if (name.length > NAME_LENGTH) return -EINVAL;
  const file = sharedMemory(k, `memfd:${name}`, 0);
  if (flags & MFD_ALLOW_SEALING) file.regular.seals = 0;
  return install(t, file, (flags & MFD_CLOEXEC) !== 0);
}

export const memfdCalls = [
  syscall(356, 'memfd_create', { name: ptr, flags: flagSet({ MFD_CLOEXEC, MFD_ALLOW_SEALING }) }, (k, t, a) =>
    memfd(k, t, a.name, a.flags),
  ),
];
