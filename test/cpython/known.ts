/** Tests of CPython's that end otherwise here than on a real kernel, and why. */

interface Known {
  /** How the test ends here: the kind of its verdict, or `none` when it is not run. */
  readonly here: string;
  readonly why: string;
}

const rows: readonly (Known & { readonly tests: readonly string[] })[] = [
  {
    tests: ['test_fds', 'test_lpath', 'test_simple'].map((name) => `test.test_os.ExtendedAttributeTests.${name}`),
    here: 'skipped',
    why: 'no filesystem here stores user.* extended attributes, as tmpfs of Linux 6.1 does not; the recorded one is ext4',
  },
];

export const KNOWN: ReadonlyMap<string, Known> = new Map(
  rows.flatMap(({ tests, here, why }) => tests.map((name) => [name, { here, why }] as const)),
);
