/** Runs single-instruction cases through the real decoder, interpreter and paging. */
import { STOP } from '../../../src/cpu/cpu.ts';
import { CS, DS, ES, SS } from '../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../src/cpu/ram.ts';
import { Board, FLAT_CODE, FLAT_DATA } from '../board.ts';
import { CODE, DATA, DATA_SIZE, SLOT, type Start, WINDOW } from './cases.ts';

/** Selectors of a 64-bit Linux kernel's 32-bit user segments, which the native runs had. */
const NATIVE_CS = 0x23;
const NATIVE_DS = 0x2b;
const INT3 = 0xcc;

/** What an instruction did. `vector` is -1 when it completed. */
export interface Outcome {
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: number;
  readonly regs: Int32Array;
  readonly eip: number;
  readonly eflags: number;
  /** Changed data bytes: offset from DATA << 8 | value, ascending. */
  readonly changes: readonly number[];
}

export class Replay {
  readonly board = new Board(1);
  private readonly frames: readonly number[];
  private readonly codeAt: number;

  constructor() {
    const { cpu } = this.board;
    cpu.gdt.set(FLAT_CODE, (NATIVE_CS >> 3) * 2);
    cpu.gdt.set(FLAT_DATA, (NATIVE_DS >> 3) * 2);
    cpu.loadSegment(CS, NATIVE_CS);
    for (const i of [DS, ES, SS]) cpu.loadSegment(i, NATIVE_DS);
    this.codeAt = RAM_BASE + this.board.map(CODE) * PAGE_SIZE;
    this.frames = [this.board.map(DATA), this.board.map(DATA + PAGE_SIZE)];
    this.board.ram.u8.fill(INT3, this.codeAt, this.codeAt + PAGE_SIZE);
  }

  /** Executes `bytes` at SLOT from a start state: one instruction, unless `steps` says more. */
  execute(bytes: readonly number[], start: Start, steps = 1): Outcome {
    const { cpu, ram } = this.board;
    ram.u8.fill(INT3, this.codeAt + 0x800, this.codeAt + 0x800 + 32);
    ram.u8.set(bytes, this.codeAt + 0x800);
    const frame = (this.codeAt - RAM_BASE) / PAGE_SIZE;
    if (cpu.hasCode[frame] !== 0) cpu.codeChanged(frame);
    const before = this.fillData(start);
    cpu.regs.set(start.regs);
    cpu.setEflags(start.eflags);
    cpu.eip = SLOT;
    const stop = cpu.run(cpu.icount + steps);
    return {
      vector: stop === STOP.EXCEPTION ? cpu.vector : -1,
      errorCode: cpu.errorCode,
      cr2: cpu.cr2,
      regs: cpu.regs.slice(),
      eip: cpu.eip,
      eflags: cpu.getEflags(),
      changes: this.changes(before),
    };
  }

  private fillData(start: Start): Uint8Array {
    const before = new Uint8Array(DATA_SIZE);
    before.set(start.memory, WINDOW - DATA);
    this.frames.forEach((frame, i) => {
      this.board.ram.u8.set(before.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE), RAM_BASE + frame * PAGE_SIZE);
    });
    return before;
  }

  private changes(before: Uint8Array): number[] {
    const changes: number[] = [];
    this.frames.forEach((frame, i) => {
      const at = RAM_BASE + frame * PAGE_SIZE;
      const was = before.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
      const is = this.board.ram.u8.subarray(at, at + PAGE_SIZE);
      if (Buffer.compare(was, is) === 0) return;
      for (let offset = 0; offset < PAGE_SIZE; offset++) {
        if (is[offset] !== was[offset]) changes.push(((i * PAGE_SIZE + offset) << 8) | is[offset]!);
      }
    });
    return changes;
  }
}
