// @ts-check
// `npm start`: the built host, in this process. Trying it out needs no SMS account, so it starts in development
// mode; with an address to listen on, proxies, workers or NODE_ENV=production it runs as in production.
import { createRequire } from 'node:module'

const DEPLOYED = ['HOST', 'TRUSTED_PROXIES']

const given = process.argv.slice(2)
const isDeployed =
  DEPLOYED.some((name) => process.env[name]?.trim()) ||
  process.env.NODE_ENV === 'production' ||
  given.some((argument) => argument.startsWith('--workers'))
if (!isDeployed && !given.includes('--dev')) process.argv.push('--dev')

createRequire(import.meta.url)('../dist/host/main.cjs')
