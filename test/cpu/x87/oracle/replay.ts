/** Runs request records through the emulated processor: its decoder, interpreter, paging and FPU. */
import { STOP } from '../../../../src/cpu/cpu.ts';
import { RF } from '../../../../src/cpu/flags.ts';
import { EAX, EBX } from '../../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../../src/cpu/ram.ts';
import { Board } from '../../board.ts';
import { MEMORY_SIZE, OPERAND, REPLY, REQUEST, SLOT, X87_SIZE } from './record.ts';

const CODE_SIZE = REQUEST.eax;
const FXSAVE_SIZE = 512;

export class Replay {
  private readonly board = new Board(1);
  private readonly codeAt: number;
  private readonly operandAt: number;
  private readonly image = new Uint8Array(FXSAVE_SIZE);

  constructor() {
    this.codeAt = RAM_BASE + this.board.map(SLOT, false) * PAGE_SIZE;
    this.operandAt = RAM_BASE + this.board.map(OPERAND) * PAGE_SIZE;
  }

  /** Executes a request and writes its reply. */
  run(request: Buffer, reply: Buffer): void {
    const { cpu, ram } = this.board;
    ram.u8.set(request.subarray(REQUEST.code, CODE_SIZE), this.codeAt);
    ram.u8.set(request.subarray(REQUEST.memory, REQUEST.memory + MEMORY_SIZE), this.operandAt);
    this.image.fill(0);
    this.image.set(request.subarray(REQUEST.state, REQUEST.memory));
    cpu.fpu.loadFrom(this.image);
    cpu.setEflags(request.readUInt32LE(REQUEST.eflags));
    cpu.regs[EAX] = request.readInt32LE(REQUEST.eax);
    cpu.regs[EBX] = OPERAND;
    cpu.eip = SLOT;
    const stop = cpu.run(cpu.icount + 1);
    reply.writeUInt32LE(stop === STOP.EXCEPTION ? cpu.vector + 1 : 0, REPLY.trap);
    reply.writeInt32LE(cpu.regs[EAX]!, REPLY.eax);
    // RF, which a fault sets, is no part of a reply.
    reply.writeUInt32LE(cpu.getEflags() & ~RF, REPLY.eflags);
    cpu.fpu.saveTo(this.image);
    reply.set(this.image.subarray(0, X87_SIZE), REPLY.state);
    reply.set(ram.u8.subarray(this.operandAt, this.operandAt + MEMORY_SIZE), REPLY.memory);
  }
}
