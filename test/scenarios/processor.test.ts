/** Exceptions, single steps, LDTs and SSE state, in every mode. */
import { expected, GUESTS, KERNEL_GUESTS, WRITTEN } from '../kernel/machine.ts';
import { scenario } from './scenario.ts';

for (const { name, options } of KERNEL_GUESTS) {
  if (!WRITTEN.includes(name)) continue;
  const guest = { root: GUESTS, argv: [`/bin/${name}`], ram: 16, ...options };
  scenario(name, guest, { stdout: expected(name) }, { chain: 16 });
}
