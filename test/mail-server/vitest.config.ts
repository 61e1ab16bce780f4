import { defineConfig } from 'vitest/config'

/** Apart from `npm test`: `npm run test:mail-server` installs what it needs first. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/mail-server/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
