import { defineConfig } from 'vitest/config'

/** Apart from `npm test`: a whole project is built for the web and used in Chromium. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/projects/*.test.ts'],
    globalSetup: './test/projects/build.ts',
    environment: 'node',
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
