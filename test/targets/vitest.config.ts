import { defineConfig } from 'vitest/config'

/** Apart from `npm test`: each target needs packages that `npm run test:targets` installs first. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/targets/*/**/*.test.ts'],
    globalSetup: './test/targets/build.ts',
    environment: 'node',
    pool: 'forks',
    // Each target's compiler takes a core and some gigabytes.
    maxWorkers: 2,
    minWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
