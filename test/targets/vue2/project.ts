import { execFile } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { makeFolder } from '../../support/folder'
import { writeFiles, type Files } from '../../support/project'
import { root } from '../../support/host'

const execute = promisify(execFile)

type Platform = 'h5' | 'mp-weixin'

const HERE = join(root, 'test/targets/vue2')
const { dependencies } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')) as { dependencies: object }

/** What DCloud's template for Vue 2 adds to the sources that HBuilderX opens. */
const COMMAND_LINE: Files = {
  // The command line looks here for its plugins.
  'package.json': { name: 'vue2', version: '1.0.0', browserslist: ['Android >= 4.4', 'ios >= 9'], dependencies },
  'babel.config.js':
    "module.exports = { presets: [['@vue/app', { modules: 'commonjs', useBuiltIns: process.env.UNI_PLATFORM === 'h5' ? 'usage' : 'entry' }]] }",
  'postcss.config.js': `
    module.exports = {
      parser: require('postcss-comment'),
      plugins: [
        require('postcss-import')({
          resolve: (id) => (id.startsWith('~@/') ? require('path').resolve(process.env.UNI_INPUT_DIR, id.slice(3)) : id),
        }),
        require('autoprefixer')({ remove: process.env.UNI_PLATFORM !== 'h5' }),
        require('@dcloudio/vue-cli-plugin-uni/packages/postcss'),
      ],
    }`,
  'public/index.html': `<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title><%= htmlWebpackPlugin.options.title %></title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="<%= BASE_URL %>static/index.<%= VUE_APP_INDEX_CSS_HASH %>.css" />
      </head>
      <body>
        <div id="app"></div>
      </body>
    </html>`,
}

/** The example project for Vue 2 with uni-app's command line around it. */
export interface Vue2Project {
  getOutput: (platform: Platform) => string
  /** Rejects with what the compiler said. */
  build: (platform: Platform) => Promise<void>
  dispose: () => void
}

/** `files` are added to its sources, or take the place of some. */
export function makeVue2Project(files: Files = {}): Vue2Project {
  const { folder, remove } = makeFolder('vue2')
  const source = join(folder, 'src')
  cpSync(join(root, 'dist/hbuilderx-vue2'), source, { recursive: true })
  writeFiles(source, files)
  writeFiles(folder, COMMAND_LINE)
  symlinkSync(join(HERE, 'node_modules'), join(folder, 'node_modules'))
  const getOutput = (platform: Platform) => join(folder, 'dist/build', platform)
  return {
    getOutput,
    async build(platform) {
      const endpoint = platform === 'h5' ? '/unicloud' : 'http://127.0.0.1:3000/unicloud'
      const space = { provider: 'dcloud', id: 'uni-captcha-local', clientSecret: 'local-client-secret' }
      const env = {
        ...process.env,
        NODE_ENV: 'production',
        NODE_OPTIONS: '--openssl-legacy-provider',
        UNI_PLATFORM: platform,
        UNI_CLOUD_SPACES: JSON.stringify([{ ...space, apiEndpoint: endpoint }]),
      }
      const program = join(folder, 'node_modules/@vue/cli-service/bin/vue-cli-service.js')
      const building = execute(process.execPath, [program, 'uni-build'], { cwd: folder, env })
      const { stdout, stderr } = await building.catch((failure: { stdout: string; stderr: string }) => failure)
      const isBuilt = building.child.exitCode === 0 && existsSync(getOutput(platform))
      if (!isBuilt || /error/i.test(stderr)) throw new Error(`${stdout}\n${stderr}`)
    },
    dispose: remove,
  }
}
