import { existsSync, readFileSync, statSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { policyFor, WASM, type PolicySources } from './page-policy'

const NO_APPLICATION = 'The host is running. There is no built application to show: build it, or set STATIC_DIR.\n'

// What is not a page is never rendered as one, such as an SVG with a script in it. A worker has the policy of its file.
const FILE_POLICY = `default-src 'none'; script-src ${WASM}; style-src 'unsafe-inline'; sandbox`

// The build puts a hash of the content into the names below assets/.
const HASHED = /[\\/]assets[\\/].*[-.][\w-]{8,}\.\w+$/

/** Serves the H5 application. Its router lives behind `#`, so an unknown path is a 404 and never the page. */
export function staticRoutes(app: FastifyInstance, directory: string | null, sources: PolicySources): void {
  if (directory === null || !existsSync(directory)) {
    app.get('/', async (_request, reply) => reply.code(404).type('text/plain; charset=utf-8').send(NO_APPLICATION))
    return
  }
  staticPages(app, { directory, prefix: '/', sources })
}

interface StaticPages {
  /** An existing folder. */
  directory: string
  /** Where it is served: begins and ends with `/`. */
  prefix: string
  sources: PolicySources
}

/** Serves the files of a folder, each page with a policy. */
export function staticPages(app: FastifyInstance, { directory, prefix, sources }: StaticPages): void {
  const policies = new PagePolicies(sources)
  void app.register(fastifyStatic, {
    root: directory,
    prefix,
    decorateReply: false,
    redirect: prefix === '/',
    dotfiles: 'ignore',
    cacheControl: false,
    // A build may have put a .br and a .gz beside a file.
    preCompressed: true,
    setHeaders(response, sent) {
      const path = sent.replace(/\.(br|gz)$/, '')
      const isPage = path.endsWith('.html')
      response.setHeader('vary', 'Accept-Encoding')
      response.setHeader('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache')
      response.setHeader('content-security-policy', isPage ? policies.of(path) : FILE_POLICY)
    },
  })
}

/** The policy of each page: it may run its own inline scripts and no others. Read again after each build. */
class PagePolicies {
  private readonly known = new Map<string, { modifiedMs: number; policy: string }>()

  constructor(private readonly sources: PolicySources) {}

  of(file: string): string {
    const { mtimeMs: modifiedMs } = statSync(file)
    const known = this.known.get(file)
    if (known?.modifiedMs === modifiedMs) return known.policy
    const policy = policyFor(readFileSync(file, 'utf8'), this.sources)
    this.known.set(file, { modifiedMs, policy })
    return policy
  }
}
