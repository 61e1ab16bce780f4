// `node flood-process.mjs <url> <per second> <address>`: fetches captchas at a constant rate until it is ended; says how many.
import { Agent } from 'node:http'

import { call } from './client.mjs'

const [url, perSecond, address] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
const begun = performance.now()
const outcomes = {}
let sent = 0
setInterval(() => {
  for (const due = ((performance.now() - begun) / 1000) * Number(perSecond); sent < due; sent++) {
    const device = `flood-${sent}`
    void call(url, 'uni-captcha-co', 'getImageCaptcha', { params: { scene: 'login' }, device, agent, address }).then(
      ({ status, body, error }) => {
        const outcome = error ?? body?.errCode ?? status
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      },
    )
  }
}, 5)
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
})
