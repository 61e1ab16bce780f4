import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const NO_APPLICATION = 'The host is running. There is no built application to show: build it, or set STATIC_DIR.\n'

/** Serves the H5 application. Its router lives behind `#`, so an unknown path is a 404 and never the page. */
export function staticRoutes(app: FastifyInstance, directory: string | null): void {
  const page = directory === null ? undefined : new Page(join(directory, 'index.html'))
  for (const path of ['/', '/index.html']) {
    app.get(path, async (_request, reply) => {
      const { html, policy } = page?.read() ?? {}
      if (!html) return reply.code(404).type('text/plain; charset=utf-8').send(NO_APPLICATION)
      return reply
        .headers({ 'cache-control': 'no-cache', 'content-security-policy': policy })
        .type('text/html; charset=utf-8')
        .send(html)
    })
  }
  if (directory === null || !existsSync(directory)) return
  void app.register(fastifyStatic, {
    root: directory,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(response, path) {
      // The build puts a hash of the content into the names below assets/.
      const isHashed = /[\\/]assets[\\/].*-[\w-]{8,}\.\w+$/.test(path)
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    },
  })
}

/** index.html with the policy for exactly its own inline scripts, read again after each build. */
class Page {
  private modifiedMs = -1
  private content: { html: string; policy: string } | undefined

  constructor(private readonly file: string) {}

  read(): { html: string; policy: string } | undefined {
    const modifiedMs = statSync(this.file, { throwIfNoEntry: false })?.mtimeMs
    if (modifiedMs === undefined) return undefined
    if (modifiedMs !== this.modifiedMs || !this.content) {
      const html = readFileSync(this.file, 'utf8')
      this.content = { html, policy: policyFor(html) }
      this.modifiedMs = modifiedMs
    }
    return this.content
  }
}

function policyFor(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(([, code = '']) => {
    return `'sha256-${createHash('sha256').update(code).digest('base64')}'`
  })
  return [
    "default-src 'self'",
    `script-src ${["'self'", ...inline].join(' ')}`,
    // uni-app's components set their sizes in style attributes and its icons are data URIs.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ')
}
