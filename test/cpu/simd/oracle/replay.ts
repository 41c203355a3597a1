/** Runs request records through the emulated processor. */
import { STOP } from '../../../../src/cpu/cpu.ts';
import { EAX, EBX } from '../../../../src/cpu/layout.ts';
import { PAGE_SIZE, RAM_BASE } from '../../../../src/cpu/ram.ts';
import { Board } from '../../board.ts';
import { CODE_SIZE, REPLY, REQUEST, TOP } from './record.ts';

const SLOT = 0x20000000;
const OPERAND = 0x20001000;
const FX = { control: 0, status: 2, tags: 4, mxcsr: 24, st: 32, xmm: 160 } as const;

export class Replay {
  private readonly board = new Board(1);
  private readonly codeAt: number;
  private readonly operandAt: number;
  private readonly image = Buffer.alloc(512);

  constructor() {
    this.codeAt = RAM_BASE + this.board.map(SLOT, false) * PAGE_SIZE;
    this.operandAt = RAM_BASE + this.board.map(OPERAND) * PAGE_SIZE;
  }

  private load(request: Buffer): void {
    const { image } = this;
    image.fill(0);
    request.copy(image, FX.control, REQUEST.control, REQUEST.control + 2);
    request.copy(image, FX.status, REQUEST.status, REQUEST.status + 2);
    image[FX.tags] = 1 << TOP;
    request.copy(image, FX.mxcsr, REQUEST.mxcsr, REQUEST.mxcsr + 4);
    request.copy(image, FX.st, REQUEST.top, REQUEST.top + 10);
    request.copy(image, FX.st + 16 * ((1 - TOP) & 7), REQUEST.mmx, REQUEST.mmx + 8);
    request.copy(image, FX.xmm, REQUEST.xmm, REQUEST.xmm + 32);
    this.board.cpu.fpu.loadFrom(image);
  }

  private store(trap: number, reply: Buffer): void {
    const { cpu, ram } = this.board;
    const { image } = this;
    cpu.fpu.saveTo(image);
    const top = (image.readUInt16LE(FX.status) >> 11) & 7;
    reply.fill(0);
    reply.writeUInt32LE(trap, REPLY.trap);
    image.copy(reply, REPLY.mxcsr, FX.mxcsr, FX.mxcsr + 4);
    image.copy(reply, REPLY.xmm, FX.xmm, FX.xmm + 16);
    reply.set(ram.u8.subarray(this.operandAt, this.operandAt + 16), REPLY.memory);
    const st = FX.st + 16 * ((0 - top) & 7);
    image.copy(reply, REPLY.mmx, st, st + 8);
    reply.writeInt32LE(cpu.regs[EAX]!, REPLY.eax);
    reply.writeUInt16LE(cpu.getEflags() & 0xffff, REPLY.eflags);
    image.copy(reply, REPLY.status, FX.status, FX.status + 2);
    reply.writeUInt32LE(image[FX.tags]!, REPLY.tags);
  }

  /** Executes a request and writes its reply. */
  run(request: Buffer, reply: Buffer): void {
    const { cpu, ram } = this.board;
    ram.u8.set(request.subarray(REQUEST.code, CODE_SIZE), this.codeAt);
    ram.u8.set(request.subarray(REQUEST.memory, REQUEST.memory + 16), this.operandAt);
    this.load(request);
    cpu.setEflags(0x202);
    cpu.regs[EAX] = request.readInt32LE(REQUEST.eax);
    cpu.regs[EBX] = OPERAND;
    cpu.eip = SLOT;
    const stop = cpu.run(cpu.icount + 1);
    this.store(stop === STOP.EXCEPTION ? cpu.vector + 1 : 0, reply);
  }
}
