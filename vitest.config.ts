import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/native/vm/teardown.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
