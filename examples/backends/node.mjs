// Node 20 without packages. SITEVERIFY_URL and SITE_SECRET in the environment; listens on PORT.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const { SITEVERIFY_URL, SITE_SECRET, PORT = '8080' } = process.env

/** Whether the token of a form passes, for one action alone. */
async function passes(token, action) {
  const response = await fetch(SITEVERIFY_URL, {
    method: 'POST',
    body: new URLSearchParams({ secret: SITE_SECRET, response: token, idempotency_key: randomUUID() }),
    signal: AbortSignal.timeout(5000),
  })
  const verdict = await response.json()
  return verdict.success && verdict.action === action
}

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  const isRight = await passes(form.get('uni-captcha-response') ?? '', 'login').catch(() => false)
  response.writeHead(isRight ? 200 : 403).end(isRight ? 'welcome\n' : 'captcha\n')
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
