import uni from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

// uniCloud's client reads its space from here. In a browser the cloud is the server that the page came from.
process.env.UNI_CLOUD_SPACES = JSON.stringify([
  {
    provider: 'dcloud',
    name: 'uni-captcha',
    id: 'uni-captcha-local',
    clientSecret: 'local-client-secret',
    apiEndpoint: process.env.UNI_PLATFORM === 'h5' ? '/unicloud' : 'http://127.0.0.1:3000/unicloud',
  },
])

export default defineConfig({ plugins: [uni()] })
