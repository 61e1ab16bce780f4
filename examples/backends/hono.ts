// Hono 4 on Node: `npm install hono @hono/node-server`, then `npx tsx hono.ts`. Listens on PORT; siteverify.ts says what
// else it needs.
import { serve } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { passes } from './siteverify.ts'

/** Lets a form through to the next handler where its token passes. */
function requireCaptcha(action: string): MiddlewareHandler {
  return async (context, next) => {
    if (await passes(await context.req.parseBody(), action)) return next()
    return context.text('captcha\n', 403)
  }
}

const app = new Hono()
app.use(bodyLimit({ maxSize: 16 * 1024 }))
app.post('/login', requireCaptcha('login'), (context) => context.text('welcome\n'))

const port = Number(process.env['PORT'] ?? 8080)
const serverOptions = { requestTimeout: 10_000 }
serve({ fetch: app.fetch, port, hostname: '127.0.0.1', serverOptions }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`)
})
