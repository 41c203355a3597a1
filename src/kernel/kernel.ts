/**
 * The kernel: the board it runs on, the host it talks to, and the counted root of all its objects. State lives in the
 * objects alone; what hangs here beside them is the machinery that works on them.
 */
import type { Cpu } from '../cpu/cpu.ts';
import type { Ram } from '../cpu/ram.ts';
import { Clock } from '../machine/clock.ts';
import type { Container } from './container.ts';
import type { BaseLayer } from './fs/base.ts';
import { assert } from './kobject/errors.ts';
import { get, type KObject, put } from './kobject/kobject.ts';
import { FrameTable } from './mm/frames.ts';
import type { Siginfo } from './signal/siginfo.ts';
import type { Syscall } from './syscall/define.ts';
import { type RunResult, Scheduler } from './task/sched.ts';
import type { Task } from './task/task.ts';

/** Streams that reach the host: the console tty, and stdout and stderr of a machine without one. */
export type OutputStream = 0 | 1 | 2;

/** What the kernel needs of its host. */
export interface Host {
  /** The read-only bottom layer of the root filesystem. */
  readonly base: BaseLayer;
  output(stream: OutputStream, data: Uint8Array): void;
}

/** Called as things happen; observers see, and never hold or change kernel state. */
export interface CallDetails {
  /** The call as strace prints it, for those whose arguments are gone afterwards. */
  readonly shown?: string;
  /** The call was not made: the result is a fault that was put in. */
  readonly injected?: boolean;
}

export interface Observer {
  /** A call was answered, went to sleep (BLOCKED), or never returns (NO_RETURN). */
  syscall?(
    task: Task,
    row: Syscall | undefined,
    nr: number,
    args: readonly number[],
    result: number,
    more?: CallDetails,
  ): void;
  taskStart?(task: Task): void;
  taskEnd?(task: Task): void;
  signal?(task: Task, info: Siginfo): void;
}

export class Kernel {
  readonly ram: Ram;
  readonly cpu: Cpu;
  readonly host: Host;
  readonly frames: FrameTable;
  readonly sched: Scheduler;
  observer: Observer = {};
  #container: Container | null = null;
  #clock: Clock | null = null;
  /** Empty between calls. */
  #held: KObject[] = [];

  constructor(cpu: Cpu, host: Host) {
    this.cpu = cpu;
    this.ram = cpu.ram;
    this.host = host;
    this.frames = new FrameTable(this.ram, cpu);
    this.sched = new Scheduler(this);
  }

  /** The counted root. Asserts that the machine has been booted or restored. */
  get container(): Container {
    assert(this.#container !== null, 'no container: the machine is not booted');
    return this.#container;
  }

  /** Virtual time, whose state is the container's. */
  get clock(): Clock {
    assert(this.#clock !== null, 'no clock: the machine is not booted');
    return this.#clock;
  }

  get booted(): boolean {
    return this.#container !== null;
  }

  /** Installs the root object; a kernel has one, once. */
  adopt(container: Container): void {
    assert(this.#container === null, 'the kernel has a container already');
    this.#container = get(container);
    this.#clock = new Clock(this.cpu, container);
  }

  /** Keeps an object (its refs may be 0) until the call that is going on is over. */
  holdForCall<T extends KObject>(object: T): T {
    this.#held.push(get(object));
    return object;
  }

  /** The call is over. */
  dropHeld(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const object of held) put(object);
  }

  /** Runs until `icount === until` exactly, or an earlier end; every task's state is in its object afterwards. */
  run(until: number): RunResult {
    return this.sched.run(until);
  }

  /** Releases everything, as at power-off. */
  dispose(): void {
    if (this.#container !== null) put(this.#container);
    this.#container = null;
    this.#clock = null;
  }
}
