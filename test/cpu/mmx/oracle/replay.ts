/** Runs records through the emulated processor: its decoder, interpreter, paging and registers. */
import { STOP } from '../../../../src/cpu/cpu.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../../src/cpu/ram.ts';
import { Board } from '../../board.ts';
import { MEMORY, MEMORY_SIZE, RECORD, SLOT, STATE_SIZE } from './record.ts';

const FXSAVE_SIZE = 512;
const REGISTERS = 8;
/** What native.c starts with; the instructions do not touch flags. */
const EFLAGS = 0x202;

export class Replay {
  private readonly board = new Board(1);
  private readonly codeAt: number;
  private readonly image = new Uint8Array(FXSAVE_SIZE);

  constructor() {
    this.codeAt = RAM_BASE + this.board.map(SLOT, false) * PAGE_SIZE;
    this.board.mapRange(MEMORY, MEMORY_SIZE);
  }

  /** Executes a record's instruction; returns the record as it is left. */
  run(record: Buffer): Buffer {
    const { cpu, ram } = this.board;
    const out = Buffer.from(record);
    ram.u8.set(record.subarray(RECORD.code, RECORD.length), this.codeAt);
    this.dropCode();
    this.board.poke(MEMORY, record.subarray(RECORD.memory));
    cpu.fpu.loadFrom(record.subarray(RECORD.state, RECORD.regs));
    for (let i = 0; i < REGISTERS; i++) cpu.regs[i] = record.readInt32LE(RECORD.regs + i * 4);
    cpu.setEflags(EFLAGS);
    cpu.eip = SLOT;
    const stop = cpu.run(cpu.icount + 1);
    out.fill(0, RECORD.code, RECORD.state);
    out[RECORD.trap] = stop === STOP.EXCEPTION ? cpu.vector + 1 : 0;
    out.writeUInt32LE(cpu.getEflags(), RECORD.eflags);
    cpu.fpu.saveTo(this.image);
    out.set(this.image.subarray(0, STATE_SIZE), RECORD.state);
    for (let i = 0; i < REGISTERS; i++) out.writeInt32LE(cpu.regs[i]!, RECORD.regs + i * 4);
    out.set(this.board.peek(MEMORY, MEMORY_SIZE), RECORD.memory);
    return out;
  }

  private dropCode(): void {
    const { cpu } = this.board;
    const frame = (this.codeAt - RAM_BASE) / PAGE_SIZE;
    if (cpu.hasCode[frame] !== 0) cpu.codeChanged(frame);
  }
}
