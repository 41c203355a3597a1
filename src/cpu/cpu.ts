/** The processor as the layers above see it: registers, segments, flags, and `run`. Executes CPL 3 code only. */
import { Blocks, SCRATCH } from './blocks.ts';
import { DEBUG_MODE, Debug, DR6_BREAKPOINTS, DR6_BS } from './debug.ts';
import { Decoder } from './decoder.ts';
import { DB, GP, GUEST_FAULT, WATCHED } from './fault.ts';
import { AC, ARITHMETIC, arithmeticFlags, DF, ID, IF, NT, RF, setArithmeticFlags, TF } from './flags.ts';
import { HandlerTable } from './handlers/index.ts';
import { FAULTED, interpret } from './interpreter.ts';
import { CS, SEGMENT_BASE } from './layout.ts';
import { type CpuModel, cpuModel } from './model.ts';
import type { Handler } from './operands.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE, RAM_BASE, Ram } from './ram.ts';
import { MODE_CHECKED, Segments } from './segments.ts';
import { guard, translateBlock, translateOne } from './translate.ts';
import { warmUp } from './warmup.ts';
import { BLOCK_LIMIT, TO_KERNEL, TRAPPED, WORDS } from './words.ts';
import { Fpu } from './x87/fpu.ts';

/** Why `run` came back. */
export const STOP = { LIMIT: 0, SYSCALL: 1, EXCEPTION: 2 } as const;
export type Stop = (typeof STOP)[keyof typeof STOP];

/** Stretches are short enough that optimised code is entered afresh rather than by on-stack replacement. */
const LONGEST_STRETCH = 2 ** 18;
/** EFLAGS bits kept apart from the lazy arithmetic flags. */
const OTHER_FLAGS = TF | DF | NT | RF | AC | ID;
/** Bit 1 of EFLAGS always reads as 1, and interrupts are always enabled at CPL 3. */
const FIXED_FLAGS = 2 | IF;

/** Instructions that a host process runs before it warms V8 up (warmup.ts): the shortest programs need not wait for that. */
const COLD_INSTRUCTIONS = 256;

export class Cpu extends Segments {
  /** What CPUID tells, and what executes. */
  readonly model: CpuModel;
  /** What is left of those; at most 0 once the interpreter has been shown all its operations. */
  private static cold = COLD_INSTRUCTIONS;
  private static afterWarmUp: (() => void) | undefined;
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly regs: Int32Array;
  /** Offset of the next instruction within CS, uint32. */
  eip = 0;
  /** Instructions retired since power-on, exact below 2^53. */
  icount = 0;
  readonly fpu: Fpu;
  /** RDTSC = icount * tscPerInstruction + tscOffset. */
  tscPerInstruction = 1;
  tscOffset = 0;
  /** For the x87 environment: 1 when the current instruction has a 16-bit operand size. */
  operand16 = 0;
  /** Segment (0..5) of the current memory operand, for the x87 data selector. */
  operandSegment = 3;
  /** DF: string instructions go down. */
  backward = false;

  readonly blocks: Blocks;
  /** Decoded instructions (words.ts). */
  readonly code: Int32Array;
  readonly handlers: Handler[];
  readonly handlerTable: HandlerTable;
  readonly decoder: Decoder;
  readonly debug = new Debug();
  /** Code index of the instruction that may store, so that a store into code leaves the block after it. */
  pc = 0;
  /** What is left of the current stretch of instructions. */
  left = 0;
  /** Linear address where the current decode began. */
  fetchLinear = 0;
  private otherFlags = 0;
  private stretchEnd = 0;
  private codeMode = -1;

  constructor(ram: Ram, model: CpuModel = cpuModel()) {
    super(ram);
    this.model = model;
    this.regs = new Int32Array(ram.memory.buffer, 0, 8);
    this.fpu = new Fpu(ram.memory.buffer);
    this.blocks = new Blocks(ram.frames, this.hasCode);
    this.code = this.blocks.code;
    this.handlerTable = new HandlerTable(guard);
    this.handlers = this.handlerTable.list;
    const nextPage = (): number => this.hostFetch(((this.fetchLinear & ~PAGE_MASK) + PAGE_SIZE) | 0);
    this.decoder = new Decoder(ram.u8, nextPage, model.lacking);
    this.useDoubles();
    this.setEflags(0);
  }

