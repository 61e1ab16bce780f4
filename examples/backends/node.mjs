// Node 20 without packages. SITEVERIFY_URL and SITE_SECRET in the environment; listens on PORT.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const { SITEVERIFY_URL, SITE_SECRET, PORT = '8080' } = process.env
const MAX_BODY_BYTES = 16 * 1024

/** Whether the token of a form passes, for one action alone. Without a verdict in three seconds it does not. */
async function passes(token, action) {
  const body = new URLSearchParams({ secret: SITE_SECRET, response: token, idempotency_key: randomUUID() })
  const signal = AbortSignal.timeout(3000)
  // With the key, a second try after a lost reply gets the verdict of the first one.
  for (let tries = 0; tries < 2; tries++) {
    const response = await fetch(SITEVERIFY_URL, { method: 'POST', body, signal }).catch(() => undefined)
    const verdict = response?.ok && (await response.json().catch(() => undefined))
    if (verdict) return verdict.success === true && verdict.action === action
  }
  return false
}

async function respond(request, response) {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > MAX_BODY_BYTES) return response.writeHead(413, { connection: 'close' }).end()
  }
  const isRight = await passes(new URLSearchParams(body).get('uni-captcha-response') ?? '', 'login')
  response.writeHead(isRight ? 200 : 403).end(isRight ? 'welcome\n' : 'captcha\n')
}

// A client that leaves in the middle of its form is an error of its own request alone.
const server = createServer({ requestTimeout: 10_000 }, (request, response) =>
  respond(request, response).catch(() => response.destroy()),
)
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
