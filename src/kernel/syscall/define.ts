/**
 * One row for each system call: number, name, typed arguments, body. strace lines, the compatibility table and the
 * dispatcher come from the rows. A call without a body is declared too, with the errno that callers get.
 */
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import type { Arg } from './args.ts';

/** A system call's result: >= 0, a negated errno, or {@link BLOCKED}. */
export type Result = number;

/** The call sleeps: the task's wait record says on what, and the call is entered again when it is woken. */
export const BLOCKED: Result = -0x10000;
/** Registers were replaced by the body (execve, sigreturn): eax must not be written. */
export const NO_RETURN: Result = -0x10001;

export type Args = Readonly<Record<string, Arg<unknown>>>;
export type ArgValues<A extends Args> = { readonly [K in keyof A]: A[K] extends Arg<infer T> ? T : never };

export interface Syscall {
  readonly nr: number;
  readonly name: string;
  readonly args: Args;
  /** Null when the call is not supported: `errno` is what callers get, `why` the reason. */
  readonly body: ((kernel: Kernel, task: Task, values: Record<string, unknown>) => Result) | null;
  readonly errno: number;
  readonly why: string;
}

/** Declares a supported call. Arguments are decoded in order from ebx ecx edx esi edi ebp; a bad pointer in one is EFAULT before the body runs. */
export function syscall<const A extends Args>(
  nr: number,
  name: string,
  args: A,
  body: (kernel: Kernel, task: Task, a: ArgValues<A>) => Result,
): Syscall {
  return { nr, name, args, body: body as Syscall['body'], errno: 0, why: '' };
}

/** Declares a call that fails with `errno`, and why that is right for programs. */
export function unsupported(nr: number, name: string, errno: number, why: string): Syscall {
  return { nr, name, args: {}, body: null, errno, why };
}
