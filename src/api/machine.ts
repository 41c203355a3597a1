/** Machine: an i386 computer with its kernel and one container of tasks: booted or restored, run, looked at. */

import { dump } from '../ckpt/dump.ts';
import { stateHash } from '../ckpt/hash.ts';
import { restore } from '../ckpt/restore.ts';
import { readManifest } from '../ckpt/rootfs.ts';
import type { Statistics } from '../ckpt/statistics.ts';
import { type ImageSink, type ImageSource, type MemoryImage, MemorySink } from '../ckpt/store.ts';
import { Cpu } from '../cpu/cpu.ts';
import { type CpuModelName, cpuModel } from '../cpu/model.ts';
import { Ram } from '../cpu/ram.ts';
import { audit } from '../kernel/audit.ts';
import { toByteString } from '../kernel/bytes.ts';
import { ENOENT, ERRNO_NAMES } from '../kernel/errno.ts';
import type { BaseLayer } from '../kernel/fs/base.ts';
import { type Host, Kernel } from '../kernel/kernel.ts';
import { kinds } from '../kernel/kinds.ts';
import { walk } from '../kernel/kobject/graph.ts';
import type { KObject } from '../kernel/kobject/kobject.ts';
import { checkInjection } from '../kernel/syscall/inject.ts';
import { compatibility } from '../kernel/syscall/table.ts';
import { type BootOptions as BootRequest, boot } from '../kernel/task/boot.ts';
import type { Task } from '../kernel/task/task.ts';
import { nextDeadline } from '../kernel/time/deadlines.ts';
import { consoleOf, endInput, feedInput } from '../kernel/tty/console.ts';
import { resizeTerminal } from '../kernel/tty/tty-ioctl.ts';
import { type MachineEmitter, machineEmitter } from './events.ts';
import { peek } from './memory.ts';
import { observe } from './observe.ts';
import { HostError, hostMicroseconds, platform } from './platform.ts';
import { baseOf, joinShares, openRoot, type ShareOptions } from './shares.ts';
import { type ExitStatus, exitStatusOf } from './status.ts';

/** MiB of guest RAM unless said otherwise. */
export const DEFAULT_RAM_MIB = 128;
/** The environment of init unless said otherwise. */
export const DEFAULT_ENV: Readonly<Record<string, string>> = {
  PATH: '/bin:/usr/bin:/sbin:/usr/sbin',
  HOME: '/root',
  TERM: 'linux',
};
const FOREVER = Number.MAX_SAFE_INTEGER;

/** A fault put into system calls. */
export interface InjectionOptions {
  /** Whether it is about the call of that name. */
  readonly calls: (name: string) => boolean;
  /** What the caller gets instead of the call being made: a negated errno or a value. */
  readonly result?: number;
  /** Signal that the caller gets at the beginning of the call. */
  readonly signal?: number;
  /** Which calls of each thread are meant, counted from 1: the first, the last (null for no end) and every how many. */
  readonly first?: number;
  readonly last?: number | null;
  readonly step?: number;
}

export interface BootOptions {
  /** The program and its arguments; a program without a slash is looked for in PATH. */
  readonly argv: readonly string[];
  /** The root filesystem's read-only bottom: an object, or a host directory's path. Default: the guests of the package. */
  readonly root?: BaseLayer | string;
  readonly shares?: readonly ShareOptions[];
  /** MiB of guest RAM, default 128. */
  readonly ram?: number;
  /** Processor model, default i686. */
  readonly cpu?: CpuModelName;
  readonly env?: Readonly<Record<string, string>>;
  /** Init's descriptors 0 to 2 are a terminal instead of three streams. */
  readonly tty?: boolean;
  /** Size of the terminal, default 24 x 80. */
  readonly rows?: number;
  readonly cols?: number;
  /** Credentials of init, default root. */
  readonly uid?: number;
  readonly gid?: number;
  /** Seeds the guest's random generator; runs with equal seeds are equal. Default 0. */
  readonly seed?: number;
  readonly hostname?: string;
  /** Seconds since the Epoch at virtual time 0, default 2024-01-01 00:00 UTC. */
  readonly bootTime?: number;
  /** Virtual nanoseconds for each instruction, default 10. */
  readonly nsPerInstruction?: number;
}

