import type { Host } from '../../src/kernel/kernel.ts';

/** A host for tests that open no file and print nothing. */
export const noHost: Host = {
  get base(): never {
    throw new Error('this test has no root filesystem');
  },
  output(): void {
    throw new Error('this test prints nothing');
  },
};
