import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { rateLimitKey } from '../http/address'
import { allowOrigin, answerPreflight } from '../http/cross-origin'
import { FILES_PATH } from './cloud-path'
import type { SignedLink } from './files'
import type { LazyStorage } from './open'

// What an upload holds in memory while it goes through: as much as a socket and the parser keep of it, and then some.
// With the usual RECEIVING_LIMIT_BYTES one address has 16 on their way.
const STREAMED_BYTES = 128 * 1024

/** Where files come in and go out. */
export function storageRoutes(app: FastifyInstance, storage: LazyStorage, allowedOrigins: string[]): void {
  void app.register(async (scope) => {
    await scope.register(fastifyStatic, { serve: false })
    scope.removeAllContentTypeParsers()
    // Not parsed here: it goes to the disk as it comes.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))

    scope.options(FILES_PATH, async (request, reply) => {
      allowOrigin(request, reply, allowedOrigins)
      return answerPreflight(reply, 'content-type, x-oss-server-side-encrpytion')
    })

    scope.post(FILES_PATH, { config: { streamedBytes: STREAMED_BYTES } }, async (request, reply) => {
      allowOrigin(request, reply, allowedOrigins)
      const { receiveUpload, files } = await storage.load()
      await receiveUpload(files, request.raw, rateLimitKey(request))
      return { success: true }
    })

    scope.get<{ Params: { id: string; '*': string } }>(`${FILES_PATH}/:id/*`, async (request, reply) => {
      const { files } = await storage.load()
      const { id, '*': path } = request.params
      const { root, name, headers } = await files.open({ id, path }, readLink(request))
      return reply.headers(headers).sendFile(name, root, { contentType: false, cacheControl: false })
    })
  })
}

function readLink({ query }: FastifyRequest): SignedLink | undefined {
  const { expires, sign } = query as Record<string, unknown>
  if (expires === undefined && sign === undefined) return undefined
  return { expires: String(expires), sign: String(sign) }
}