export interface RestoreOptions {
  /** The root filesystem's bottom, which must hold the same files: an object, or a host directory's path. Default: where the image says it was. */
  readonly root?: BaseLayer | string;
  /** Where shared trees are now, when not where the image says: each `at` must be one of the image's. */
  readonly shares?: readonly ShareOptions[];
  /** Processor model to go on with; it must execute all that the image's own does. Default: the image's own. */
  readonly cpu?: CpuModelName;
}

export interface CheckpointOptions {
  /** Where the image goes: a host directory's path, or a sink. Default: memory. */
  readonly to?: string | ImageSink;
}

export interface Checkpoint {
  readonly statistics: Statistics;
}

export interface MemoryCheckpoint extends Checkpoint {
  readonly image: MemoryImage;
}

/** An instruction count since power-on, or a question asked again and again. */
export type Until = number | ((machine: Machine) => boolean);

/** `limit` the count was reached; `met` the predicate holds; `idle` all tasks sleep, and input is what can wake them; `exited` init has ended. */
export type RunEnd = 'limit' | 'met' | 'idle' | 'exited';

export interface RunOptions {
  /** When a predicate is asked: after each system call (the default), or every so many instructions. */
  readonly every?: 'syscall' | number;
  /**
   * When all tasks sleep, some until input comes and some until a timer fires: `timer` (the default) jumps to the timer, as
   * if no input came until then; `input` says `idle`, so that input may be fed before.
   */
  readonly prefer?: 'input' | 'timer';
}

/** One object of the kernel's graph. */
export interface FoundObject {
  /** Its number in an image taken now. */
  readonly id: number;
  readonly kind: string;
  readonly object: KObject;
}

export class Machine {
  /** Typed events for observers: `machine.events.on('syscall', ...)`. */
  readonly events: MachineEmitter;
  /** The kernel below, for those who look at objects. Changing what it holds is on your own head. */
  readonly kernel: Kernel;
  #predicate: (() => boolean) | null = null;
  #exitTold = false;