  /**
   * V8 keeps a field as a small integer until it holds something else; then it throws away the code that relies on that.
   * These outgrow it sooner or later: they hold a fraction once, before any code is compiled.
   */
  private useDoubles(): void {
    this.eip = 0.5;
    this.eip = 0;
    this.icount = 0.5;
    this.icount = 0;
    this.stretchEnd = 0.5;
    this.stretchEnd = 0;
    this.cr2 = 0.5;
    this.cr2 = 0;
  }

  /** Runs until `icount === until` exactly, or an earlier stop. A repeated string instruction counts as one. */
  run(until: number): Stop {
    while (this.icount < until) {
      const flags = this.otherFlags;
      // SDM vol. 3B, 17.3.1.1: RF lasts until the instruction after it has been executed.
      this.otherFlags = flags & ~RF;
      const debugged = (flags & TF) !== 0 || this.debug.armed;
      const code = debugged ? this.runDebugged(until, flags) : this.runFreely(until);
      if (code === TO_KERNEL) return STOP.SYSCALL;
      if (code === TRAPPED) return STOP.EXCEPTION;
      if (code === FAULTED) {
        // SDM vol. 3B, 17.3.1.1: a fault is told with RF set, so that its instruction can be tried again.
        this.otherFlags |= RF;
        return STOP.EXCEPTION;
      }
    }
    return STOP.LIMIT;
  }

  private runFreely(until: number): number {
    const stretch = Math.min(until - this.icount, LONGEST_STRETCH, Cpu.cold > 0 ? Cpu.cold : LONGEST_STRETCH);
    const code = this.runStretch(stretch);
    if (Cpu.cold > 0) Cpu.warmUpAfter(stretch - this.left);
    return code;
  }

  /** Runs blocks as long as they stay away from breakpoints, else one instruction. `flags` were in force before RF was cleared. */
  private runDebugged(until: number, flags: number): number {
    const { debug } = this;
    const trace = (flags & TF) !== 0;
    if (!trace && !debug.inhibited && debug.pending === 0 && !debug.executesIn((this.codeBase + this.eip) | 0)) {
      debug.mode = DEBUG_MODE.LEAVE;
      const code = this.runStretch(Math.min(until - this.icount, LONGEST_STRETCH));
      debug.mode = DEBUG_MODE.OFF;
      if (code !== FAULTED || this.vector !== WATCHED) return code;
    }
    return this.stepDebugged(trace, (flags & RF) !== 0);
  }

  /** Executes one instruction and raises the debug exceptions before and after it. */
  private stepDebugged(trace: boolean, resumed: boolean): number {
    const { debug } = this;
    const { inhibited, pending } = debug;
    debug.inhibited = false;
    debug.pending = 0;
    const breaks = inhibited || resumed ? 0 : debug.executedAt((this.codeBase + this.eip) | 0);
    if (breaks !== 0) return this.debugTrap(breaks);
    debug.hits = 0;
    debug.mode = DEBUG_MODE.RECORD;
    const code = this.runStretch(1);
    debug.mode = DEBUG_MODE.OFF;
    const met = debug.hits | pending | (trace ? DR6_BS : 0);
    if (code === FAULTED) {
      debug.inhibited = false;
      // A repeated string instruction stopped after an iteration: told like a fault, since the rest of it is still to come.
      if (this.vector === DB) debug.status = met;
      return code;
    }
    if (code === TRAPPED || code === TO_KERNEL) return code;
    if (!debug.inhibited) return met === 0 ? code : this.debugTrap(met);
    debug.pending = met & DR6_BREAKPOINTS;
    return code;
  }

  private debugTrap(status: number): number {
    this.fault(DB, 0);
    this.debug.status = status;
    return TRAPPED;
  }

  /** Loads DR0 to DR3 and DR7. */
  loadDebugRegisters(addresses: ArrayLike<number>, dr7: number): void {
    this.keepOut(this.debug.load(addresses, dr7));
  }

  protected override touched(linear: number): void {
    if (this.debug.mode === DEBUG_MODE.LEAVE && this.debug.watches(linear)) throw this.fault(WATCHED);
  }

  protected override accessed(linear: number, size: number, write: boolean): void {
    if (this.debug.mode === DEBUG_MODE.RECORD) this.debug.note(linear, size, write);
  }

  /** MOV SS and POP SS call this before they change anything: debug exceptions wait for the instruction after them. */
  loadsStackSegment(): void {
    if (this.debug.mode === DEBUG_MODE.LEAVE) throw this.fault(WATCHED);
    if (this.debug.mode === DEBUG_MODE.RECORD) this.debug.inhibited = true;
  }

  /** Whether repeated string instructions must go one iteration at a time. */
  get countsIterations(): boolean {
    return this.debug.mode === DEBUG_MODE.RECORD;
  }

