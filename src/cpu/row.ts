/**
 * The form in which every instruction is declared, once. Decoder tables, dispatch to handlers, the coverage table and
 * the vector generator come from these rows.
 */

/** Processor that brought an instruction in. What CPUID does not advertise is still a row when it always decodes. */
export type Feature =
  | '386'
  | '486'
  | 'P5'
  | 'P6'
  | 'FPU'
  | 'TSC'
  | 'CX8'
  | 'CMOV'
  | 'CLFLUSH'
  | 'MMX'
  | 'FXSR'
  | 'SSE'
  | 'SSE2'
  | 'SSE3'
  | 'SSSE3'
  | 'CET';

export interface Row {
  /**
   * Encoding, in the manual's notation, hexadecimal bytes first:
   * `00 /r`      ModRM with register operand; `80 /4` ModRM with opcode extension 4;
   * a trailing ` m` or ` r` restricts ModRM to memory or register forms (`C5 /r m`, `0F C7 /1 m`);
   * `50+r`       eight opcodes, the low three bits name a register; `0F 80+c` sixteen opcodes, a condition;
   * `D8 C0+i`    x87 register form, second byte C0..C7; `D9 E8` x87 with a fixed second byte.
   * `0F 38 00 /r`, `0F 3A 0F /r` the three-byte maps;
   * `66 0F 58 /r`, `F3 ...`, `F2 ...` a mandatory prefix, which belongs to the opcode (see `forms.ts` for its rules).
   * Immediates follow from the operands.
   */
  readonly code: string;
  /** Mnemonic, lower case; with `+c` forms `cc` stands for the condition (`jcc`). */
  readonly name: string;
  /** Operands as the opcode map of SDM vol. 2D appendix A spells them: `Eb,Gb`, `Gv,M`, `AL,Ib`, `Zv` for `+r`; '' for none. */
  readonly operands: string;
  /** Operation id: what the interpreter implements, shared by all forms of an operation. */
  readonly op: string;
  /** Arithmetic flags as letters of `OSZAPC` (and D): read, written to a defined value, left undefined. */
  readonly reads: string;
  readonly writes: string;
  readonly undef: string;
  /** LOCK is legal when the destination is memory. */
  readonly lock: boolean;
  readonly feature: Feature;
  /** Manual reference: `SDM vol. 2A, ADD`. */
  readonly ref: string;
}

/** Options of a row that are not the same for nearly all. */
export interface RowOptions {
  reads?: string;
  writes?: string;
  undef?: string;
  lock?: boolean;
  feature?: Feature;
}

/** Builds a row; the manual's volume follows from the mnemonic's first letter (2A A-L, 2B M-U, 2C V-Z). */
export function row(code: string, name: string, operands: string, op: string, options: RowOptions = {}): Row {
  const title = name.toUpperCase();
  const volume = title < 'M' ? '2A' : title < 'V' ? '2B' : '2C';
  return {
    code,
    name,
    operands,
    op,
    reads: options.reads ?? '',
    writes: options.writes ?? '',
    undef: options.undef ?? '',
    lock: options.lock ?? false,
    feature: options.feature ?? '386',
    ref: `SDM vol. ${volume}, ${title}`,
  };
}