  private constructor(events: MachineEmitter, kernel: Kernel) {
    this.events = events;
    this.kernel = kernel;
    observe(kernel, events, () => this.#afterSyscall());
  }

  /** Switches a machine on: init is loaded and has not run yet. Throws HostError (ENOENT, EACCES, ENOEXEC) when init cannot be executed. */
  static boot(options: BootOptions): Machine {
    const root = joinShares(openRoot(options.root), options.shares ?? []);
    let result = -ENOENT;
    for (const path of candidates(options)) {
      const events = machineEmitter();
      const kernel = new Kernel(cpuFor(options), hostOf(events, root));
      result = boot(kernel, bootRequest(path, options));
      if (result === 0) return new Machine(events, kernel);
      if (result !== -ENOENT) break;
    }
    throw new HostError(
      ERRNO_NAMES[-result] ?? String(-result),
      options.argv[0] ?? '',
      'cannot be executed in the guest',
    );
  }

  /**
   * A machine as it was when the image was taken, ready to go on; nothing has run yet. Throws ImageError when the image
   * is not whole, not ours, or does not fit, HostError when it cannot be read. A failure leaves nothing behind.
   */
  static restore(image: ImageSource | string, options: RestoreOptions = {}): Machine {
    const source = typeof image === 'string' ? platform(image).openImage(image) : image;
    const events = machineEmitter();
    const host = hostOf(events, baseOf(readManifest(source), options.root, options.shares ?? []));
    return new Machine(events, restore(source, { host, kinds, cpu: options.cpu }));
  }

  /**
   * Takes a checkpoint between two instructions; the machine is not changed and may go on. An image directory appears, or
   * replaces the old one, all at once. Throws DumpRefused naming what cannot be dumped, or HostError when the image cannot
   * be written; there is then no new image, the old one is still valid, and the machine may go on.
   */
  checkpoint(): MemoryCheckpoint;
  checkpoint(options: CheckpointOptions): Checkpoint;
  checkpoint({ to }: CheckpointOptions = {}): Checkpoint | MemoryCheckpoint {
    const memory = new MemorySink();
    const sink = typeof to === 'string' ? platform(to).createImage(to) : (to ?? memory);
    const statistics = dump(this.kernel, sink, { stopwatch: hostMicroseconds });
    this.events.emit('checkpoint', { icount: this.icount, statistics });
    return memory.image === null ? { statistics } : { image: memory.image, statistics };
  }

  /** Instructions run since power-on. */
  get icount(): number {
    return this.kernel.cpu.icount;
  }

  /** Faults for calls that begin from now on; an image of the machine has them too, with how often they were met. */
  inject({ calls, result, signal = 0, first = 1, last = null, step = 1 }: InjectionOptions): void {
    const meant = compatibility().filter(({ name }) => calls(name));
    const numbers = meant.map(({ nr }) => nr).sort((a, b) => a - b);
    const rule = { calls: numbers, result: result ?? null, signal, first, last, step, met: new Map<number, number>() };
    checkInjection(rule);
    this.kernel.container.injections.push(rule);
  }

  /** How init ended; null while it lives. */
  get exitStatus(): ExitStatus | null {
    const status = this.kernel.container.exitStatus;
    return status === null ? null : exitStatusOf(status);
  }

  /**
   * Runs until the instruction count is `until` exactly, or the predicate holds. Without an argument, until nothing can
   * run any more. How a run is cut into calls changes nothing.
   */
  run(until: Until = FOREVER, options: RunOptions = {}): RunEnd {
    this.kernel.sched.inputFirst = options.prefer === 'input';
    const end = typeof until === 'number' ? this.#runTo(until) : this.#runUntil(until, options.every ?? 'syscall');
    this.#tellExit();
    return end;
  }

  #runTo(icount: number): RunEnd {
    const end = this.kernel.run(icount);
    return end === 'stopped' ? 'met' : end;
  }

