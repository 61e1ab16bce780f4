import uni from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

/** Where the host runs: `npm start`, `npm run cloud`. A mini-program needs an address that phones reach. */
const cloudUrl = process.env.CLOUD_URL ?? 'http://127.0.0.1:3000'

// Before the plugin reads it. In a browser the cloud is the server that the page came from.
process.env.UNI_CLOUD_SPACES = JSON.stringify([
  {
    provider: 'dcloud',
    name: 'local',
    id: 'uni-captcha-local',
    clientSecret: 'local-client-secret',
    apiEndpoint: process.env.UNI_PLATFORM === 'h5' ? '/unicloud' : `${cloudUrl}/unicloud`,
  },
])

export default defineConfig({
  plugins: [uni()],
  // `npm run dev:h5` serves the pages; the cloud is the host's.
  server: { proxy: { '/unicloud': cloudUrl, '/http': cloudUrl, '/development': cloudUrl, '/admin': cloudUrl } },
})
