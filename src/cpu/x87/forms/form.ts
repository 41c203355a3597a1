/** How x87 instructions are declared: one form per encoding, with what executes it. */
import type { Cpu } from '../../cpu.ts';
import type { Feature } from '../../row.ts';
import type { Fpu } from '../fpu.ts';

/**
 * Executes one instruction. `i` is the register number of a register form; `linear` the linear address of a memory
 * form. Throws GUEST_FAULT before anything changed.
 */
export type Run = (cpu: Cpu, f: Fpu, i: number, linear: number) => void;

export interface Form {
  /** Encoding and operands as in row.ts; `Md Mq Mt Mw` are memory operands of 4, 8, 10 and 2 bytes. */
  readonly code: string;
  readonly name: string;
  readonly operands: string;
  readonly run: Run;
  /** Raises #MF first when an exception is pending. False for FNxxx. */
  readonly waits: boolean;
  /** Records its address in the instruction pointer. False for control instructions. */
  readonly records: boolean;
  /** EFLAGS read and written. */
  readonly reads: string;
  readonly writes: string;
  readonly feature: Feature;
  /** Size in bytes of the memory operand, with a 32-bit and with a 16-bit operand size; 0 without one. */
  readonly size: number;
  readonly size16: number;
  /** The memory operand is written. */
  readonly stores: boolean;
}

type Options = Partial<Omit<Form, 'code' | 'name' | 'operands' | 'run'>>;

const SIZES: Readonly<Record<string, number>> = { Mw: 2, Md: 4, Mq: 8, Mt: 10 };

export function form(code: string, name: string, operands: string, run: Run, options: Options = {}): Form {
  const size = options.size ?? SIZES[operands] ?? 0;
  return {
    code,
    name,
    operands,
    run,
    waits: options.waits ?? true,
    records: options.records ?? true,
    reads: options.reads ?? '',
    writes: options.writes ?? '',
    feature: options.feature ?? 'FPU',
    size,
    size16: options.size16 ?? size,
    stores: options.stores ?? false,
  };
}
