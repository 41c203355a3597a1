/** Signals, sets and siginfos as system calls take them from registers and user memory. */
import type { Arg } from '../syscall/args.ts';
import type { Task } from '../task/task.ts';
import { signalName } from './numbers.ts';
import { decodeSiginfo, SIGINFO_SIZE, type Siginfo } from './siginfo.ts';
import type { Sigset } from './sigset.ts';

/** A signal number, as strace names it. */
export const sig: Arg<number> = {
  decode: (raw) => ({ value: raw | 0 }),
  show: (raw) => ((raw | 0) === 0 ? '0' : signalName(raw | 0)),
};
export const SIGSET_SIZE = 8;

export function readSet(task: Task, address: number): Sigset | null {
  const data = task.mm!.readBytes(address, SIGSET_SIZE);
  if (data === null) return null;
  const view = new DataView(data.buffer, data.byteOffset, SIGSET_SIZE);
  return { lo: view.getUint32(0, true), hi: view.getUint32(4, true) };
}

/** A siginfo with a number of its own, pidfd_send_signal(2); null when it cannot be read. */
export function readInfo(task: Task, address: number): Siginfo | null {
  const data = task.mm!.readBytes(address, SIGINFO_SIZE);
  return data === null ? null : decodeSiginfo(new DataView(data.buffer, data.byteOffset).getInt32(0, true), data);
}
