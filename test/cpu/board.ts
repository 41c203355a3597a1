/** A processor with paging on flat segments and a few pages mapped, for tests: no kernel, three system calls. */
import { readFileSync } from 'node:fs';
import { Cpu, STOP } from '../../src/cpu/cpu.ts';
import { CS, DS, EAX, EBX, ECX, EDX, ES, ESP, GS, SS } from '../../src/cpu/layout.ts';
import { type CpuModelName, cpuModel } from '../../src/cpu/model.ts';
import { PAGE_SHIFT, PAGE_SIZE, RAM_BASE, Ram } from '../../src/cpu/ram.ts';

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const DIRECTORY = PAGE_SIZE;
export const USER_CS = 0x73;
export const USER_DS = 0x7b;
export const TLS = 0x33;
export const FLAT_CODE: readonly [number, number] = [0x0000ffff, 0x00cffb00];
export const FLAT_DATA: readonly [number, number] = [0x0000ffff, 0x00cff300];

export class Board {
  readonly ram: Ram;
  readonly cpu: Cpu;
  output = '';
  exitCode = -1;
  private nextFrame = 2;
  private brk = 0;
  private mmapTop = 0x70000000;

  /** `model`: by default one that executes everything. */
  constructor(mib = 16, model: CpuModelName = 'core2') {
    this.ram = new Ram(mib);
    this.cpu = new Cpu(this.ram, cpuModel(model));
    const { cpu } = this;
    cpu.cr3 = DIRECTORY;
    cpu.gdt.set(FLAT_CODE, 14 * 2);
    cpu.gdt.set(FLAT_DATA, 15 * 2);
    cpu.gdt.set(FLAT_DATA, 6 * 2);
    cpu.loadSegment(CS, USER_CS);
    for (const i of [DS, ES, SS]) cpu.loadSegment(i, USER_DS);
  }

  newFrame(): number {
    if (this.nextFrame === this.ram.frames) throw new Error('the board is out of frames');
    return this.nextFrame++;
  }

  /** Maps the page of `linear` to a frame (a new one by default); returns the frame. */
  map(linear: number, writable = true, frame = this.newFrame()): number {
    const m = this.ram.i32;
    const pde = (RAM_BASE + DIRECTORY + ((linear >>> 22) << 2)) >>> 2;
    if (m[pde] === 0) m[pde] = (this.newFrame() << PAGE_SHIFT) | PRESENT | WRITABLE | USER;
    const table = m[pde]! & -PAGE_SIZE;
    m[(RAM_BASE + table + (((linear >>> PAGE_SHIFT) & 0x3ff) << 2)) >>> 2] =
      (frame << PAGE_SHIFT) | PRESENT | USER | (writable ? WRITABLE : 0);
    this.cpu.invalidatePage(linear);
    return frame;
  }

  unmap(linear: number): void {
    const m = this.ram.i32;
    const table = m[(RAM_BASE + DIRECTORY + ((linear >>> 22) << 2)) >>> 2]! & -PAGE_SIZE;
    m[(RAM_BASE + table + (((linear >>> PAGE_SHIFT) & 0x3ff) << 2)) >>> 2] = 0;
    this.cpu.invalidatePage(linear);
  }

  isMapped(linear: number): boolean {
    const m = this.ram.i32;
    const table = m[(RAM_BASE + DIRECTORY + ((linear >>> 22) << 2)) >>> 2]! & -PAGE_SIZE;
    return table !== 0 && m[(RAM_BASE + table + (((linear >>> PAGE_SHIFT) & 0x3ff) << 2)) >>> 2] !== 0;
  }

  mapRange(start: number, length: number): void {
    for (let page = start & -PAGE_SIZE; page >>> 0 < start + length; page += PAGE_SIZE) {
      if (!this.isMapped(page)) this.map(page);
    }
  }

  /** Copies bytes to mapped linear memory, whatever its protection. */
  poke(linear: number, bytes: ArrayLike<number>): void {
    for (let i = 0; i < bytes.length; i++) {
      const at = this.cpu.hostRead((linear + i) | 0);
      this.ram.u8[at] = bytes[i]!;
      const frame = (at - RAM_BASE) >>> PAGE_SHIFT;
      if (this.cpu.hasCode[frame] !== 0) this.cpu.codeChanged(frame);
    }
  }

