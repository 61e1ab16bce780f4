// `npm run dev`: the host on a free port, and in front of it uni-app's development server with hot reload of the pages.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { START_FLAGS, startHost } from '../test/support/host'
import { root, step } from './build-cache.mjs'

const { PORT = '3000', HOST = '127.0.0.1' } = process.env
// Pages that others can open come with a cloud that does not show the SMS codes.
const isOpen = process.env['HOST']?.trim() || process.env['TRUSTED_PROXIES']?.trim()
const host = await startHost({
  args: isOpen ? [] : ['--dev'],
  env: { LOG_LEVEL: 'warn', ...process.env, HOST: '127.0.0.1', PORT: '0' },
  nodeArguments: START_FLAGS,
  isShown: true,
})
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
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => pages.kill(signal))
