/**
 * Faults put into system calls, as strace --inject does it: what a program does when a call fails that never fails here.
 * The rules are state of the machine, with how often each thread has met them, so that an image carries them on.
 */
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { count, i32, list, map, optional, struct, u32, type Values } from '../kobject/fields.ts';
import { sendSignal } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import type { Task } from '../task/task.ts';

const injectionFields = {
  calls: list(u32('number'), 'calls that it is about, in ascending order'),
  result: optional(i32('what the caller gets, a negated errno or a value; null: the call is made')),
  signal: u32('signal that the caller gets at the beginning of the call; 0 for none'),
  first: count('which call of a thread is the first that is meant, from 1'),
  last: optional(count('the last one; null for no end')),
  step: count('every how many of these'),
  met: map(u32('thread number'), count('calls so far'), 'by the thread that made them'),
};
export type Injection = Values<typeof injectionFields>;
export const injectionField = struct(injectionFields, 'a fault');

export function checkInjection({ calls, signal, first, last, step }: Injection): void {
  assert(calls.length > 0 && calls.every((nr, i) => i === 0 || calls[i - 1]! < nr), 'a fault for no calls');
  assert(signal <= 64 && first > 0 && step > 0 && (last === null || last >= first), 'a fault out of range');
}

/** Whether this call of the thread is one that the rule means; counts it. */
function meets(rule: Injection, tid: number): boolean {
  const n = (rule.met.get(tid) ?? 0) + 1;
  rule.met.set(tid, n);
  return n >= rule.first && (rule.last === null || n <= rule.last) && (n - rule.first) % rule.step === 0;
}

/** A task begins call `nr`: what it gets in place of the call's result, null when the call is made. */
export function inject(kernel: Kernel, task: Task, nr: number): number | null {
  let result: number | null = null;
  for (const rule of kernel.container.injections) {
    if (!rule.calls.includes(nr) || !meets(rule, task.pid.outer)) continue;
    if (rule.signal > 0) sendSignal(kernel, task, siginfo(rule.signal, SI_KERNEL), false);
    result = rule.result ?? result;
  }
  return result;
}

/** A thread is gone, and its number may be another's. */
export function forgetThread(rules: readonly Injection[], tid: number): void {
  for (const { met } of rules) met.delete(tid);
}