  peek(linear: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.ram.u8[this.cpu.hostRead((linear + i) | 0)]!);
  }

  /** Loads a static ELF32 executable and sets up a stack with argc, argv, envp and a small auxiliary vector. */
  loadElf(path: string, args: readonly string[] = [path]): void {
    const file = readFileSync(path);
    const phoff = file.readUInt32LE(28);
    const phnum = file.readUInt16LE(44);
    for (let i = 0; i < phnum; i++) {
      const ph = phoff + i * 32;
      if (file.readUInt32LE(ph) !== 1) continue;
      const [offset, vaddr, filesz, memsz] = [4, 8, 16, 20].map((at) => file.readUInt32LE(ph + at));
      this.mapRange(vaddr!, memsz!);
      this.poke(vaddr!, file.subarray(offset!, offset! + filesz!));
      this.brk = Math.max(this.brk, (vaddr! + memsz! + PAGE_SIZE - 1) & -PAGE_SIZE);
    }
    const stackTop = 0xbffff000 | 0;
    for (let i = 1; i <= 64; i++) this.map((stackTop - i * PAGE_SIZE) | 0);
    const strings: number[] = [];
    let at = stackTop - 64;
    for (const arg of args) {
      at -= arg.length + 1;
      this.poke(at, [...new TextEncoder().encode(arg), 0]);
      strings.push(at);
    }
    const phdr = file.readUInt32LE(24) === 0 ? 0 : this.brk;
    const auxv = [
      6,
      PAGE_SIZE,
      25,
      stackTop - 32,
      9,
      file.readUInt32LE(24),
      11,
      0,
      12,
      0,
      13,
      0,
      14,
      0,
      23,
      0,
      0,
      phdr & 0,
    ];
    const words = Int32Array.from([strings.length, ...strings, 0, 0, ...auxv]);
    const sp = ((at & -16) - words.byteLength) & -16;
    this.poke(sp, new Uint8Array(words.buffer));
    this.cpu.regs[ESP] = sp;
    this.cpu.eip = file.readUInt32LE(24);
    this.cpu.setEflags(0x202);
  }

  /** Runs until exit, a fault or `limit` instructions. Returns what stopped it. */
  run(limit = Number.POSITIVE_INFINITY): 'exit' | 'limit' | 'exception' {
    const { cpu } = this;
    for (;;) {
      const stop = cpu.run(Math.min(limit, cpu.icount + 2 ** 40));
      if (stop === STOP.EXCEPTION) return 'exception';
      if (stop === STOP.LIMIT) return 'limit';
      cpu.regs[EAX] = this.systemCall(cpu.regs[EAX]!);
      if (this.exitCode >= 0) return 'exit';
    }
  }

  private systemCall(nr: number): number {
    const { regs } = this.cpu;
    switch (nr) {
      case 1:
      case 252:
        this.exitCode = regs[EBX]! & 0xff;
        return 0;
      case 4:
        this.write(regs[ECX]!, regs[EDX]!);
        return regs[EDX]!;
      case 45:
        if (regs[EBX] !== 0) {
          this.mapRange(this.brk, regs[EBX]! - this.brk);
          this.brk = regs[EBX]!;
        }
        return this.brk;
      case 146:
        return this.writev(regs[ECX]!, regs[EDX]!);
      case 192: {
        this.mmapTop -= (regs[ECX]! + PAGE_SIZE - 1) & -PAGE_SIZE;
        this.mapRange(this.mmapTop, regs[ECX]!);
        return this.mmapTop;
      }
      case 243:
        return this.setThreadArea(regs[EBX]!);
      case 258:
        return 1;
      default:
        return -38;
    }
  }

  private write(at: number, length: number): void {
    this.output += new TextDecoder('latin1').decode(this.peek(at, length));
  }

  private writev(vector: number, count: number): number {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = this.cpu.readMem32(vector + i * 8 + 4);
      this.write(this.cpu.readMem32(vector + i * 8), length);
      total += length;
    }
    return total;
  }

  private setThreadArea(at: number): number {
    const base = this.cpu.readMem32(at + 4);
    this.cpu.writeMem32(at, 6);
    this.cpu.gdt[12] = 0xffff | (base << 16);
    this.cpu.gdt[13] = (base & 0xff000000) | 0x00cff300 | ((base >>> 16) & 0xff);
    this.cpu.descriptorsChanged();
    return 0;
  }
}

/** A register dump, for failures. */
export function dump(cpu: Cpu): string {
  const hex = (v: number): string => (v >>> 0).toString(16).padStart(8, '0');
  const names = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
  return `${names.map((name, i) => `${name}=${hex(cpu.regs[i]!)}`).join(' ')} eip=${hex(cpu.eip)} eflags=${hex(cpu.getEflags())} icount=${cpu.icount} gs=${cpu.getSegment(GS)} vector=${cpu.vector} error=${cpu.errorCode} cr2=${hex(cpu.cr2)}`;
}
