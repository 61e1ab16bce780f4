import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** What the component loads when a proof is asked for. It names this file's hash, so that its own hash stands for both. */
const PROOF = 'uni-captcha-proof.js'

const FOR_EVER = 'public, max-age=31536000, immutable'

/**
 * The web component at `/widget/<hash>/uni-captcha-widget.js`, which never changes, the present one also at
 * `/widget/uni-captcha-widget.js` with its types beside it, and what pages write to load it at `/widget/index.json`:
 * `{ src, integrity }`. Nothing where the file is not there. Pages of any site may load it.
 */
export function widgetRoutes(app: FastifyInstance, file: string): void {
  if (!existsSync(file)) return
  const script = readFileSync(file)
  const proof = readFileSync(join(dirname(file), PROOF))
  const types = readFileSync(file.replace(/\.js$/, '.d.ts'))
  const hash = createHash('sha384').update(script).digest()
  const serve = (path: string, cacheControl: string, type: string, content: Buffer | string) =>
    app.get(path, async (_request, reply) =>
      reply
        .headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
        .header('cache-control', cacheControl)
        .type(`${type}; charset=utf-8`)
        .send(content),
    )
  const name = basename(file)
  const folder = `/widget/${hash.toString('hex').slice(0, 16)}`
  for (const [at, cacheControl] of [
    [folder, FOR_EVER],
    ['/widget', 'no-cache'],
  ] as const) {
    serve(`${at}/${name}`, cacheControl, 'text/javascript', script)
    serve(`${at}/${PROOF}`, cacheControl, 'text/javascript', proof)
  }
  serve(`/widget/${basename(file, '.js')}.d.ts`, 'no-cache', 'text/plain', types)
  const index = { src: `${folder}/${name}`, integrity: `sha384-${hash.toString('base64')}` }
  serve('/widget/index.json', 'no-cache', 'application/json', JSON.stringify(index))
}
