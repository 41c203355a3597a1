/** The processor as the layers above see it: registers, segments, flags, and `run`. Executes CPL 3 code only. */
import { SEGMENT_BASE } from './layout.ts';
import { Mmu } from './mmu.ts';
import type { Ram } from './ram.ts';
import { Fpu } from './x87/fpu.ts';

/** Why `run` came back. */
export const STOP = { LIMIT: 0, SYSCALL: 1, EXCEPTION: 2 } as const;
export type Stop = (typeof STOP)[keyof typeof STOP];

export class Cpu extends Mmu {
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly regs: Int32Array;
  /** Linear address of the next instruction within CS, uint32. */
  eip = 0;
  /** Instructions retired since power-on, exact below 2^53. */
  icount = 0;
  readonly fpu: Fpu;
  /** RDTSC = icount * tscPerInstruction + tscOffset. */
  tscPerInstruction = 1;
  tscOffset = 0;
  /** Descriptors as pairs lo, hi; owned by the kernel. Call descriptorsChanged() after editing. */
  readonly gdt = new Int32Array(2 * 16);
  ldt: Int32Array | null = null;
  /** For the x87 environment: 1 when the current instruction has a 16-bit operand size. */
  operand16 = 0;
  /** Segment (0..5) of the current memory operand, for the x87 data selector. */
  operandSegment = 3;
  private readonly selectors = new Uint16Array(6);

  constructor(ram: Ram) {
    super(ram);
    this.regs = new Int32Array(ram.memory.buffer, 0, 8);
    this.fpu = new Fpu();
  }

  /** Runs until `icount === until` exactly, or an earlier stop. */
  run(_until: number): Stop {
    throw new Error('the interpreter is not in place yet');
  }

  getEflags(): number {
    return 2;
  }

  setEflags(_value: number): void {}

  getSegment(i: number): number {
    return this.selectors[i]!;
  }

  /** Loads a segment register the kernel's way. False when the selector cannot be loaded; never throws. */
  loadSegment(i: number, selector: number): boolean {
    this.selectors[i] = selector;
    this.ram.i32[SEGMENT_BASE + i] = 0;
    return true;
  }

  /** To be called after an edit of gdt or ldt: hidden parts are read again where still valid. */
  descriptorsChanged(): void {}

  /** To be called when the kernel writes or frees a frame whose `hasCode` is set. */
  codeChanged(frame: number): void {
    this.hasCode[frame] = 0;
  }
}
