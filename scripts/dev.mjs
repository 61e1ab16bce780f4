// `npm run dev`: the host on a free port, and in front of it uni-app's development server with hot reload of the pages.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { root, step } from './freshness.mjs'
import { startHostProcess } from './host-process.mjs'

const { PORT = '3000', HOST = '127.0.0.1' } = process.env
// Pages that others can open come with a cloud that shows nobody the SMS codes.
const host = await startHostProcess(
  { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
  process.env.HOST?.trim() || process.env.TRUSTED_PROXIES?.trim() ? [] : ['--dev'],
)
step(`the cloud runs on ${host.url}; the pages follow on http://${HOST}:${PORT}`)

const pages = spawn(process.execPath, [join(root, 'scripts/uni.mjs'), 'dev'], {
  cwd: root,
  env: { ...process.env, PORT, HOST, CLOUD_URL: host.url },
  stdio: 'inherit',
})
pages.once('exit', async (code) => {
  await host.stop()
  process.exit(code ?? 0)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => pages.kill(signal))
