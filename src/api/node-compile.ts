/** When V8 compiles the interpreter: that takes it a second, and a process does not end before. */
import { setFlagsFromString } from 'node:v8';
import { Cpu } from '../cpu/cpu.ts';

/** As many as uncompiled code executes in a tenth of that second. */
const SHORT_PROGRAM = 1_000_000;

/** To be called first of all by a process that runs one program: one that ends soon does not wait for compiled code. */
export function compileForLongPrograms(): void {
  setFlagsFromString('--no-opt');
  Cpu.warmUpLater(SHORT_PROGRAM, () => setFlagsFromString('--opt'));
}
