import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const NAME = 'uni-captcha-widget.js'

/**
 * The web component at `/widget/<hash>/uni-captcha-widget.js`, which never changes, and what pages write to load it at
 * `/widget/index.json`: `{ src, integrity }`. Nothing where the file is not there. Pages of any site may load it.
 */
export function widgetRoutes(app: FastifyInstance, file: string): void {
  if (!existsSync(file)) return
  const script = readFileSync(file)
  const hash = createHash('sha384').update(script).digest()
  const src = `/widget/${hash.toString('hex').slice(0, 16)}/${NAME}`
  const forAnyPage = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
  app.get(src, async (_request, reply) =>
    reply
      .headers({ ...forAnyPage, 'cache-control': 'public, max-age=31536000, immutable' })
      .type('text/javascript; charset=utf-8')
      .send(script),
  )
  app.get('/widget/index.json', async (_request, reply) =>
    reply
      .headers({ ...forAnyPage, 'cache-control': 'no-cache' })
      .send({ src, integrity: `sha384-${hash.toString('base64')}` }),
  )
}
