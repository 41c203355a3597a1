/** Guests of the kernel's tests that use the processor to its edges, as scenarios. */
import { GUESTS } from '../kernel/machine.ts';
import type { Guest } from './session.ts';

export const PROCESSOR_GUESTS: Readonly<Record<string, Guest>> = {
  exceptions: { root: GUESTS, argv: ['/bin/exceptions'], ram: 16 },
  segments: { root: GUESTS, argv: ['/bin/segments'], ram: 16 },
  simd: { root: GUESTS, argv: ['/bin/simd'], ram: 16, cpu: 'pentium4' },
};
