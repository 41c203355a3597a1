/** The scheduler: round robin with time slices counted in instructions, so that a dump and restore changes nothing. */
import { STOP } from '../../cpu/cpu.ts';
import type { Kernel } from '../kernel.ts';
import { goOn } from '../ptrace/stops.ts';
import { returnToUser } from '../signal/deliver.ts';
import { raiseException } from '../signal/exception.ts';
import { enterCall, reenterCall } from '../syscall/dispatch.ts';
import { cpuTimerLimit, expireCpuTimers } from '../time/cpu-timers.ts';
import { expireDeadlines, nextDeadline } from '../time/deadlines.ts';
import { inputWanted } from '../tty/console.ts';
import { loadDebug, loadDescriptors, loadRegisters, saveRegisters } from './cpu-state.ts';
import type { Task } from './task.ts';

/**
 * Why a run came back: `limit` the instruction count was reached; `idle` all sleep, and either some of them until input
 * comes (see `inputFirst`) or all of them for ever;
 * `exited` init has ended; `stopped` an observer asked for it.
 */
export type RunResult = 'limit' | 'idle' | 'exited' | 'stopped';

/** Instructions in a time slice: 1 ms at the default rate. */
export const TIME_SLICE = 100_000;
/** Jumps over idle time without an instruction between; a guest whose timers wake nobody cannot hold the host for ever. */
const MAX_IDLE_JUMPS = 1_000_000;

export class Scheduler {
  readonly #kernel: Kernel;
  /** Whose page tables, TLS and x87 state are on the processor; plain registers are there only while user code runs. */
  #loaded: Task | null = null;
  /** Set by an observer: the run comes back before the next instruction. */
  stopRequested = false;
  /** When all sleep, some until input comes: `idle` at once, so that the host may feed it, rather than on to the next timer. */
  inputFirst = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Runs tasks until `cpu.icount === until` exactly, or an earlier end. Between two calls every task's state is in its
   * object, and how a run is cut into calls changes nothing.
   */
  run(until: number): RunResult {
    const { cpu, container } = this.#kernel;
    this.stopRequested = false;
    let idleJumps = 0;
    for (;;) {
      if (container.exitStatus !== null) return this.#park('exited');
      if (this.stopRequested) return this.#park('stopped');
      if (cpu.icount >= until) return this.#park('limit');
      expireDeadlines(this.#kernel);
      const task = this.#pick();
      if (task === null) {
        if (++idleJumps > MAX_IDLE_JUMPS || !this.#skipIdle()) return this.#park('idle');
        continue;
      }
      const before = cpu.icount;
      this.#step(task, until);
      if (cpu.icount !== before) idleJumps = 0;
    }
  }

  /** Ends the current time slice, sched_yield(2). */
  yield(): void {
    this.#kernel.container.sliceEnd = this.#kernel.cpu.icount;
  }

  /** Brings `task.fpu` up to date. */
  saveFpu(task: Task): void {
    if (this.#loaded === task) this.#kernel.cpu.fpu.saveTo(task.fpu);
  }

  /** `task.fpu` was replaced. */
  fpuChanged(task: Task): void {
    if (this.#loaded === task) this.#kernel.cpu.fpu.loadFrom(task.fpu);
  }

  /** `task.tls`, or the LDT of its address space, was changed. */
  descriptorsChanged(task: Task): void {
    if (this.#loaded === task) loadDescriptors(this.#kernel.cpu, task);
  }

  /** `task.debug` was changed by others than its own instructions. */
  debugChanged(task: Task): void {
    if (this.#loaded === task) loadDebug(this.#kernel.cpu, task);
  }

  /** Jumps to the next deadline; false when there is none, or the host is to be asked for input before. */
  #skipIdle(): boolean {
    if (this.inputFirst && inputWanted(this.#kernel)) return false;
    const deadline = nextDeadline(this.#kernel);
    if (!Number.isFinite(deadline)) return false;
    this.#kernel.clock.skipTo(deadline);
    return true;
  }

  /** The current task while its slice lasts, else the runnable task that has waited longest. */
  #pick(): Task | null {
    const { container, cpu } = this.#kernel;
    const { current } = container;
    if (current?.state === 'running' && cpu.icount < container.sliceEnd) return current;
    // Its turn is over: it goes behind all others.
    if (current?.state === 'running') current.ranAt = ++container.switches;
    let next: Task | null = null;
    for (const task of container.tasks) {
      if (task.state === 'running' && (next === null || task.ranAt < next.ranAt)) next = task;
    }
    if (next === null) return null;
    if (next !== current) {
      if (current !== null) current.used[current.state === 'running' ? 'nivcsw' : 'nvcsw']++;
      container.current = next;
      next.ranAt = ++container.switches;
    }
    container.sliceEnd = cpu.icount + TIME_SLICE;
    return next;
  }

  /** Goes on with a call that sleeps no more, or runs user code until something stops it. */
  #step(task: Task, until: number): void {
    const kernel = this.#kernel;
    const { cpu, container } = kernel;
    if (task.trace !== null && !goOn(kernel, task)) return;
    if (task.wait !== null) {
      reenterCall(kernel, task);
      return;
    }
    if (!returnToUser(kernel, task)) return;
    this.#load(task);
    if (!loadRegisters(kernel, task)) return;
    const timers = Math.min(kernel.clock.icountAt(nextDeadline(kernel)), cpuTimerLimit(kernel, task));
    const start = cpu.icount;
    const stop = cpu.run(Math.max(start + 1, Math.min(until, container.sliceEnd, timers)));
    saveRegisters(cpu, task);
    this.#account(task, cpu.icount - start);
    if (stop === STOP.SYSCALL) enterCall(kernel, task);
    else if (stop === STOP.EXCEPTION) raiseException(kernel, task);
  }

  #account(task: Task, instructions: number): void {
    const ns = instructions * this.#kernel.container.nsPerInstruction;
    task.used.utime += ns;
    task.signal.used.utime += ns;
    expireCpuTimers(this.#kernel, task, ns);
  }

  /** Puts a task's page tables, TLS and x87 state on the processor. */
  #load(task: Task): void {
    const { cpu } = this.#kernel;
    const cr3 = task.mm!.tables.cr3;
    if (this.#loaded !== task) {
      if (this.#loaded !== null) cpu.fpu.saveTo(this.#loaded.fpu);
      cpu.fpu.loadFrom(task.fpu);
      loadDescriptors(cpu, task);
      loadDebug(cpu, task);
      this.#loaded = task;
    }
    if (cpu.cr3 !== cr3) cpu.cr3 = cr3;
  }

  /** Leaves everything in the objects. */
  #park(result: RunResult): RunResult {
    const { cpu, container } = this.#kernel;
    if (this.#loaded !== null) cpu.fpu.saveTo(this.#loaded.fpu);
    this.#loaded = null;
    container.icount = cpu.icount;
    return result;
  }
}
