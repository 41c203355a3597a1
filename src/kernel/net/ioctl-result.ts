/** Requests whose answer is an int at the address that came along. */
import { EFAULT } from '../errno.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';

export function putResult(t: Task, address: number, value: number): Result {
  return t.mm?.put32(address, value) ? 0 : -EFAULT;
}
