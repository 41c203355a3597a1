/** Exceptions, single steps, LDTs and SSE state, in every mode. */
import { expected } from '../kernel/machine.ts';
import { PROCESSOR_GUESTS } from './processor-guests.ts';
import { scenario } from './scenario.ts';

for (const [name, guest] of Object.entries(PROCESSOR_GUESTS)) {
  scenario(name, guest, { stdout: expected(name) }, { chain: 16 });
}
