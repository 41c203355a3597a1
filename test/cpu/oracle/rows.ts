/** Which rows are compared with a processor, and how. */
import type { Row } from '../../../src/cpu/row.ts';

/** What no host with a kernel of its own can be compared in: selectors, gates, identification. Test: system-cases.ts. */
const SYSTEM = new Set(
  (
    'movFromSegment movToSegment pushSegment popSegment loadFar jmpFar callFar retFar iret sldt str smsw storeTable ' +
    'lar lsl verr verw rdtsc cpuid int3 int1 into int'
  ).split(' '),
);

export const isSystem = ({ op }: Row): boolean => SYSTEM.has(op);
export const nameOf = ({ code, name, operands }: Row): string => `${code} ${name} ${operands}`.trim();
