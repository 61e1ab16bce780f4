// Koa 3: `npm install koa @koa/bodyparser`, then `npx tsx koa.ts`. Listens on PORT; siteverify.ts says what else it
// needs.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import Koa, { type Middleware } from 'koa'
import { passes } from './siteverify.ts'

/** Lets a form through to the next middleware where its token passes. */
function requireCaptcha(action: string): Middleware {
  return async (context, next) => {
    if (await passes(context.request.body, action)) return next()
    context.throw(403, 'captcha\n')
  }
}

const app = new Koa()
app.use(bodyParser({ enableTypes: ['form'], formLimit: '16kb' }))
app.use(requireCaptcha('login'))
app.use((context) => {
  context.body = 'welcome\n'
})

const server = createServer({ requestTimeout: 10_000 }, app.callback())
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
