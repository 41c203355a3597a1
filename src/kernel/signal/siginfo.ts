/** siginfo_t on i386: three words, then a union whose words depend on the signal. Linux include/uapi/asm-generic/siginfo.h. */
import { assert } from '../kobject/errors.ts';
import { i32, list, struct, u8, type Values } from '../kobject/fields.ts';

/** Bytes of siginfo_t. */
export const SIGINFO_SIZE = 128;
/** Words of the union `_sifields`. */
export const SIGINFO_WORDS = (SIGINFO_SIZE - 12) / 4;

export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_TKILL = -6;

const siginfoFields = {
  signo: u8('signal number, 1..64'),
  errno: i32('si_errno', { initial: 0 }),
  code: i32('si_code: SI_* or one of the signal'),
  fields: list(i32('a word', { show: 'hex' }), 'the union after si_code, word by word; the rest is 0'),
};
export const siginfoField = struct(siginfoFields, 'a signal on its way');
export type Siginfo = Values<typeof siginfoFields>;

export function siginfo(signo: number, code: number, ...fields: readonly number[]): Siginfo {
  return { signo, errno: 0, code, fields: fields.map((word) => word | 0) };
}

/** Asserts that a queue of signals can be delivered. */
export function checkPending(queue: readonly Siginfo[], where: string): void {
  for (const info of queue) {
    assert(info.signo >= 1 && info.signo <= 64, `${where}: a pending signal out of range`);
    assert(info.fields.length <= SIGINFO_WORDS, `${where}: a pending signal with too much to say`);
  }
}

/** The 128 bytes as user space sees them. */
export function encodeSiginfo(info: Siginfo): Uint8Array {
  const words = new Int32Array(SIGINFO_SIZE / 4);
  words.set([info.signo, info.errno, info.code, ...info.fields.slice(0, SIGINFO_WORDS)]);
  return new Uint8Array(words.buffer);
}

/** The reverse, for rt_sigqueueinfo(2). */
export function decodeSiginfo(signo: number, data: Uint8Array): Siginfo {
  const view = new DataView(data.buffer, data.byteOffset, SIGINFO_SIZE);
  const fields = Array.from({ length: SIGINFO_WORDS }, (_, i) => view.getInt32(12 + 4 * i, true));
  while (fields.length > 0 && fields[fields.length - 1] === 0) fields.pop();
  return { signo, errno: view.getInt32(4, true), code: view.getInt32(8, true), fields };
}
