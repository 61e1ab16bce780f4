// Express 5: `npm install express`, then `npx tsx express.ts`. Listens on PORT; siteverify.ts says what else it needs.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { passes } from './siteverify.ts'

/** Lets a form through to the next handler where its token passes. */
function requireCaptcha(action: string): RequestHandler {
  return async (request, response, next) => {
    if (await passes(request.body, action)) next()
    else response.status(403).send('captcha\n')
  }
}

const app = express()
app.use(express.urlencoded({ extended: false, limit: '16kb' }))
app.post('/login', requireCaptcha('login'), (_request, response) => {
  response.send('welcome\n')
})

const server = createServer({ requestTimeout: 10_000 }, app)
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
