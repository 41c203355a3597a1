/** The record that native.c and the replay exchange: one instruction with the state before it, or with that after it. */

/** FXSAVE image up to XMM7. */
export const STATE_SIZE = 288;
export const MEMORY_SIZE = 64;
/**
 * struct record: 16 bytes that hold code, its length in the last, or afterwards signal and EFLAGS; FXSAVE image;
 * EAX ECX EDX EBX ESP EBP ESI EDI; operand.
 */
export const RECORD = { code: 0, length: 15, trap: 0, eflags: 4, state: 16, regs: 304, memory: 336 } as const;
export const RECORD_SIZE = 400;
/** Bytes of the record that both sides of a case share, and that an instruction may change. */
export const CHANGEABLE = { from: RECORD.state, to: RECORD_SIZE } as const;

/** Offsets in the FXSAVE image. */
export const STATE = { fcw: 0, fsw: 2, ftw: 4, fop: 6, mxcsr: 24, mxcsrMask: 28, st: 32, xmm: 160 } as const;

/** Where native.c places the instruction, and memory: its middle is the start of a page. */
export const SLOT = 0x20000000;
export const MEMORY = 0x20001fe0;

const REGISTER_SIZE = 16;

/** A copy of a record with its x87 registers by number, not from the stack's top on, and without MXCSR_MASK, a constant. */
export function byNumber(record: Buffer): Buffer {
  const out = Buffer.from(record);
  const top = (record.readUInt16LE(RECORD.state + STATE.fsw) >> 11) & 7;
  const first = RECORD.state + STATE.st;
  for (let i = 0; i < 8; i++) {
    const at = first + i * REGISTER_SIZE;
    record.copy(out, first + ((top + i) & 7) * REGISTER_SIZE, at, at + REGISTER_SIZE);
  }
  out.writeUInt32LE(0, RECORD.state + STATE.mxcsrMask);
  return out;
}
