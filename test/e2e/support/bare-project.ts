import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

import { unzipSync } from 'fflate'

import { nameAt, placesBelow, type Places } from '../../support/lock-file'
import { makeFolder } from '../../support/folder'
import { writeFiles, type Files } from '../../support/project'
import { root, startHostProcess, type HostProcess } from './host-process'

const execute = promisify(execFile)
const CENTER = 'uni_modules/uni-config-center'
const CENTER_MODULE = `${CENTER}/uniCloud/cloudfunctions/common/uni-config-center`
const PLUGINS = ['uni-captcha', 'uni-sms-code']
/** The method that a request for a cloud object names. */
const CLIENT_ONLY = 'serverless.function.runtime.invoke'
/** What a project of uni-app's own template asks npm for, as far as these targets need it. */
const PACKAGES = [
  ...['uni-app', 'uni-components', 'uni-h5', 'uni-mp-weixin', 'vite-plugin-uni'].map((name) => `@dcloudio/${name}`),
  'vue',
  'vite',
]

const page = (script: string, template: string) =>
  `<script setup>\n${script}\n</script>\n\n<template>\n  <view>\n${template}\n  </view>\n</template>\n`

/** A form whose back end is any: the token of the captcha, or of the popup that the back end asks for. */
const httpPage = (server: string, sitekey: string, business: string) => {
  const site = `server="${server}" sitekey="${sitekey}"`
  return page(
    `import { ref } from 'vue'
import { useCaptchaGuard } from '@/uni_modules/uni-captcha/js_sdk/guard'
const token = ref('')
const said = ref('')
const popup = ref()
const guard = useCaptchaGuard(popup)
const post = (captcha) =>
  uni.request({ url: '${business}', method: 'POST', data: { captcha } })
const tell = ({ data }) => (said.value = data.errMsg)
const submit = async () => tell(await post(token.value))
const guarded = () => guard(post).then(tell, ({ errCode }) => (said.value = errCode))`,
    `    <uni-captcha v-model="token" class="captcha" ${site} scene="login" />
    <uni-captcha class="quiet" ${site} scene="quiet" />
    <text class="token">{{ token }}</text>
    <button class="submit" @click="submit">sign in</button>
    <button class="guarded" @click="guarded">guarded</button>
    <text class="said">{{ said }}</text>
    <uni-popup-captcha ref="popup" class="popup" ${site} scene="login" />`,
  )
}

/** As the template makes it. */
const FILES_OF_ANY: Files = {
  // The compiler looks here for what it can build for.
  'package.json': {
    name: 'bare',
    version: '1.0.0',
    dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '*'])),
  },
  'index.html':
    '<!doctype html><link rel="icon" href="data:," /><div id="app"></div><script type="module" src="/src/main.js"></script>',
  'src/main.js': `
    import { createSSRApp } from 'vue'
    import App from './App.vue'
    export function createApp() {
      return { app: createSSRApp(App) }
    }`,
  'src/App.vue': '<script>\nexport default {}\n</script>\n',
  'src/manifest.json': {
    name: 'bare',
    appid: '__UNI__BARE',
    vueVersion: '3',
    uniStatistics: { enable: false },
    h5: { router: { base: './' } },
    'mp-weixin': { appid: 'touristappid', usingComponents: true },
  },
}

/** With uniCloud, and a page for each thing that the plugins bring: three lines each. */
const FILES: Files = {
  ...FILES_OF_ANY,
  'vite.config.js': `
    import uni from '@dcloudio/vite-plugin-uni'
    process.env.UNI_CLOUD_SPACES = JSON.stringify([{
      provider: 'dcloud', id: 'uni-captcha-local', clientSecret: 'local-client-secret',
      apiEndpoint: process.env.UNI_PLATFORM === 'h5' ? '/unicloud' : 'http://127.0.0.1:3000/unicloud',
    }])
    export default { plugins: [uni()] }`,
  'src/pages.json': {
    pages: ['index', 'quiet', 'mobile'].map((name) => ({ path: `pages/${name}/${name}` })),
    globalStyle: { navigationBarTitleText: 'bare' },
  },
  'src/pages/index/index.vue': page(
    `import { ref } from 'vue'
const captcha = ref('')
const said = ref('')
const signUp = async () => {
  const { errMsg } = await uniCloud.importObject('sign-up', { customUI: true }).signUp({ captcha: captcha.value })
  said.value = errMsg
}`,
    `    <uni-captcha v-model="captcha" class="captcha" scene="sign-up" />
    <button class="submit" @click="signUp">sign up</button>
    <text class="said">{{ said }}</text>`,
  ),
  'src/pages/quiet/quiet.vue': page(
    `import { ref } from 'vue'
const captcha = ref('')`,
    `    <uni-captcha v-model="captcha" scene="quiet" />
    <text class="said">{{ captcha === '' ? 'waiting' : 'proved' }}</text>`,
  ),
  'src/pages/mobile/mobile.vue': page(
    `import { ref } from 'vue'
const ticket = ref('')`,
    '    <uni-sms-code v-model:ticket="ticket" scene="sign-up" verify />',
  ),
  'src/uniCloud-aliyun/cloudfunctions/sign-up/package.json': {
    name: 'sign-up',
    dependencies: {
      'uni-captcha': 'file:../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha',
    },
  },
  'src/uniCloud-aliyun/cloudfunctions/sign-up/index.obj.js': `
    const { verify } = require('uni-captcha')
    module.exports = {
      async signUp({ captcha }) {
        const { deviceId } = this.getClientInfo()
        const { errCode, errMsg } = await verify({ scene: 'sign-up', captcha, deviceId })
        return { errCode: 0, errMsg: errCode === 0 ? 'signed up' : errMsg }
      },
    }`,
  [`src/${CENTER_MODULE}/uni-captcha/config.json`]: {
    scene: { quiet: { challenge: 'pow', work: { seconds: 0.3 } } },
  },
}