  #runUntil(predicate: (machine: Machine) => boolean, every: 'syscall' | number): RunEnd {
    if (predicate(this)) return 'met';
    if (every !== 'syscall') return this.#runInSteps(predicate, every);
    this.#predicate = () => predicate(this);
    try {
      return this.#runTo(FOREVER);
    } finally {
      this.#predicate = null;
    }
  }

  #runInSteps(predicate: (machine: Machine) => boolean, step: number): RunEnd {
    if (!Number.isInteger(step) || step < 1) throw new RangeError(`a step of ${step} instructions`);
    for (;;) {
      const end = this.#runTo(this.icount + step);
      if (end !== 'limit') return end;
      if (predicate(this)) return 'met';
    }
  }

  #afterSyscall(): void {
    if (this.#predicate?.()) this.kernel.sched.stopRequested = true;
  }

  /** Runs until init has ended and gives its status. Throws HostError EIDLE when all tasks wait for input that nobody feeds. */
  runToEnd(): ExitStatus {
    const end = this.run();
    if (end !== 'exited') {
      throw new HostError('EIDLE', 'container', 'every task sleeps and only input can wake them (feed, endInput)');
    }
    return this.exitStatus!;
  }

  #tellExit(): void {
    const status = this.kernel.container.exitStatus;
    if (status === null || this.#exitTold) return;
    this.#exitTold = true;
    this.events.emit('exit', { icount: this.icount, status });
  }

  /** Virtual nanoseconds until the next timer fires; null when none is set. */
  get nextTimer(): number | null {
    const deadline = nextDeadline(this.kernel);
    return Number.isFinite(deadline) ? Math.max(0, deadline - this.kernel.clock.now()) : null;
  }

  /** Gives the guest input: typed on its terminal, or written to its stdin. A string goes as UTF-8. */
  feed(input: Uint8Array | string): void {
    feedInput(this.kernel, typeof input === 'string' ? new TextEncoder().encode(input) : input);
  }

  /** The input ends here: readers of stdin see end-of-file, a terminal hangs up. */
  endInput(): void {
    endInput(this.kernel);
  }

  /** The window of the guest's terminal has a new size, in characters; who is in the foreground gets SIGWINCH. */
  resize(rows: number, cols: number): void {
    const { tty } = consoleOf(this.kernel);
    if (tty !== null) resizeTerminal(this.kernel, tty, { ...tty.winsize, rows, cols });
  }

  /** Whether endInput was called, here or before a checkpoint. */
  get inputEnded(): boolean {
    return consoleOf(this.kernel).inputEnded;
  }

  /** Whether init's descriptors 0 to 2 are a terminal. */
  get tty(): boolean {
    return consoleOf(this.kernel).tty !== null;
  }

  /** The state hash, 64 hex digits: equal for equal machines on every host, restored or not. */
  hash(): string {
    return stateHash(this.kernel);
  }

  /** `length` bytes of a task's memory, without touching it. Throws HostError ESRCH, EFAULT. */
  readMemory(pid: number, address: number, length: number): Uint8Array {
    const { mm } = this.task(pid);
    if (mm === null) throw new HostError('ESRCH', `pid ${pid}`, 'has exited and has no memory');
    return peek(this.kernel, mm, address, length);
  }

  /** The thread with that number in the container. Throws HostError ESRCH. */
  task(pid: number): Task {
    const task = this.kernel.container.tasks.find((candidate) => candidate.pid.outer === pid);
    if (task === undefined) throw new HostError('ESRCH', `pid ${pid}`, 'no such task');
    return task;
  }

  /** The root filesystem's read-only bottom. */
  get base(): BaseLayer {
    return this.kernel.host.base;
  }

  /** Every kernel object, in the order that an image would number them. */
  objects(): FoundObject[] {
    return walk(this.kernel.container).objects.map((object, id) => ({ id, kind: object.kind, object }));
  }

  /** Every object of a kind, such as `pipe`. */
  find(kind: string): FoundObject[] {
    return this.objects().filter((found) => found.kind === kind);
  }

  /** Asserts that every reference count, frame and invariant is right. */
  audit(): void {
    audit(this.kernel);
  }

  /** Switches the machine off. It must not be used after that. */
  dispose(): void {
    this.kernel.dispose();
    this.events.removeAllListeners();
  }
}

function cpuFor({ ram = DEFAULT_RAM_MIB, cpu }: BootOptions): Cpu {
  return new Cpu(new Ram(ram), cpuModel(cpu));
}

function hostOf(events: MachineEmitter, base: BaseLayer): Host {
  return { base, output: (stream, bytes) => events.emit('output', stream, bytes) };
}

/** Where the program may lie: as named, or in each directory of PATH, as execvp(3) looks for it. */
function candidates({ argv, env = DEFAULT_ENV }: BootOptions): string[] {
  const name = argv[0] ?? '';
  if (name.includes('/') || name === '') return [name];
  return (env.PATH ?? '').split(':').map((directory) => `${directory || '.'}/${name}`);
}

function bootRequest(path: string, { argv, env = DEFAULT_ENV, shares = [], ...rest }: BootOptions): BootRequest {
  return {
    ...rest,
    readOnly: shares.filter(({ readOnly }) => readOnly).map(({ at }) => toByteString(at)),
    argv: [path, ...argv.slice(1)].map(toByteString),
    envp: Object.entries(env).map(([name, value]) => toByteString(`${name}=${value}`)),
  };
}
