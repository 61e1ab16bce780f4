import { cpSync } from 'node:fs'
import { join } from 'node:path'

import uni from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

import type { Plugin } from 'vite'

// Tools that only read this file know nothing of the command line that sets it.
process.env.UNI_INPUT_DIR ??= __dirname

const isH5 = process.env.UNI_PLATFORM === 'h5'
/** Where the host listens: the development server forwards to it, a mini-program calls it. */
const cloudUrl = (process.env.CLOUD_URL || 'http://127.0.0.1:3000').replace(/\/+$/, '')

// uniCloud's client reads its space from here. In a browser the cloud is the server that the page came from.
process.env.UNI_CLOUD_SPACES = JSON.stringify([
  {
    provider: 'dcloud',
    name: 'uni-captcha',
    id: process.env.SPACE_ID || 'uni-captcha-local',
    clientSecret: process.env.CLIENT_SECRET || 'local-client-secret',
    apiEndpoint: isH5 ? '/unicloud' : `${cloudUrl}/unicloud`,
  },
])

/** The example without a framework is served beside the application, as it is. */
function plainWebExample(): Plugin {
  const from = join(__dirname, 'examples/web')
  let outDir = ''
  return {
    name: 'plain-web-example',
    configResolved: (config) => {
      outDir = config.build.outDir
    },
    configureServer: (server) => {
      server.middlewares.use((request, _response, next) => {
        if (request.url === '/examples/web/') request.url = '/examples/web/index.html'
        next()
      })
    },
    writeBundle: () => cpSync(from, join(outDir, 'examples/web'), { recursive: true }),
  }
}

export default defineConfig({
  plugins: [uni(), ...(isH5 ? [plainWebExample()] : [])],
  server: {
    host: process.env.HOST || '127.0.0.1',
    port: Number(process.env.PORT || 3000),
    strictPort: true,
    proxy: {
      '/unicloud': cloudUrl,
      '/http': cloudUrl,
      '/development': cloudUrl,
      '/admin': { target: cloudUrl, changeOrigin: false },
    },
  },
})