/** A project with uniCloud whose pages and cloud functions are the files of a folder. */
export function filesBelow(source: string): Files {
  const files: Files = { ...FILES_OF_ANY, 'vite.config.js': FILES['vite.config.js']! }
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files[relative(source, path)] = readFileSync(path)
  }
  return files
}

/** A project without uniCloud: no space, no cloud functions, and its page talks to the server of a site. */
export function cloudlessFiles(server: string, sitekey: string, business: string): Files {
  const name = 'http'
  return {
    ...FILES_OF_ANY,
    'vite.config.js': `
    import uni from '@dcloudio/vite-plugin-uni'
    export default { plugins: [uni()] }`,
    'src/pages.json': {
      pages: [{ path: `pages/${name}/${name}` }],
      globalStyle: { navigationBarTitleText: 'bare' },
    },
    [`src/pages/${name}/${name}.vue`]: httpPage(server, sitekey, business),
  }
}

/** A foreign uni-app project, with the released zips unpacked into it and nothing else of this repository. */
export interface BareProject {
  folder: string
  /** The built application. */
  toOutput: (platform: 'h5' | 'mp-weixin') => string
  /** Whether uniCloud's client is in what was built. */
  hasUniCloudClient: (platform: 'h5' | 'mp-weixin') => boolean
  /**
   * Builds the application with uni-app's own command line, as `uni-captcha-host build` runs it. Answers what that said;
   * rejects with it when it failed.
   */
  build: (platform: 'h5' | 'mp-weixin') => Promise<string>
  /** The host on its cloud functions, with its H5 pages where they are built; `env` as for any host. */
  startHost: (env?: Record<string, string>) => Promise<HostProcess>
  dispose: () => void
}

export function makeBareProject(files: Files = FILES): BareProject {
  const { folder, remove } = makeFolder('bare')
  writeFiles(folder, files)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  for (const plugin of PLUGINS) {
    const zip = unzipSync(readFileSync(join(root, `dist/${plugin}-${version}.zip`)))
    writeFiles(join(folder, 'src/uni_modules', plugin), zip)
  }
  // Of the configuration's module only the code: what it configures is the application's own.
  for (const path of [`${CENTER}/package.json`, `${CENTER_MODULE}/package.json`, `${CENTER_MODULE}/index.js`]) {
    cpSync(join(root, 'dist/hbuilderx', path), join(folder, 'src', path))
  }
  for (const name of installed()) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }

  const toOutput = (platform: string) => join(folder, 'dist/build', platform)
  return {
    folder,
    toOutput,
    hasUniCloudClient: (platform) =>
      readdirSync(toOutput(platform), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.js'))
        .some((name) => readFileSync(join(toOutput(platform), name), 'utf8').includes(CLIENT_ONLY)),
    build: async (platform) => {
      const program = join(root, 'dist/host/main.cjs')
      const { PATH = '', HOME = '' } = process.env
      // Without CI the compiler reports each build to its maker's server.
      const env = { PATH, HOME, CI: '1' }
      // Not `spawnSync`: a test that does not answer its runner for a minute is taken for dead.
      const building = execute(process.execPath, [program, 'build', '-p', platform], { cwd: folder, env })
      const { stdout, stderr } = await building.catch((failure: { stdout: string; stderr: string }) => failure)
      const isBuilt = building.child.exitCode === 0 && existsSync(toOutput(platform))
      const said = `${stdout}\n${stderr}`
      if (!isBuilt) throw new Error(said)
      return said
    },
    startHost: (env) => startHostProcess([], { PROJECT_DIR: join(folder, 'src'), STATIC_DIR: toOutput('h5'), ...env }),
    dispose: remove,
  }
}

/** The packages that npm would put beside each other for them; those below come with their folders. */
function installed(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Places }
  const names = Object.keys(placesBelow(packages, PACKAGES)).filter((place) => !place.includes('/node_modules/'))
  return names.map(nameAt).filter((name) => existsSync(join(root, 'node_modules', name)))
}
