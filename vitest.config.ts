import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import type { TestSequencerConstructor, TestSpecification } from 'vitest/node'

import { uniConditions, uniTags } from './test/component/support/uni-plugin'

const common = new URL('./uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index.ts', import.meta.url)
const smsCode = new URL(
  './uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/index.ts',
  import.meta.url,
)
const configCenter = new URL(
  './uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/index.ts',
  import.meta.url,
)
const alias = {
  'uni-captcha': common.pathname,
  'uni-sms-code': smsCode.pathname,
  'uni-config-center': configCenter.pathname,
}

/** No test is about time: these are for machines that do much else. Projects inherit nothing from the root. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000 } } }

const PROJECTS = ['e2e', 'contract', 'unit', 'component']

/** Files of projects that take tens of seconds come before those that take one or two, so that both workers end together. */
async function longestFirst(): Promise<TestSequencerConstructor> {
  // Late: the configuration is loaded as CommonJS, which this is not.
  const { BaseSequencer } = await import('vitest/node')
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]) {
      const rank = ({ project }: TestSpecification) => PROJECTS.indexOf(project.name)
      return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
    }
  }
}

export default defineConfig(async () => ({
  test: {
    sequence: { sequencer: await longestFirst() },
    // Much of a test is waiting, for Redis, a browser or a process that starts: two at a time, also on two cores. Three
    // took as long, each of them longer.
    maxWorkers: 2,
    minWorkers: 1,
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', ...PATIENCE },
      },
      {
        plugins: [uniConditions(), vue({ template: { compilerOptions: { nodeTransforms: [uniTags] } } })],
        resolve: {
          alias: {
            '@dcloudio/uni-app': fileURLToPath(new URL('./test/component/support/uni-app.ts', import.meta.url)),
          },
        },
        test: { name: 'component', include: ['test/component/**/*.test.ts'], environment: 'happy-dom', ...PATIENCE },
      },
      {
        resolve: { alias },
        test: {
          name: 'contract',
          globalSetup: './test/contract/support/redis-broker.ts',
          ...PATIENCE,
          include: ['test/contract/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: './test/e2e/support/build.ts',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 300_000,
          expect: PATIENCE.expect,
        },
      },
    ],
  },
}))
