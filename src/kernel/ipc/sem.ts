/** Semaphore sets, semop(2). A set of operations happens at once or not at all. Linux ipc/sem.c. */
import { EAGAIN, ERANGE } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, list, struct, u32, type Values, weak } from '../kobject/fields.ts';
import { derived, kobject } from '../kobject/kobject.ts';
import type { Task } from '../task/task.ts';
import { IPC_NOWAIT } from './get.ts';
import { IpcObject, processNumber, seconds } from './object.ts';

/** Largest value of a semaphore, and largest adjustment. */
export const SEMVMX = 32_767;
const SEMAEM = SEMVMX;
export const SEM_UNDO = 0x1000;

export interface Operation {
  readonly num: number;
  readonly op: number;
  readonly flags: number;
}

/** What sleeping calls keep in their wait record: status, whether it changes anything, then num, op, flags of each operation. */
const STATUS = 0;
const BLOCKING = 1;
const FIRST_OPERATION = 2;
/** The status of a call that still waits; else it is the call's result. */
export const WAITING = 1;

/** Whose operations are undone at exit: processes made with CLONE_SYSVSEM have one in common (Linux sem_undo_list). */
export class UndoList extends kobject('undolist', 1, {}) {}

const undoFields = {
  owner: weak<UndoList>('undolist', 'whose it is'),
  adjust: list(i32('a value'), 'what is added to each semaphore at exit'),
};

export class SemSet extends derived(IpcObject, 'semset', 1, {
  values: list(u32('a value'), 'values of the semaphores'),
  pids: list(i32('a number'), 'process that changed each last'),
  otime: count('last semop(2), seconds since the Epoch; 0 for never', { initial: 0 }),
  undos: list(struct(undoFields, 'adjustments'), 'SEM_UNDO, in the order in which it was first asked for'),
}) {
  /** The adjustments of a list, which come to be when first asked for. */
  undoOf(owner: UndoList): Values<typeof undoFields> {
    const known = this.undos.find((undo) => undo.owner === owner);
    if (known !== undefined) return known;
    const fresh = { owner, adjust: this.values.map(() => 0) };
    this.undos.push(fresh);
    return fresh;
  }

  /**
   * Does all operations of a call on behalf of `task`, or none.
   * @returns 0, -EAGAIN or -ERANGE; otherwise { at }: the operation that must wait
   */
  perform(task: Task, operations: readonly Operation[]): number | { at: number } {
    const values = [...this.values];
    const undo = operations.some(({ flags }) => flags & SEM_UNDO) ? this.undoOf(task.undoList!) : null;
    const adjust = [...(undo?.adjust ?? [])];
    for (const [at, { num, op, flags }] of operations.entries()) {
      const value = values[num]! + op;
      if (value < 0 || (op === 0 && value !== 0)) return flags & IPC_NOWAIT ? -EAGAIN : { at };
      if (value > SEMVMX) return -ERANGE;
      values[num] = value;
      if ((flags & SEM_UNDO) === 0) continue;
      const left = adjust[num]! - op;
      if (left < -SEMAEM - 1 || left > SEMAEM) return -ERANGE;
      adjust[num] = left;
    }
    this.values = values;
    if (undo !== null) undo.adjust = adjust;
    for (const { num } of operations) this.pids[num] = processNumber(task);
    return 0;
  }

  /** Values have changed: sleepers whose operations can be done now have them done and go on, those that wait for zero first. */
  settle(k: Kernel): void {
    for (let next = this.nextServed(k); next !== null; next = this.nextServed(k)) next.wakeUp();
  }

  private nextServed(k: Kernel): Task | null {
    const waiting = this.waiters.filter((task) => task.wait?.data[STATUS] === WAITING);
    const byKind = [...waiting.filter((task) => !alters(task)), ...waiting.filter(alters)];
    for (const task of byKind) {
      const data = task.wait!.data;
      const result = this.perform(task, operationsIn(data));
      if (typeof result !== 'number') {
        data[BLOCKING] = result.at;
        continue;
      }
      data[STATUS] = result;
      if (result === 0) this.otime = seconds(k);
      return task;
    }
    return null;
  }

  /** Sleepers whose blocking operation is on that semaphore: those that wait for zero, or for more. */
  countWaiting(num: number, forZero: boolean): number {
    return this.waiters.filter(({ wait }) => {
      if (wait?.data[STATUS] !== WAITING) return false;
      const blocking = operationsIn(wait.data)[wait.data[BLOCKING]!]!;
      return blocking.num === num && (blocking.op === 0) === forZero;
    }).length;
  }

  /** SETVAL and SETALL forget what was to be undone; `num` null for all semaphores. */
  forgetUndo(num: number | null): void {
    for (const { adjust } of this.undos) {
      if (num === null) adjust.fill(0);
      else adjust[num] = 0;
    }
  }

  /** A list of adjustments has lost its last process: they are made, as far as values can go (Linux exit_sem). */
  undo(k: Kernel, owner: UndoList, task: Task): void {
    const at = this.undos.findIndex((undo) => undo.owner === owner);
    if (at < 0) return;
    const { adjust } = this.undos.splice(at, 1)[0]!;
    for (const [num, by] of adjust.entries()) {
      if (by === 0) continue;
      this.values[num] = Math.max(0, Math.min(SEMVMX, this.values[num]! + by));
      this.pids[num] = processNumber(task);
    }
    this.settle(k);
  }

  override check(): void {
    super.check();
    assert(this.values.length > 0 && this.pids.length === this.values.length, 'a semaphore set of no size');
    for (const value of this.values) assert(value <= SEMVMX, 'a semaphore past its limit');
    for (const { owner, adjust } of this.undos) {
      assert(owner !== null && adjust.length === this.values.length, 'semaphore adjustments of no size');
    }
    for (const task of this.waiters) checkSleeper(task, this.values.length);
  }
}

/** The data of a wait record for operations of which number `blocking` must wait. */
export function waitData(operations: readonly Operation[], blocking: number): number[] {
  return [WAITING, blocking, ...operations.flatMap(({ num, op, flags }) => [num, op, flags])];
}

function operationsIn(data: readonly number[]): Operation[] {
  const found: Operation[] = [];
  for (let i = FIRST_OPERATION; i + 2 < data.length; i += 3) {
    found.push({ num: data[i]!, op: data[i + 1]!, flags: data[i + 2]! });
  }
  return found;
}

function alters(task: Task): boolean {
  return operationsIn(task.wait!.data).some(({ op }) => op !== 0);
}

/** What a sleeper will have done for it must be possible operations. */
function checkSleeper({ wait, undoList }: Task, semaphores: number): void {
  const { data } = wait!;
  const operations = operationsIn(data);
  assert(operations[data[BLOCKING] ?? -1] !== undefined, 'a semop that waits for none of its operations');
  for (const { num, op, flags } of operations) {
    assert(undoList !== null || (flags & SEM_UNDO) === 0, 'a semop with SEM_UNDO of a task that undoes nothing');
    assert(num >= 0 && num < semaphores && Math.abs(op) <= 0x8000, 'a semop of a semaphore that is not there');
  }
}
