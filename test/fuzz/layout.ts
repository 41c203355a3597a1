/** Where the fuzzer's guest has what (guest.c has the same addresses), and a batch's files. */

/** The list of calls: a header of one record, then a record for each call, then those that each worker makes first. */
export const CALLS_AT = 0x2000_0000;
/** What arguments point to; a read-only page and then nothing follow. */
export const DATA_AT = 0x2200_0000;
export const DATA_SIZE = 0x1_8000;
/** A signal handler that makes the next call of the list and returns. */
export const HANDLER_AT = 0x2300_0000;
const RECORD = 32;

export interface Call {
  readonly nr: number;
  /** ebx ecx edx esi edi ebp, as uint32. */
  readonly args: readonly number[];
}

export interface CallList {
  readonly calls: readonly Call[];
  readonly setup: readonly Call[];
  readonly workers: number;
  /** Times that process 1 looks after its workers before it gives up. */
  readonly rounds: number;
}

/** The file /fuzz/calls. */
export function encodeCalls({ calls, setup, workers, rounds }: CallList): Uint8Array {
  const records = [...calls, ...setup];
  const bytes = new Uint8Array(Math.ceil(((records.length + 1) * RECORD) / 4096) * 4096);
  const words = new Uint32Array(bytes.buffer);
  words.set([calls.length, setup.length, workers, DATA_SIZE, bytes.length, rounds]);
  for (const [i, { nr, args }] of records.entries()) words.set([nr, ...args], ((i + 1) * RECORD) / 4);
  return bytes;
}
