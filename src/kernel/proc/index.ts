/** The proc filesystem: object kinds. */
import type { KindClass } from '../kobject/kobject.ts';

export const procKinds: readonly KindClass[] = [];