  /** An iteration of a repeated string instruction is done and others follow: throws when a debug exception is due. */
  iterated(): void {
    if (this.debug.hits !== 0 || (this.otherFlags & TF) !== 0) throw this.fault(DB);
  }

  /**
   * For a host that can keep V8 from compiling: the interpreter is warmed up once so many instructions have run in this
   * process, and `compile` is called after that, which lets V8 compile.
   */
  static warmUpLater(instructions: number, compile: () => void): void {
    Cpu.cold = instructions;
    Cpu.afterWarmUp = compile;
  }

  /** Counts the first instructions of the host process, and warms V8 up after them: a short program does not wait for that. */
  private static warmUpAfter(retired: number): void {
    Cpu.cold -= retired;
    if (Cpu.cold > 0) return;
    warmUp(new Cpu(new Ram(1), cpuModel('core2')));
    Cpu.afterWarmUp?.();
  }

  /** Executes at most `stretch` instructions and adds what was retired to icount. */
  private runStretch(stretch: number): number {
    this.selectMode();
    this.stretchEnd = this.icount + stretch;
    this.left = stretch;
    let code: number;
    if (stretch > BLOCK_LIMIT + 1) code = interpret(this, 0, stretch);
    else code = this.step();
    this.icount = this.stretchEnd - this.left;
    this.pc = 0;
    return code;
  }

  /** Executes one instruction by itself. Leaves `left` one less when it was retired. */
  private step(): number {
    const others = this.left - 1;
    this.stretchEnd -= others;
    this.left = 1;
    try {
      this.checkFetch(this.eip);
      translateOne(this, this.eip, SCRATCH);
    } catch (error) {
      if (error !== GUEST_FAULT) throw error;
      return FAULTED;
    }
    return interpret(this, SCRATCH, 1);
  }

  /** Instructions retired before the one that is being executed. */
  retired(): number {
    return this.stretchEnd - this.left;
  }

  private selectMode(): void {
    if (this.mode === this.codeMode) return;
    this.codeMode = this.mode;
    this.blocks.selectSpace(this.mode);
  }

  /** EFLAGS, materialised. */
  getEflags(): number {
    return arithmeticFlags(this.ram.i32) | this.otherFlags | FIXED_FLAGS;
  }

  /** Loads EFLAGS: arithmetic flags, TF, DF, NT, RF, AC, ID; IF reads as set, IOPL as 0. */
  setEflags(value: number): void {
    setArithmeticFlags(this.ram.i32, value & ARITHMETIC);
    this.otherFlags = value & OTHER_FLAGS;
    this.backward = (value & DF) !== 0;
    this.alignCheck = (value & AC) !== 0;
  }

  get checksAlignment(): boolean {
    return this.alignCheck;
  }

  /** Throws #GP(0) when eip lies beyond the limit of CS. */
  checkFetch(eip: number): void {
    if (eip >>> 0 > this.codeLimit) throw this.fault(GP, 0);
  }

  /** The frame that instructions at a linear address come from. Throws a page fault. */
  fetchFrame(linear: number): number {
    if (this.debug.mode === DEBUG_MODE.LEAVE && this.debug.executesIn(linear)) throw this.fault(WATCHED);
    return (this.hostFetch(linear) - RAM_BASE) >>> PAGE_SHIFT;
  }

  /** Decodes the block at eip; returns its code index. Throws a fault of its first instruction. */
  translate(eip: number, frame: number): number {
    return translateBlock(this, eip, frame);
  }

  /** Notes that a frame holds decoded code, so that stores to it are seen. */
  ownFrame(frame: number): void {
    if (this.hasCode[frame] !== 0) return;
    this.hasCode[frame] = 1;
    this.protectFrame(frame);
  }

  protected override codeWritten(frame: number, offset: number, size: number): void {
    if (!this.blocks.holdsCode(frame, offset, size)) return;
    this.blocks.dropFrame(frame);
    this.blocks.leaveAt(this.pc + WORDS);
  }

  /** To be called when the kernel writes or frees a frame whose `hasCode` is set. */
  codeChanged(frame: number): void {
    this.blocks.dropFrame(frame);
  }

  protected override codeSegmentChanged(): void {
    if ((this.mode & MODE_CHECKED) !== 0) this.blocks.dropAll();
  }

  /** Base of CS, for those who need linear instruction addresses. */
  get codeBase(): number {
    return this.ram.i32[SEGMENT_BASE + CS]!;
  }
}
