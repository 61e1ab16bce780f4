// With the arguments <url> <per second> <address>: fetches captchas at a constant rate until it is ended; says how many.
import { Agent } from 'node:http'

import { call } from '../../test/support/client'

const [url = '', perSecond = '', address] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
const begun = performance.now()
const outcomes: Record<string, number> = {}
let sent = 0
setInterval(() => {
  for (const due = ((performance.now() - begun) / 1000) * Number(perSecond); sent < due; sent++) void fetchOne(sent)
}, 5)

async function fetchOne(number: number): Promise<void> {
  const options = { param: { scene: 'login' }, deviceId: `flood-${number}`, agent, address }
  const { status, body, error } = await call(url, 'uni-captcha-co', 'getImageCaptcha', options)
  const outcome = String(error ?? body?.errCode ?? status)
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
}

process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
})
