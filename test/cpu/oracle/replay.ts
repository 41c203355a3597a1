/** Runs cases through the emulated processor: its decoder, interpreter, paging and FPU. */
import { STOP } from '../../../src/cpu/cpu.ts';
import { CS, DS, ES, SS } from '../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../src/cpu/ram.ts';
import { Board, FLAT_CODE, FLAT_DATA } from '../board.ts';
import { CODE, DATA, DATA_PAGES, FX, FX_SIZE, type Outcome, SLOT, type Start, WINDOW_SIZE } from './layout.ts';

/** Selectors of a 64-bit Linux kernel's 32-bit user segments, which native runs of i386 code have. */
const NATIVE_CS = 0x23;
const NATIVE_DS = 0x2b;
const INT3 = 0xcc;
const SLOT_OFFSET = SLOT - CODE;
const BREAKPOINT = 3;
const PAGE_FAULT = 14;
/** More than the interpreter executes one by one, so that sequences run as translated blocks. */
const MANY = 1000;
const FXSAVE_SIZE = 512;

const NO_BYTES = new Uint8Array(WINDOW_SIZE);

interface DataPage {
  /** Offset from DATA. */
  readonly offset: number;
  /** Its bytes in the board's memory, and what they were before the case ran. */
  readonly is: Buffer;
  readonly was: Buffer;
}

export class Replay {
  readonly board = new Board(1);
  private readonly pages: readonly DataPage[];
  private readonly codeAt: number;
  private lastWindow = 0;
  private readonly image = new Uint8Array(FXSAVE_SIZE);
  private readonly fx = this.image.subarray(0, FX_SIZE);

  /** `pages` as in DATA_PAGES. */
  constructor(pages = DATA_PAGES) {
    const { cpu } = this.board;
    cpu.gdt.set(FLAT_CODE, (NATIVE_CS >> 3) * 2);
    cpu.gdt.set(FLAT_DATA, (NATIVE_DS >> 3) * 2);
    cpu.loadSegment(CS, NATIVE_CS);
    for (const i of [DS, ES, SS]) cpu.loadSegment(i, NATIVE_DS);
    this.codeAt = RAM_BASE + this.board.map(CODE) * PAGE_SIZE;
    this.board.ram.u8.fill(INT3, this.codeAt, this.codeAt + PAGE_SIZE);
    this.pages = pages.map(([page, writable]) => {
      const offset = page * PAGE_SIZE;
      const at = RAM_BASE + this.board.map(DATA + offset, writable) * PAGE_SIZE;
      return { offset, is: Buffer.from(this.board.ram.memory.buffer, at, PAGE_SIZE), was: Buffer.alloc(PAGE_SIZE) };
    });
  }

  /** Executes one instruction at SLOT from a start state. */
  execute(bytes: readonly number[], start: Start): Outcome {
    this.prepare(bytes, start);
    return this.outcome(this.step());
  }

  /** Executes a sequence as the blocks that it is translated to, up to an INT3 or a fault. */
  executeBlock(bytes: readonly number[], start: Start): Outcome {
    this.prepare(bytes, start);
    const { cpu } = this.board;
    const stop = cpu.run(cpu.icount + MANY);
    const out = this.outcome(stop === STOP.EXCEPTION ? cpu.vector : -1);
    if (out.vector === BREAKPOINT) return { ...out, vector: -1, eip: (out.eip - 1) >>> 0 };
    const fetched = out.vector === PAGE_FAULT && out.cr2 === out.eip && out.eip !== SLOT;
    return fetched ? { ...out, vector: -1 } : out;
  }

  /** Puts code and state in place; then `step` executes one instruction after the other. */
  prepare(bytes: readonly number[], start: Start): void {
    const { cpu, ram } = this.board;
    const slot = this.codeAt + SLOT_OFFSET;
    ram.u8.fill(INT3, slot, slot + 48);
    ram.u8.set(bytes, slot);
    const frame = (this.codeAt - RAM_BASE) / PAGE_SIZE;
    if (cpu.hasCode[frame] !== 0) cpu.codeChanged(frame);
    this.fillData(start);
    cpu.regs.set(start.regs);
    cpu.setEflags(start.eflags);
    this.image.set(start.fx);
    cpu.fpu.loadFrom(this.image);
    cpu.eip = SLOT;
  }

  /** Returns the vector of the fault, or -1. */
  step(): number {
    const { cpu } = this.board;
    return cpu.run(cpu.icount + 1) === STOP.EXCEPTION ? cpu.vector : -1;
  }

  /** What happened; its `fx` is valid until the next case. Memory is then as before. */
  outcome(vector: number): Outcome {
    const { cpu } = this.board;
    cpu.fpu.saveTo(this.image);
    this.fx.fill(0, FX.mxcsrMask, FX.st);
    return {
      vector,
      errorCode: cpu.errorCode,
      cr2: cpu.cr2,
      regs: cpu.regs.slice(),
      eip: cpu.eip,
      eflags: cpu.getEflags(),
      fx: this.fx,
      changes: this.takeChanges(),
    };
  }

  private fillData({ window, memory }: Start): void {
    this.write(this.lastWindow, NO_BYTES);
    this.lastWindow = window - DATA;
    this.write(this.lastWindow, memory);
  }

  /** Writes into the pages and the record of what was there. */
  private write(offset: number, bytes: Uint8Array): void {
    for (const page of this.pages) {
      const from = offset - page.offset;
      if (from <= -WINDOW_SIZE || from >= PAGE_SIZE) continue;
      const part = bytes.subarray(Math.max(0, -from), PAGE_SIZE - from);
      page.was.set(part, Math.max(0, from));
      page.is.set(part, Math.max(0, from));
    }
  }

  /** What changed in the pages, which then are as before. */
  private takeChanges(): number[] {
    const changes: number[] = [];
    for (const { offset, was, is } of this.pages) {
      if (was.equals(is)) continue;
      for (let i = 0; i < PAGE_SIZE; i++) if (is[i] !== was[i]) changes.push(((offset + i) << 8) | is[i]!);
      is.set(was);
    }
    return changes;
  }
}
