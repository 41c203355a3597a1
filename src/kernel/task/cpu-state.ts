/** Between a Task's saved registers and the processor. */
import type { Cpu } from '../../cpu/cpu.ts';
import { CS, DS, EAX, EBP, EBX, ECX, EDI, EDX, ES, ESI, ESP, FS, GS, SS } from '../../cpu/layout.ts';
import type { Kernel } from '../kernel.ts';
import { ILL_BADSTK, SIGILL } from '../signal/numbers.ts';
import { forceSignal } from '../signal/send.ts';
import { siginfo } from '../signal/siginfo.ts';
import { debugAddresses } from './debug.ts';
import { GDT_ENTRY_TLS_MIN, type Task, USER_CS, USER_DS } from './task.ts';

/** What Linux calls the vector of a failed return to user mode (X86_TRAP_IRET). */
const TRAP_IRET = 32;

/** Flat 4 GiB ring 3 segments, lo and hi words: code, execute/read, accessed; data, read/write, accessed. SDM vol. 3A, 3.4.5. */
const FLAT_CODE = [0x0000_ffff, 0x00cf_fb00] as const;
const FLAT_DATA = [0x0000_ffff, 0x00cf_f300] as const;

/** Writes the user segments and the task's TLS descriptors into the GDT, and its LDT. */
export function loadDescriptors(cpu: Cpu, task: Task): void {
  const { gdt } = cpu;
  gdt.set(FLAT_CODE, 2 * (USER_CS >>> 3));
  gdt.set(FLAT_DATA, 2 * (USER_DS >>> 3));
  gdt.set(task.tls, 2 * GDT_ENTRY_TLS_MIN);
  const ldt = task.mm?.ldt ?? [];
  cpu.ldt = ldt.length === 0 ? null : Int32Array.from(ldt);
  cpu.descriptorsChanged();
  // Hidden parts belong to the task that ran before: null selectors make loadRegisters fetch all of them.
  cpu.loadSegment(FS, 0);
  cpu.loadSegment(GS, 0);
  cpu.loadSegment(DS, 0);
  cpu.loadSegment(ES, 0);
}

/** Loads the debug registers; most tasks have none set. */
export function loadDebug(cpu: Cpu, { debug }: Task): void {
  if (debug.dr7 !== 0 || cpu.debug.armed) cpu.loadDebugRegisters(debugAddresses(debug), debug.dr7);
}

/** Loads the registers; false when CS or SS cannot be loaded, which is the task's SIGILL. */
export function loadRegisters(kernel: Kernel, task: Task): boolean {
  const { cpu } = kernel;
  const { regs: from } = task;
  if (!loadSegments(cpu, task)) {
    // IRET has faulted in the kernel (Linux traps.c iret_error); the signal frame shows the bad selectors.
    task.trap.number = TRAP_IRET;
    task.trap.error = 0;
    forceSignal(task, siginfo(SIGILL, ILL_BADSTK, 0));
    return false;
  }
  const { regs } = cpu;
  regs[EAX] = from.eax;
  regs[ECX] = from.ecx;
  regs[EDX] = from.edx;
  regs[EBX] = from.ebx;
  regs[ESP] = from.esp;
  regs[EBP] = from.ebp;
  regs[ESI] = from.esi;
  regs[EDI] = from.edi;
  cpu.eip = from.eip;
  cpu.setEflags(from.eflags);
  cpu.debug.inhibited = task.debug.inhibited;
  cpu.debug.pending = task.debug.pending;
  return true;
}

function loadSegments(cpu: Cpu, task: Task): boolean {
  const { regs } = task;
  const isLoaded = (segment: number, selector: number): boolean =>
    cpu.getSegment(segment) === selector || cpu.loadSegment(segment, selector);
  if (!isLoaded(CS, regs.cs) || !isLoaded(SS, regs.ss)) return false;
  // A data selector that went bad becomes null, as Linux's fixups leave it.
  if (!isLoaded(DS, regs.ds)) regs.ds = clear(cpu, DS);
  if (!isLoaded(ES, regs.es)) regs.es = clear(cpu, ES);
  if (!isLoaded(FS, regs.fs)) regs.fs = clear(cpu, FS);
  if (!isLoaded(GS, regs.gs)) regs.gs = clear(cpu, GS);
  return true;
}

function clear(cpu: Cpu, segment: number): number {
  cpu.loadSegment(segment, 0);
  return 0;
}

/** Saves the registers after user code has run. */
export function saveRegisters(cpu: Cpu, task: Task): void {
  const { regs: to } = task;
  const { regs } = cpu;
  to.eax = regs[EAX]! >>> 0;
  to.ecx = regs[ECX]! >>> 0;
  to.edx = regs[EDX]! >>> 0;
  to.ebx = regs[EBX]! >>> 0;
  to.esp = regs[ESP]! >>> 0;
  to.ebp = regs[EBP]! >>> 0;
  to.esi = regs[ESI]! >>> 0;
  to.edi = regs[EDI]! >>> 0;
  to.eip = cpu.eip >>> 0;
  to.eflags = cpu.getEflags() >>> 0;
  task.debug.inhibited = cpu.debug.inhibited;
  task.debug.pending = cpu.debug.pending;
  to.cs = cpu.getSegment(CS);
  to.ss = cpu.getSegment(SS);
  to.ds = cpu.getSegment(DS);
  to.es = cpu.getSegment(ES);
  to.fs = cpu.getSegment(FS);
  to.gs = cpu.getSegment(GS);
}
